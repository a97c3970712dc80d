import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { MillraceError } from '../../src/core/errors.ts'
import { ScoringStage, type StageModel, type StageOptions, type StageResult } from '../../src/engine/stage.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { registry, registryUrl } from '../support/function-registry.ts'
import { source } from './fakes.ts'

function openStage(options: StageOptions = {}): ScoringStage {
  const stage = new ScoringStage({ registry, registryUrl }, { allowsCode: true, ...options })
  onTestFinished(() => stage.close())
  return stage
}

const model = (version: string, changes: object = {}): StageModel => ({
  name: 'm',
  version,
  format: 'javascript',
  data: Buffer.from(source(version)),
  ...changes,
})

const shown = (result: StageResult) =>
  'error' in result ? result.error.code : `${result.prediction['y']} by ${result.version}`

const numbers = (from: number, to: number): RecordValue[] =>
  Array.from({ length: to - from }, (_, i) => ({ x: from + i }))

async function collected(results: AsyncIterable<StageResult>): Promise<string[]> {
  const all: string[] = []
  for await (const result of results) all.push(shown(result))
  return all
}

test('models change between two records of a stream: none is lost, repeated or reordered, each names its version', async () => {
  const stage = openStage()
  const reference = await stage.publish(model('1'))
  expect(reference).toMatchObject({ key: 'default', model: 'm', version: '1', format: 'javascript' })
  const results: StageResult[] = []
  const three = Promise.withResolvers<void>()
  async function* live() {
    for (let x = 0; x < 6; x++) {
      if (x === 3) {
        await three.promise // what is there is scored without waiting for more
        await stage.publish(model('2'))
      }
      yield { x }
    }
  }
  for await (const result of stage.score(live())) if (results.push(result) === 3) three.resolve()
  expect(results.map((r) => r.record['x'])).toEqual([0, 1, 2, 3, 4, 5])
  expect(results.map(shown)).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 2', '4 by 2', '5 by 2'])
  expect(results[5]).toMatchObject({ model: 'm', digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
})

test('publishing while batches are scored swaps in the order of the calls', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  // The first takes longer to warm than the second to load.
  const slow = `export const samples = [{ x: 1 }]`
  const published = Promise.all([
    stage.publish(model('2', { data: Buffer.from(source('2', 'r.x', slow)) })),
    stage.publish(model('3')),
  ])
  const seen: string[] = []
  let isPublished = false
  published.then(() => (isPublished = true)).catch(() => {})
  for (let x = 0; !isPublished; x++) {
    const [result] = await stage.scoreBatch([{ x }])
    const version = result && 'version' in result ? result.version : 'none'
    if (seen.at(-1) !== version) seen.push(version)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await published
  expect(await collected(stage.score([{ x: 9 }]))).toEqual(['9 by 3'])
  expect(seen.filter((version) => version !== '3')).toEqual(expect.arrayContaining(['1']))
  expect([...seen].sort()).toEqual(seen)
})

test('a model that is rejected changes nothing and names its cause', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  const wrong: [StageModel, string][] = [
    [model('2', { data: Buffer.from('export function score(') }), 'MODEL_FUNCTION_SYNTAX'],
    [model('2', { digest: 'a'.repeat(64) }), 'ENGINE_DIGEST_DIFFERS'],
    [model('2', { format: 'spark' }), 'ENGINE_FORMAT_UNKNOWN'],
    [{ version: '2' }, 'ENGINE_MESSAGE_WRONG'],
    [model('2', { format: 'exits' }), 'ENGINE_LOADER_DIED'],
    [model('2', { verificationRows: [{ input: { x: 1 }, expected: { y: 2 } }] }), 'ENGINE_VERSION_UNVERIFIED'],
    [
      model('2', { data: Buffer.from('export const samples = [{}]; export function score() { throw 1 }') }),
      'ENGINE_WARM_UP_ERROR',
    ],
    [{ name: 'm', version: '7' }, 'ENGINE_VERSION_UNKNOWN'],
  ]
  for (const [message, code] of wrong) await expect(stage.publish(message), code).rejects.toMatchObject({ code })
  expect(await collected(stage.score([{ x: 5 }]))).toEqual(['5 by 1'])
})

test('following a stream of models hands rejected ones on and goes on', async () => {
  const stage = openStage()
  const rejected: MillraceError[] = []
  async function* models() {
    yield model('1')
    yield model('2', { format: 'fails' })
    yield model('3')
  }
  await stage.follow(models(), (error) => rejected.push(error))
  expect(rejected.map((error) => error.message)).toEqual([expect.stringContaining('a library complains')])
  expect(await collected(stage.score([{ x: 5 }]))).toEqual(['5 by 3'])
})

test('without a model records are dropped, or become errors if that is asked for', async () => {
  expect(await collected(openStage().score(numbers(0, 3)))).toEqual([])
  expect(await collected(openStage({ noModel: 'error' }).score(numbers(0, 2)))).toEqual([
    'ENGINE_NO_MODEL',
    'ENGINE_NO_MODEL',
  ])
})

test('records are routed by a field, and a record that fails is an error at its place', async () => {
  const stage = openStage({ key: { type: 'field', name: 'kind' }, noModel: 'error' })
  const text = Buffer.from('export function score(r) { if (r.x === 1) throw new Error("one"); return { y: r.x } }')
  await stage.publish(model('a1', { dataType: 'a', data: text }))
  await stage.publish(model('b1', { dataType: 'b' }))
  const records = [{ kind: 'a', x: 0 }, { kind: 'b', x: 1 }, { kind: 'a', x: 1 }, { x: 2 }, { kind: 'c' }]
  expect(await collected(stage.score(records))).toEqual([
    '0 by a1',
    '1 by b1',
    'MODEL_FUNCTION_THREW',
    'ENGINE_KEY_MISSING',
    'ENGINE_NO_MODEL',
  ])
})

test('retire, pin and shadow do what their messages say; a shadow does not count as usage', async () => {
  const stage = openStage()
  await stage.publish(model('1', { action: 'pin' }))
  await stage.publish(model('2'))
  await stage.publish(model('3', { action: 'shadow' }))
  expect(await collected(stage.score([{ x: 1 }]))).toEqual(['1 by 1'])
  expect(stage.stats()).toMatchObject({ name: 'm', version: '1', usage: 1 })
  expect(await stage.publish({ action: 'unpin' })).toBeNull()
  expect(await collected(stage.score([{ x: 1 }]))).toEqual(['1 by 2'])
  await stage.publish({ action: 'retire', name: 'm' })
  expect(await collected(stage.score([{ x: 1 }]))).toEqual([])
})

test('a slow consumer bounds what is pulled from a source', async () => {
  const stage = openStage({ maxRecords: 4 })
  await stage.publish(model('1'))
  let pulled = 0
  const sources = {
    async: async function* () {
      for (;;) yield { x: pulled++ }
    },
    sync: function* () {
      for (;;) yield { x: pulled++ }
    },
  }
  for (const open of Object.values(sources)) {
    pulled = 0
    let taken = 0
    for await (const _ of stage.score(open())) {
      taken++
      expect(pulled).toBeLessThanOrEqual(taken + 5)
      if (taken === 10) break
    }
  }
})

test('leaving a stream does not wait for the next record of its source, which is told to end', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  let hasEnded = false
  const live: AsyncIterable<RecordValue> = {
    [Symbol.asyncIterator]: () => {
      let given = 0
      return {
        next: () => (given++ === 0 ? Promise.resolve({ value: { x: 1 }, done: false }) : new Promise(() => {})),
        return: async () => {
          hasEnded = true
          return { value: undefined, done: true as const }
        },
      }
    },
  }
  async function* waiting() {
    yield { x: 2 }
    await new Promise(() => {})
  }
  for await (const result of stage.score(live)) {
    expect(shown(result)).toBe('1 by 1')
    break
  }
  for await (const _ of stage.score(waiting())) break
  expect(hasEnded).toBe(true)
})

