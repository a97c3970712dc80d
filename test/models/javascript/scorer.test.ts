import { expect, test } from 'vitest'
import { load } from './load.ts'

test('a record that throws gets an error with its place; the others get predictions', async () => {
  const scorer = await load(
    'export function score(r) {\n  if (r.a > 1) throw new RangeError("too much")\n  return { b: r.a }\n}',
  )
  const { predictions, errors } = await scorer.score([{ a: 0 }, { a: 2 }, { a: 1 }, null])
  expect(predictions).toStrictEqual([{ b: 0 }, null, { b: 1 }, null])
  expect([...(errors?.keys() ?? [])]).toStrictEqual([1, 3])
  expect(errors?.get(1)).toMatchObject({
    code: 'MODEL_FUNCTION_THREW',
    message: 'models/test.js:2:22: score throws RangeError: too much',
  })
  expect(errors?.get(3)).toMatchObject({ code: 'MODEL_RECORD_ABSENT' })
})

test('scoreBatch gets the readable records and answers each; an Error in the list is that record alone', async () => {
  const scorer = await load(`
    export const inputs = [{ name: 'a', dtype: 'float64' }]
    export function scoreBatch(records) {
      return records.map(({ a }) => a < 0 ? new Error('negative') : { sum: a + records.length })
    }`)
  const { predictions, errors } = await scorer.score([{ a: '1' }, { a: 'x' }, { a: -1 }, null, { a: 2 }])
  expect(predictions).toStrictEqual([{ sum: 4 }, null, null, null, { sum: 5 }])
  expect([...(errors ?? [])].map(([i, e]) => [i, e.code]).sort()).toStrictEqual([
    [1, 'MODEL_INPUT_TYPE'],
    [2, 'MODEL_FUNCTION_THREW'],
    [3, 'MODEL_RECORD_ABSENT'],
  ])
})

test('a scoreBatch that throws or answers the wrong number fails the records of its batch', async () => {
  for (const body of ['return [1]', 'return 3', 'throw new Error("no")']) {
    const scorer = await load(`export function scoreBatch(records) { ${body} }`)
    const { predictions, errors } = await scorer.score([{}, {}])
    expect(predictions).toStrictEqual([null, null])
    expect(errors?.size).toBe(2)
  }
})

test('a model cannot change the records it is given', async () => {
  const record = Object.freeze({ a: 1 })
  const scorer = await load('export function score(r) { r.a = 5; r.b = 6; return { a: r.a } }')
  expect((await scorer.score([record])).predictions).toStrictEqual([{ a: 5 }])
  expect(record).toStrictEqual({ a: 1 })
})

test('the record on which the time runs out is the only one that is lost to it', async () => {
  const scorer = await load('let n = 0\nexport function score(r) { n++; while (r.spin); return { n } }', {
    timeoutMs: 20,
  })
  const { predictions, errors } = await scorer.score([{}, { spin: true }, {}, { spin: true }])
  expect(predictions).toStrictEqual([{ n: 1 }, null, { n: 3 }, null])
  expect([...(errors?.keys() ?? [])]).toStrictEqual([1, 3])
  expect(errors?.get(1)?.message).toBe('models/test.js: score is not done after 20 ms')
})

test('a scoreBatch that does not end fails its batch, and the next batch is scored', async () => {
  const text = 'export function scoreBatch(rs) { while (rs[0].spin); return rs.map(() => 1) }'
  const scorer = await load(text, { timeoutMs: 20 })
  expect((await scorer.score([{ spin: true }, {}])).errors?.size).toBe(2)
  expect((await scorer.score([{}, { spin: true }])).predictions).toStrictEqual([{ prediction: 1 }, { prediction: 1 }])
})

test('begin runs before the first record, end on close, once, and what it throws stays inside', async () => {
  const scorer = await load(`
    let log = []
    export let samples
    export function begin() { log.push('begin'); samples = [{ n: 1 }] }
    export function end() { log.push('end'); throw new Error(log.join()) }
    export const score = () => ({ log: log.join() })`)
  expect((await scorer.score([{}])).predictions).toStrictEqual([{ log: 'begin' }])
  scorer.close()
  scorer.close()
  expect(() => scorer.score([{}])).toThrow('models/test.js is closed')
})

test('each opened scorer has its own state', async () => {
  const text = 'let n = 0\nexport const isStateful = true\nexport const score = () => ++n'
  const [a, b] = [await load(text), await load(text)]
  await a.score([{}, {}])
  expect((await a.score([{}])).predictions).toStrictEqual([{ prediction: 3 }])
  expect((await b.score([{}])).predictions).toStrictEqual([{ prediction: 1 }])
})

test('an empty batch gives an empty answer', async () => {
  expect(await (await load('export const score = () => 1')).score([])).toStrictEqual({ predictions: [], errors: null })
})
