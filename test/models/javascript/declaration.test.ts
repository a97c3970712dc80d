import { expect, test } from 'vitest'
import { readDeclaration } from '../../../src/models/javascript/declaration.ts'

const score = () => 1
const read = (exports: Record<string, unknown>) => readDeclaration(exports, 'm.js')

test('a score function alone is a model that declares nothing', () => {
  expect(read({ score })).toMatchObject({ score, scoreBatch: null, inputs: null, outputs: null, isStateful: false })
  expect(read({ default: score }).score).toBe(score)
  expect(() => read({ helper: score })).toThrow('m.js: export "score" is missing, expected a function score(record)')
})

test('a default object gives functions that keep their object; named exports win', () => {
  const fallback = {
    factor: 3,
    isStateful: true,
    score: function (this: { factor: number }) {
      return this.factor
    },
  }
  const declaration = read({ default: fallback, isStateful: false })
  expect(declaration.score?.({})).toBe(3)
  expect(declaration.isStateful).toBe(false)
})

test('features may be names alone, and come from either form of signature', () => {
  const a = { name: 'a', dtype: 'any', shape: [], isOptional: false }
  expect(read({ score, inputs: ['a'] }).inputs).toStrictEqual([a])
  expect(read({ score, signature: { inputs: [{ ...a, domain: { values: ['x'] } }], outputs: [] } })).toMatchObject({
    inputs: [{ ...a, domain: { values: ['x'] } }],
    outputs: [],
  })
})

test('an export of the wrong kind is refused with its name, its value and what would be right', () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ score: 3 }, /export "score" is 3, expected a function/],
    [{ begin: 'x' }, /export "begin" is "x", expected a function/],
    [{ inputs: { a: 1 } }, /export "inputs" is an object.*, expected a list/],
    [
      { inputs: [{ name: 'a', dtype: 'double' }] },
      /export "inputs\[0\]\.dtype" is "double", expected one of "float64"/,
    ],
    [{ inputs: ['a', 'a'] }, /export "inputs" is "a", expected different names/],
    [{ inputs: ['__proto__'] }, /export "inputs\[0\]\.name"/],
    [{ inputs: [{ name: 'a', shape: [0] }] }, /export "inputs\[0\]\.shape"/],
    [{ inputs: [{ name: 'a', domain: { values: 1 } }] }, /export "inputs\[0\]\.domain\.values" is 1/],
    [{ samples: [1] }, /export "samples\[0\]" is 1/],
    [{ samples: [{ a: Number.NaN }] }, /export "samples\[0\]\.a" is NaN/],
    [{ verification: [{ input: {} }] }, /export "verification\[0\]\.expected" is missing/],
    [{ isStateful: 1 }, /export "isStateful" is 1/],
  ]
  for (const [exports, sentence] of cases) expect(() => read({ score, ...exports })).toThrow(sentence)
})

test('an expected scalar stands for the output "prediction"', () => {
  const rows = [
    { input: { a: 1 }, expected: 2 },
    { input: {}, expected: [1] },
    { input: {}, expected: { x: 1 } },
  ]
  expect(read({ score, verification: rows }).verification.map((row) => row.expected)).toStrictEqual([
    { prediction: 2 },
    { prediction: [1] },
    { x: 1 },
  ])
})

test('metadata that is text becomes facts', () => {
  expect(read({ score, name: 'n', version: '2', description: 3 }).facts).toStrictEqual({ name: 'n', version: '2' })
})
