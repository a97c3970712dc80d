import {
  type Code,
  F32,
  F64,
  get,
  I32,
  load,
  loopWhile,
  op,
  repeatWhile,
  sequence,
  set,
  store,
  type WasmFunction,
  whole,
} from '../../core/wasm-writer.ts'
import { Place, TREE_LANES } from './kernel-layout.ts'
import { addValue, lanesOf } from './kernel-walks.ts'

/** Steps between asking whether all chains are at their end. */
const STEPS = 4

/** See Kernel.follow. */
export function followFunction(): WasmFunction {
  const [starts, end, word, place] = [0, 1, 2, 3]
  const all = lanesOf(TREE_LANES)
  const node = (chain: number): number => 4 + chain
  const step = (chain: number): Code => {
    const isAbove = op.aboveUnsigned(load.u16(get(place), Place.q), op.shiftRight(get(word), whole(16)))
    return sequence(
      set(word, load.i32(get(node(chain)), Place.image)),
      set(place, op.and(get(word), whole(0xffff))),
      store.i32(get(place), Place.reached, get(node(chain))),
      set(node(chain), op.add(load.i32(get(node(chain)), Place.image + 4), op.shiftLeft(isAbove, whole(3)))),
    )
  }
  const isUnderWay = all.map((chain) => op.notEqual(get(node(chain)), get(end))).reduce((a, b) => op.or(a, b))
  const body = sequence(
    ...all.map((chain) => set(node(chain), load.i32(get(starts), chain * 4))),
    repeatWhile(isUnderWay, sequence(...lanesOf(STEPS).flatMap(() => all.map(step)))),
  )
  return { name: 'follow', params: [I32, I32], locals: [I32, I32, ...all.map(() => I32)], result: null, body }
}

/** See Kernel.addReached and Kernel.sumReached. */
export function addReachedFunction(name: string, isFloat: boolean, to: 'memory' | 'local'): WasmFunction {
  const [reached, reachedEnd, values, sums, targets, sum] = [0, 1, 2, 3, 4, 5]
  const value = op.add(load.i32(get(reached)), get(values))
  const add =
    to === 'memory'
      ? sequence(
          addValue(op.add(get(sums), load.i32(get(targets))), 0, value, isFloat),
          set(targets, op.add(get(targets), whole(4))),
        )
      : set(sum, isFloat ? op.floatAdd(get(sum), load.f32(value)) : op.doubleAdd(get(sum), load.f64(value)))
  const loop = loopWhile(
    op.lessUnsigned(get(reached), get(reachedEnd)),
    sequence(add, set(reached, op.add(get(reached), whole(4)))),
  )
  const loadSum = set(sum, isFloat ? load.f32(get(sums)) : load.f64(get(sums)))
  const storeSum = isFloat ? store.f32(get(sums), 0, get(sum)) : store.f64(get(sums), 0, get(sum))
  const body = to === 'local' ? sequence(loadSum, loop, storeSum) : loop
  return { name, params: [I32, I32, I32, I32, I32], locals: [isFloat ? F32 : F64], result: null, body }
}
