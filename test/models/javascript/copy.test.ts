import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { copyRecord, copyValue, isPlain, type RefuseValue } from '../../../src/models/javascript/copy.ts'

const refuse: RefuseValue = (path, value) => {
  throw new Error(`${path}=${String(value)}`)
}

test('values of another realm become values of this one', () => {
  const value = runInNewContext(
    '({ a: 1, b: "x", c: [true, null, { d: 2n }], e: new Float32Array([1.5, 2]), f: new Uint8ClampedArray(0) && 3 })',
  )
  const copy = copyRecord(value, '', refuse)
  expect(copy).toStrictEqual({ a: 1, b: 'x', c: [true, null, { d: 2n }], e: Float32Array.of(1.5, 2), f: 3 })
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  expect(copy['e']).toBeInstanceOf(Float32Array)
})

test('a copy shares nothing with its source', () => {
  const source = { list: [1, { a: 2 }], array: Float64Array.of(1) }
  const copy = copyValue(source, '', refuse)
  source.list.push(9)
  source.array[0] = 9
  expect(copy).toStrictEqual({ list: [1, { a: 2 }], array: Float64Array.of(1) })
})

test('what is not a value is refused with its path', () => {
  const cases: [unknown, string][] = [
    [{ a: [1, Number.NaN] }, '.a[1]=NaN'],
    [{ a: undefined }, '.a=undefined'],
    [{ a: { b: () => 1 } }, '.a.b='],
    [{ a: Symbol('s') }, '.a='],
    [{ a: new Date(0) }, '.a='],
    [{ a: new Map() }, '.a='],
    [{ a: new DataView(new ArrayBuffer(1)) }, '.a='],
    [JSON.parse('{"__proto__": 1}'), '.__proto__='],
  ]
  for (const [value, path] of cases) expect(() => copyValue(value, '', refuse)).toThrow(path)
})

test('a cycle is refused instead of followed', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  expect(() => copyValue(cycle, '', refuse)).toThrow('.self.self')
})

test('only objects without a class of their own are plain', () => {
  expect([{}, Object.create(null), runInNewContext('({})')].every(isPlain)).toBe(true)
  expect([new Date(), [], Promise.resolve(), new (class A {})()].some(isPlain)).toBe(false)
})
