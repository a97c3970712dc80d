import { expect, test } from 'vitest'
import {
  bytes16,
  choose,
  clear,
  compileModule,
  double,
  F64,
  get,
  I32,
  load,
  loopWhile,
  op,
  openModule,
  selectBits,
  set,
  store,
  wasmMemory,
  whole,
} from '../../src/core/wasm-writer.ts'

type Exports = Record<string, (...given: number[]) => number>

test('written functions compute what their instructions say', () => {
  const memory = wasmMemory(100)
  const constants = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]
  const module = compileModule([
    ...constants.map((value, i) => ({ name: `c${i}`, params: [], locals: [], result: I32, body: whole(value) })),
    { name: 'half', params: [F64], locals: [], result: F64, body: op.doubleAdd(get(0), double(0.5)) },
    {
      name: 'sum',
      params: [I32],
      locals: [I32],
      result: I32,
      body: [
        ...loopWhile(get(0), [...set(1, op.add(get(1), get(0))), ...set(0, op.subtract(get(0), whole(1)))]),
        ...choose(get(1), whole(-5), get(1)),
      ],
    },
    {
      name: 'select',
      params: [I32],
      locals: [],
      result: null,
      body: store.v128(get(0), 300, selectBits(bytes16(0x0f), bytes16(0xaa), load.v128(get(0), 300))),
    },
    { name: 'clear', params: [I32, I32], locals: [], result: null, body: clear(get(0), get(1)) },
  ])
  if (memory === null) throw new Error('there is no memory')
  const { half, sum, select, clear: erase, ...rest } = openModule(module, memory) as Exports
  expect(constants.map((_, i) => rest[`c${i}`]?.())).toEqual(constants)
  expect([half?.(2), sum?.(10), sum?.(0)]).toEqual([2.5, 55, -5])
  const bytes = new Uint8Array(memory.buffer)
  bytes[301] = 0xf0
  bytes[302] = 0x3c
  select?.(0)
  expect(Array.from(bytes.subarray(299, 304))).toEqual([0, 0xaa, 0x0a, 0x8e, 0xaa])
  erase?.(301, 2)
  expect(Array.from(bytes.subarray(299, 304))).toEqual([0, 0xaa, 0, 0, 0xaa])
})

test('memory that the process has no room for is null', () => {
  expect(wasmMemory(2 ** 40)).toBeNull()
})
