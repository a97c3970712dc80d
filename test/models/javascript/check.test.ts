import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { inferInputs, inferOutputs, verify } from '../../../src/models/javascript/check.ts'

test('verification compares the named outputs, numbers within a small tolerance', () => {
  const rows = [{ input: {}, expected: { a: 1, b: { c: [1, 'x'] } } }]
  const same = { predictions: [{ a: 1 + 1e-12, b: { c: [1, 'x'] }, other: 1 }], errors: null }
  expect(verify(rows, same)).toStrictEqual({ rows: 1, differences: [] })
  const different = { predictions: [{ a: 1.001, b: { c: [1] } }], errors: null }
  expect(verify(rows, different).differences).toStrictEqual([
    { row: 0, output: 'a', expected: '1', actual: '1.001' },
    { row: 0, output: 'b', expected: '{"c":[1,"x"]}', actual: '{"c":[1]}' },
  ])
})

test('a row that cannot be scored differs with the reason', () => {
  const error = new MillraceError('MODEL_INPUT_MISSING', { field: 'a' })
  const batch = { predictions: [null], errors: new Map([[0, error]]) }
  expect(verify([{ input: {}, expected: { a: 1n } }], batch).differences[0]).toMatchObject({
    output: 'a',
    actual: 'field "a" is missing and the model needs it',
  })
})

test('a missing output equals null and nothing else', () => {
  const batch = { predictions: [{}, {}], errors: null }
  const rows = [
    { input: {}, expected: { a: null } },
    { input: {}, expected: { a: 0 } },
  ]
  expect(verify(rows, batch).differences).toHaveLength(1)
})

test('inputs and outputs of a model that declares none come from its samples', () => {
  expect(inferInputs([{ a: 1 }, { b: 'x', a: 2 }]).map((f) => [f.name, f.dtype, f.isOptional])).toStrictEqual([
    ['a', 'any', true],
    ['b', 'any', true],
  ])
  const outputs = inferOutputs([{ n: 1, s: 'x', b: true, l: [1, 2], m: 1 }, null, { n: 2, s: null, m: 'x' }])
  expect(outputs.map((f) => `${f.name}:${f.dtype}:${f.shape.length}`)).toStrictEqual([
    'n:float64:0',
    's:string:0',
    'b:boolean:0',
    'l:float64:1',
    'm:any:0',
  ])
})
