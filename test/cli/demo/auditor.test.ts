import { expect, test } from 'vitest'
import { Auditor } from '../../../src/cli/demo/auditor.ts'
import type { Species } from '../../../src/cli/demo/flowers.ts'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { deadLetters } from '../../../src/streams/dead-letter.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const topics = { records: 'in', predictions: 'out', deadLetters: 'dead', activations: 'active', models: 'models' }

/** Topics written by hand: what an engine would have left. */
class Topics {
  readonly log = EmbeddedLog.open(`${temporaryFolder()}/log.db`)
  readonly auditor: Auditor

  constructor(species?: Species) {
    for (const name of Object.values(topics)) this.log.createTopic(name)
    this.auditor = new Auditor(this.log, topics, species)
  }

  records(count: number, timeMs = 1_000, texts: readonly string[] = []): void {
    const values = columnOf(Array.from({ length: count }, (_, i) => Buffer.from(texts[i] ?? '{}')))
    this.log.append('in', 0, { ...framesOf(values), timestampsMs: new Float64Array(count).fill(timeMs) })
  }

  model(): void {
    this.log.append('models', 0, framesOf(columnOf([Buffer.from('{}')])))
  }

  activation(from: number, version: string, modelPosition: string): void {
    const value = { position: `in/0@${from}`, from, version: { model: 'm', version, modelPosition, format: 'pmml' } }
    this.log.append('active', 0, framesOf(columnOf([Buffer.from(JSON.stringify(value))])))
  }

  predictions(version: string, positions: readonly number[], timeMs = 1_004, species?: readonly string[]): void {
    const values = columnOf(positions.map((_, i) => Buffer.from(JSON.stringify({ species: species?.[i] }))))
    const headers = columnOf(
      positions.map((position) =>
        encodeHeaders([
          ['model', 'm'],
          ['version', version],
          ['position', `in/0@${position}`],
        ]),
      ),
    )
    this.log.append('out', 0, {
      ...framesOf(values),
      headers,
      timestampsMs: new Float64Array(positions.length).fill(timeMs),
    })
  }

  deadLetter(position: number): void {
    const batch = framesOf(columnOf([Buffer.from('{')]), position)
    const error = new MillraceError('ENGINE_NO_MODEL', { position: `in/0@${position}`, key: 'k' })
    const origin = { stream: 'in', partition: 0, modelOf: () => null }
    this.log.append(
      'dead',
      0,
      deadLetters(batch, new Map([[0, error]]), origin, 1_000, { carriesHeaders: true, maxRecordBytes: null }),
    )
  }

  tally(hasEnded = true) {
    this.auditor.step()
    return this.auditor.tally(hasEnded)
  }
}

test('records that became a prediction or a dead letter balance, by version and with their latency', () => {
  const world = new Topics()
  world.model()
  world.activation(0, '1', 'models/0@0')
  world.records(4)
  world.predictions('1', [0, 1])
  world.deadLetter(2)
  world.model()
  world.activation(3, '2', 'models/0@1')
  world.predictions('2', [3])
  const tally = world.tally()
  expect(tally).toMatchObject({
    read: 4,
    predicted: 3,
    deadLettered: 1,
    dropped: 0,
    lost: 0,
    repeated: 0,
    reordered: 0,
  })
  expect(tally).toMatchObject({ misattributed: 0, swaps: 1, rejectedVersions: 0, versions: { 'm@1': 2, 'm@2': 1 } })
  expect(Math.abs(tally.p50Ms - 4)).toBeLessThan(0.3)
})

test('a record that became nothing is lost, one that became two things is repeated', () => {
  const world = new Topics()
  world.activation(0, '1', 'models/0@0')
  world.records(4)
  world.predictions('1', [0, 1])
  world.predictions('1', [1])
  world.deadLetter(0)
  expect(world.tally()).toMatchObject({ lost: 2, repeated: 2 })
})

test('records before the first active version are dropped, not lost', () => {
  const world = new Topics()
  world.records(3)
  world.activation(2, '1', 'models/0@0')
  world.predictions('1', [2])
  expect(world.tally()).toMatchObject({ dropped: 2, lost: 0 })
})

test('predictions out of order, and by another version than the activation log names, are counted', () => {
  const world = new Topics()
  world.activation(0, '1', 'models/0@0')
  world.activation(2, '2', 'models/0@1')
  world.records(4)
  world.predictions('1', [1, 0, 2])
  expect(world.tally()).toMatchObject({ reordered: 1, misattributed: 1 })
})

test('a model message whose version never became active counts as rejected', () => {
  const world = new Topics()
  world.model()
  world.model()
  world.activation(0, '1', 'models/0@0')
  expect(world.tally()).toMatchObject({ swaps: 0, rejectedVersions: 1 })
})

test('a step reads only what is new', () => {
  const world = new Topics()
  world.activation(0, '1', 'models/0@0')
  world.records(2_000)
  world.predictions(
    '1',
    Array.from({ length: 2_000 }, (_, i) => i),
  )
  expect(world.tally()).toMatchObject({ read: 2_000, predicted: 2_000, lost: 0 })
  expect(world.tally()).toMatchObject({ read: 2_000, predicted: 2_000, repeated: 0 })
})

test('while the engine runs, what is behind the last outcome is in flight', () => {
  const world = new Topics()
  world.activation(0, '1', 'models/0@0')
  world.records(5)
  world.predictions('1', [0, 2])
  expect(world.tally(false)).toMatchObject({ lost: 1 })
  expect(world.tally(true)).toMatchObject({ lost: 3 })
})

test('predictions are compared with what the flowers are, by the format of their version', () => {
  const world = new Topics(
    new Map([
      ['{"a":1}', 'setosa'],
      ['{"a":2}', 'virginica'],
    ]),
  )
  world.activation(0, '1', 'models/0@0')
  world.records(3, 1_000, ['{"a":1}', '{"a":2}', 'malformed'])
  world.predictions('1', [0, 1, 2], 1_004, ['setosa', 'setosa', 'setosa'])
  expect(world.tally().formats).toEqual({ pmml: { predicted: 3, right: 1 } })
})

test('a dead letter whose commit came after the predictions were read makes nothing look lost', () => {
  const world = new Topics()
  world.activation(0, '1', 'models/0@0')
  world.records(6)
  world.predictions('1', [0, 1])
  world.deadLetter(4)
  expect(world.tally(false)).toMatchObject({ lost: 0 })
  world.predictions('1', [2, 3, 5])
  expect(world.tally(false)).toMatchObject({ lost: 0, predicted: 5, deadLettered: 1 })
})
