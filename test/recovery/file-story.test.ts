import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { source } from '../engine/fakes.ts'
import { eventOf, numbersFrom, registryUrl } from '../engine/log-world.ts'
import { jsonMessage } from '../engine/model-messages.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** An engine from files to files: records, models, predictions and dead letters are lines. */
class FileWorld {
  readonly folder = temporaryFolder()

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, lines: readonly string[]): void {
    appendFileSync(this.path(name), lines.map((line) => `${line}\n`).join(''))
  }

  publish(version: string, changes: object = {}): void {
    const data = Buffer.from(source(version))
    const message = jsonMessage({ name: 'm', version, dataType: 'numbers', format: 'javascript', data, ...changes })
    this.write('models.jsonl', [message.toString()])
  }

  engine(changes: object = {}): Engine {
    const file = (name: string, options: object = {}) => ({
      transport: { type: 'file', path: name, ...options },
      encoding: 'json',
      batching: { maxRecords: 10 },
    })
    const document = {
      name: 'numbers',
      slots: { 0: file('in.jsonl'), 1: file('out.jsonl') },
      models: file('models.jsonl'),
      deadLetters: file('dead.jsonl'),
      state: { type: 'log', path: 'state.db', artifacts: 'artifacts' },
      versions: { allowCode: true },
      ...changes,
    }
    const plan = planEngine(document, { document: null, source: 'test', baseFolder: this.folder }, registry)
    const engine = new Engine({ plan, registry, registryUrl })
    onTestFinished(() => engine.stop())
    return engine
  }

  follow(name: string): object {
    return { transport: { type: 'file', path: name, follow: true }, encoding: 'json', batching: { maxRecords: 10 } }
  }

  /** Lines of a file as objects; a line that a crash has cut is no record. */
  lines(name: string): { y: number; made: string; stamp: { position: string; version: string } }[] {
    return readFileSync(this.path(name), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line))
  }
}

test('three records, an end, two more records: the next run goes on where the last one stood, with its versions', async () => {
  const world = new FileWorld()
  world.publish('1')
  world.write('in.jsonl', numbersFrom(0, 3))
  const first = world.engine()
  await first.start()
  await first.done()
  world.write('in.jsonl', [...numbersFrom(3, 5), '{"x":'])
  const second = world.engine()
  await second.start()
  await second.done()
  expect(world.lines('out.jsonl').map((line) => [line.y, line.made])).toEqual([
    [0, '1'],
    [1, '1'],
    [2, '1'],
    [3, '1'],
    [4, '1'],
  ])
  expect(world.lines('dead.jsonl')).toHaveLength(1)
  const report = await second.report()
  expect(report.counts).toEqual({ read: 6, predicted: 5, deadLettered: 1, dropped: 0 })
  expect(report.versions.map((known) => known.version)).toEqual(['1'])
}, 60_000)

test('messages of a model file are read once over restarts, however long they are', async () => {
  const world = new FileWorld()
  const rejected: string[] = []
  const run = async () => {
    const engine = world.engine()
    engine.telemetry.listen((name, payload) => {
      if (name === 'modelMessageRejected') rejected.push((payload as { position: string }).position)
    })
    await engine.start()
    await engine.done()
  }
  const long = `// ${'x'.repeat(300_000)}\n` // larger than what a file is read by
  world.publish('1', { data: Buffer.from(long + source('1')) })
  world.write('in.jsonl', numbersFrom(0, 3))
  await run()
  world.publish('2')
  world.write('in.jsonl', numbersFrom(3, 6))
  await run()
  expect(world.lines('out.jsonl').map((line) => line.made)).toEqual(['1', '1', '1', '2', '2', '2'])
  expect(rejected).toEqual([])
}, 60_000)

test('a crash that cuts the last line loses nothing: the cut record is written again, whole', async () => {
  const world = new FileWorld()
  world.publish('1')
  world.write('in.jsonl', numbersFrom(0, 20))
  const first = world.engine()
  await first.start()
  await first.done()
  // What a crash leaves behind: a record that was written in part and never committed.
  appendFileSync(world.path('out.jsonl'), '{"made":"1","y":2')
  world.write('in.jsonl', numbersFrom(20, 30))
  const second = world.engine()
  await second.start()
  await second.done()
  expect(world.lines('out.jsonl').map((line) => line.y)).toEqual(Array.from({ length: 30 }, (_, i) => i))
}, 60_000)

test('a swap while files are followed holds from one record on, and a stop loses nothing', async () => {
  const world = new FileWorld()
  world.publish('1')
  writeFileSync(world.path('in.jsonl'), '')
  const follow = {
    slots: { 0: world.follow('in.jsonl'), 1: { transport: { type: 'file', path: 'out.jsonl' }, encoding: 'json' } },
    models: world.follow('models.jsonl'),
  }
  const engine = world.engine(follow)
  await engine.start()
  const scored = eventOf(engine, 'batchScored', () => true)
  world.write('in.jsonl', numbersFrom(0, 15))
  await scored
  const active = eventOf(engine, 'versionActivated', (event) => event.version === '2')
  world.publish('2')
  await active
  const rest = eventOf(engine, 'batchScored', () => true)
  world.write('in.jsonl', numbersFrom(15, 20))
  await rest
  await engine.stop()
  world.write('in.jsonl', numbersFrom(20, 25))
  const last = world.engine()
  await last.start()
  await last.done()
  const lines = world.lines('out.jsonl')
  expect([...new Set(lines.map((line) => line.y))]).toEqual(Array.from({ length: 25 }, (_, i) => i))
  for (const { made, stamp } of lines) expect(stamp.version).toBe(made)
  const versions = lines.map((line) => line.made)
  expect(versions).toEqual([...versions].sort())
  expect(versions.slice(-5)).toEqual(['2', '2', '2', '2', '2'])
}, 60_000)
