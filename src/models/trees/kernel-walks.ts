import {
  type Code,
  F32,
  F64,
  get,
  I32,
  load,
  loopWhile,
  op,
  sequence,
  set,
  store,
  type WasmFunction,
  when,
  whole,
} from '../../core/wasm-writer.ts'
import { Place, ROW_LANES } from './kernel-layout.ts'

/** Bytes of a tree in the image: depth, address of the root, bytes from the first target's sums. A group of eight has a depth and eight of the others. */
export const treeBytes = (lanes: number): number => 4 + lanes * 8

/** Bytes of a sum. */
export const sumBytes = (isFloat: boolean): number => (isFloat ? 4 : 8)

/** 0, 1, 2 … */
export const lanesOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** One step from the node at `local` to its child; `lane` is that of q. */
function step(local: number, word: number, lane: number): Code {
  const rank = load.u16(op.and(get(word), whole(0xffff)), Place.q + lane * 2)
  const isAbove = op.aboveUnsigned(rank, op.shiftRight(get(word), whole(16)))
  return sequence(
    set(word, load.i32(get(local), Place.image)),
    set(local, op.add(load.i32(get(local), Place.image + 4), op.shiftLeft(isAbove, whole(3)))),
  )
}

/** In trees of more steps than this it is asked every fourth step whether all are at leaves, which ends the walk. */
const DEEP = 8

/** Takes `steps` steps with each of the nodes, or fewer where that is enough. */
function walk(steps: number, nodes: readonly number[], each: Code): Code {
  const hasMoved = nodes
    .map((node) => op.notEqual(get(node), load.i32(get(node), Place.image + 4)))
    .reduce((a, b) => op.or(a, b))
  const next = set(steps, op.subtract(get(steps), whole(1)))
  const isAsked = op.equalsZero(op.and(get(steps), whole(3)))
  const end = when(isAsked, when(op.equalsZero(hasMoved), set(steps, whole(0))))
  return sequence(
    when(op.aboveUnsigned(get(steps), whole(DEEP)), loopWhile(get(steps), sequence(each, next, end))),
    loopWhile(get(steps), sequence(each, next)),
  )
}

/** Adds the value of a leaf to a sum in memory. */
export function addValue(sum: Code, offset: number, value: Code, isFloat: boolean): Code {
  return isFloat
    ? store.f32(sum, offset, op.floatAdd(load.f32(sum, offset), load.f32(value)))
    : store.f64(sum, offset, op.doubleAdd(load.f64(sum, offset), load.f64(value)))
}

/** See Kernel.walkMany and those after it. */
export function walkFunction(
  name: string,
  lanes: number,
  isFloat: boolean,
  to: 'memory' | 'local' | 'leaves',
): WasmFunction {
  const [tree, treesEnd, values, sums, steps, word, sum] = [0, 1, 2, 3, 4, 5, 6]
  const all = lanesOf(lanes)
  const node = (lane: number): number => 7 + lane
  const [out] = [values]
  const add = (lane: number): Code => {
    const value = op.add(get(node(lane)), get(values))
    if (to === 'memory') return addValue(op.add(get(sums), load.i32(get(tree), 8 + lane * 8)), 0, value, isFloat)
    if (to === 'leaves') return store.i32(get(out), lane * 4, get(node(lane)))
    return set(sum, isFloat ? op.floatAdd(get(sum), load.f32(value)) : op.doubleAdd(get(sum), load.f64(value)))
  }
  const loop = loopWhile(
    op.lessUnsigned(get(tree), get(treesEnd)),
    sequence(
      set(steps, load.i32(get(tree))),
      ...all.map((lane) => set(node(lane), load.i32(get(tree), 4 + lane * 8))),
      walk(steps, all.map(node), sequence(...all.map((lane) => step(node(lane), word, 0)))),
      ...all.map(add),
      to === 'leaves' ? set(out, op.add(get(out), whole(lanes * 4))) : [],
      set(tree, op.add(get(tree), whole(treeBytes(lanes)))),
    ),
  )
  const loadSum = set(sum, isFloat ? load.f32(get(sums)) : load.f64(get(sums)))
  const storeSum = isFloat ? store.f32(get(sums), 0, get(sum)) : store.f64(get(sums), 0, get(sum))
  const body = to === 'local' ? sequence(loadSum, loop, storeSum) : loop
  const locals = [I32, I32, isFloat ? F32 : F64, ...all.map(() => I32)]
  return { name, params: [I32, I32, I32, I32], locals, result: null, body }
}

/** See Kernel.walkRows. */
export function walkRowsFunction(isFloat: boolean): WasmFunction {
  const [tree, treesEnd, values, sums, steps, word, sum] = [0, 1, 2, 3, 4, 5, 6]
  const all = lanesOf(ROW_LANES)
  const node = (lane: number): number => 7 + lane
  const body = loopWhile(
    op.lessUnsigned(get(tree), get(treesEnd)),
    sequence(
      set(steps, load.i32(get(tree))),
      set(sum, op.add(get(sums), load.i32(get(tree), 8))),
      ...all.map((lane) => set(node(lane), load.i32(get(tree), 4))),
      walk(steps, all.map(node), sequence(...all.map((lane) => step(node(lane), word, lane)))),
      ...all.map((lane) => addValue(get(sum), lane * sumBytes(isFloat), op.add(get(node(lane)), get(values)), isFloat)),
      set(tree, op.add(get(tree), whole(treeBytes(1)))),
    ),
  )
  const locals = [I32, I32, I32, ...all.map(() => I32)]
  return { name: 'walkRows', params: [I32, I32, I32, I32], locals, result: null, body }
}
