import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { castCell } from '../../../src/models/tensors/cells.ts'
import { compileFill, makeElements, type SizedInput } from '../../../src/models/tensors/feature-fill.ts'
import type { TensorDtype } from '../../../src/schema/tensor.ts'
import type { Value } from '../../../src/schema/value.ts'

function inputOf(dtype: TensorDtype, fields: readonly string[]): SizedInput {
  const sources = fields.map((field) => ({
    name: field,
    field,
    expression: null,
    missing: { kind: 'error' as const },
    categories: null,
    shape: [],
  }))
  return { name: 'x', dtype, shape: [fields.length], hasBatch: true, constant: null, sources, width: fields.length }
}

const dtypes = [
  'float64',
  'float32',
  'float16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint64',
  'uint32',
  'uint16',
  'uint8',
  'boolean',
  'string',
] as const
const odd: Value[] = [
  0,
  -0,
  1,
  -1,
  1.5,
  127,
  128,
  -129,
  255,
  256,
  32768,
  65536,
  -32769,
  2 ** 31,
  2 ** 32,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 53,
  -(2 ** 40),
  2 ** 52 + 1,
  5n,
  -(2n ** 63n),
  2n ** 64n - 1n,
  '12',
  ' -3 ',
  '1.5',
  'x',
  '',
  true,
  false,
  Number.POSITIVE_INFINITY,
  '-inf',
]

test.each(dtypes)('%s: the quick way writes what the cast gives, or its error', (dtype) => {
  const fill = compileFill([inputOf(dtype, ['a'])])
  for (const value of odd) {
    const elements = makeElements(dtype, 1)
    let thrown: unknown = null
    const rows = fill([{ a: value }], 0, 1, [elements], (_, error) => (thrown = error))
    const wanted = makeElements(dtype, 1)
    try {
      wanted[0] = castCell(value, dtype, 'a')
      expect([value, rows, elements[0]]).toEqual([value, 1, wanted[0]])
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      expect([value, rows, (thrown as Error)?.message]).toEqual([value, 0, error.message])
    }
  }
})

test('thousands of columns are filled by several functions', () => {
  const fields = Array.from({ length: 1000 }, (_, i) => `f${i}`)
  const fill = compileFill([inputOf('float32', fields)])
  const record = Object.fromEntries(fields.map((field, i) => [field, i]))
  const elements = makeElements('float32', 2000)
  expect(fill([record, { f0: 1 }, record], 0, 3, [elements], () => {})).toBe(2)
  expect([...elements.slice(1000)]).toEqual(fields.map((_, i) => i))
})

test('a record at fault leaves no trace', () => {
  const fill = compileFill([inputOf('int64', ['a', 'b'])])
  const elements = makeElements('int64', 4)
  const faults: number[] = []
  expect(fill([{ a: 1, b: 'x' }, { a: 2, b: 3 }, null], 0, 3, [elements], (i) => faults.push(i))).toBe(1)
  expect([[...elements.slice(0, 2)], faults]).toEqual([
    [2n, 3n],
    [0, 2],
  ])
})

test('fields with names of every kind', () => {
  const fields = ['a"b', "c'd", '`', '$' + '{x}', '\\', '__proto__', 'constructor', '\u2028']
  const fill = compileFill([inputOf('float64', fields)])
  const elements = makeElements('float64', fields.length)
  const record = JSON.parse(JSON.stringify(Object.fromEntries(fields.map((field, i) => [field, i])))) as Record<
    string,
    number
  >
  Object.defineProperty(record, '__proto__', { value: 5, enumerable: true })
  expect(fill([record], 0, 1, [elements], () => {})).toBe(1)
  expect([...elements]).toEqual(fields.map((_, i) => i))
  const messages: string[] = []
  fill([{}], 0, 1, [compileFillTarget(fields.length)], (_, thrown) => messages.push(String(thrown)))
  expect(messages).toEqual(['MillraceError: field "a"b" is missing and the model needs it'])
})

function compileFillTarget(count: number) {
  return makeElements('float64', count)
}