test('an error of the source reaches the consumer after the results before it', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  async function* failing() {
    yield { x: 1 }
    throw new Error('the source is away')
  }
  const seen: string[] = []
  const read = async () => {
    for await (const result of stage.score(failing())) seen.push(shown(result))
  }
  await expect(read()).rejects.toThrow('the source is away')
  expect(seen).toEqual(['1 by 1'])
})

test('as a Web stream it keeps order and holds its source back', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  let pulled = 0
  const records = new ReadableStream<RecordValue>(
    { pull: (controller) => (pulled < 20 ? controller.enqueue({ x: pulled++ }) : controller.close()) },
    { highWaterMark: 0 },
  )
  const results = records.pipeThrough(stage.toWebStream())
  const reader = results.getReader()
  expect(shown((await reader.read()).value as StageResult)).toBe('0 by 1')
  await stage.scoreBatch([])
  expect(pulled).toBeLessThan(6)
  reader.releaseLock()
  expect(await collected(results)).toEqual(numbers(1, 20).map(({ x }) => `${x} by 1`))
})

test('as a Node stream it keeps order and holds its source back', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  let pulled = 0
  const records = new Readable({
    objectMode: true,
    highWaterMark: 1,
    read: () => void records.push(pulled < 100 ? { x: pulled++ } : null),
  })
  const transform = stage.toNodeStream()
  const done = pipeline(records, transform)
  await once(transform, 'readable')
  await new Promise((resolve) => setImmediate(resolve))
  expect(pulled).toBeLessThan(60)
  expect(await collected(transform)).toEqual(numbers(0, 100).map(({ x }) => `${x} by 1`))
  await done
})

test('a closed stage takes no records and no models', async () => {
  const stage = openStage()
  await stage.publish(model('1'))
  await stage.close()
  await stage.close()
  await expect(stage.scoreBatch([{ x: 1 }])).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  await expect(stage.publish(model('2'))).rejects.toMatchObject({ code: 'CORE_CLOSED' })
})
