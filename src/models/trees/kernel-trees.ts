import {
  bytes16,
  type Code,
  get,
  I32,
  load,
  loopWhile,
  op,
  repeatWhile,
  selectBits,
  sequence,
  set,
  store,
  V128,
  type WasmFunction,
  when,
  whole,
} from '../../core/wasm-writer.ts'
import type { SlicedShape } from './kernel.ts'
import { BLOCK_ROWS, Place } from './kernel-layout.ts'
import { addValue, lanesOf, sumBytes } from './kernel-walks.ts'

/** Name of the function for a shape. */
export const functionName = ({ levels, isFull }: SlicedShape): string => `${isFull ? 'full' : 'any'}${levels}`

/** Bytes of a tree's program, see treeFunction. */
export const programBytes = (levels: number, isFull: boolean): number => (2 ** levels - 1) * (isFull ? 4 : 16)

/**
 * Trees by bits. `full`: a tree with all of its 2 ** levels − 1 tests; the program has the masks' addresses level by level. The bits of
 * a leaf's number are the outcomes on the way to it: the tests of each level are narrowed down by the outcomes above.
 *
 * `any`: a tree of any shape whose leaves are numbered from "below" to "above". Between leaves i − 1 and i lies one test; its boundary
 * says for each row whether it ends at leaf i or later: (mask and boundary to the left) or boundary to the right. The program has for
 * each test, those above first, the addresses of mask, left, right and of the boundary. The bits of the leaf's number
 * are found among the boundaries by halving.
 *
 * A tree has `width` tables of its leaves' values, in the order of the leaves' numbers, which add to the sums of as many targets from
 * its own on.
 */
export function treeFunction(levels: number, isFull: boolean, isFloat: boolean): WasmFunction {
  const [program, table, targets, targetsEnd, sums, rows, width] = [0, 1, 2, 3, 4, 5, 6]
  const [at, end, sum, left] = [7, 8, 9, 10]
  const plane = (level: number): number => 11 + level
  const narrowed = (level: number, from: number, position: number): Code => {
    if (from === level)
      return isFull
        ? load.v128(load.i32(get(program), 4 * (2 ** level - 1 + position)))
        : load.v128(whole(Place.boundaries + 16 * ((position * 2 + 1) << (levels - 1 - level))))
    return selectBits(
      narrowed(level, from + 1, position * 2 + 1),
      narrowed(level, from + 1, position * 2),
      get(plane(from)),
    )
  }
  const boundaries = sequence(
    set(at, get(program)),
    set(end, op.add(get(program), whole(programBytes(levels, false)))),
    repeatWhile(
      op.lessUnsigned(get(at), get(end)),
      sequence(
        store.v128(
          load.i32(get(at), 12),
          0,
          op.vectorOr(
            op.vectorAnd(load.v128(load.i32(get(at))), load.v128(load.i32(get(at), 4))),
            load.v128(load.i32(get(at), 8)),
          ),
        ),
        set(at, op.add(get(at), whole(16))),
      ),
    ),
  )
  const all = lanesOf(levels)
  const shifted = (level: number, group: number): Code => {
    const bit = levels - 1 - level
    const value = get(plane(level))
    const moved =
      bit === group
        ? value
        : bit > group
          ? op.shiftLanesLeft(value, whole(bit - group))
          : op.shiftLanesRight(value, whole(group - bit))
    return op.vectorAnd(moved, bytes16(1 << bit))
  }
  const leafNumbers = lanesOf(8).map((group) =>
    when(
      op.aboveUnsigned(get(rows), whole(group * 16)),
      store.v128(
        whole(0),
        Place.leafNumbers + group * 16,
        all.map((level) => shifted(level, group)).reduce((a, b) => op.vectorOr(a, b)),
      ),
    ),
  )
  const scale = isFloat ? 2 : 3
  const rowsOfAll = BLOCK_ROWS * sumBytes(isFloat)
  const gather = sequence(
    set(at, whole(0)),
    repeatWhile(
      op.lessUnsigned(get(at), get(rows)),
      sequence(
        ...lanesOf(16).map((row) =>
          addValue(
            get(sum),
            row * sumBytes(isFloat),
            op.add(get(table), op.shiftLeft(load.u8(get(at), Place.leafNumbers + row), whole(scale))),
            isFloat,
          ),
        ),
        set(at, op.add(get(at), whole(16))),
        set(sum, op.add(get(sum), whole(16 * sumBytes(isFloat)))),
      ),
    ),
  )
  const body = loopWhile(
    op.lessUnsigned(get(targets), get(targetsEnd)),
    sequence(
      isFull ? [] : boundaries,
      ...all.map((level) => set(plane(level), narrowed(level, 0, 0))),
      ...leafNumbers,
      set(left, get(width)),
      set(sum, op.add(get(sums), load.i32(get(targets)))),
      repeatWhile(
        get(left),
        sequence(
          gather,
          set(sum, op.add(get(sum), op.subtract(whole(rowsOfAll), op.multiply(get(rows), whole(sumBytes(isFloat)))))),
          set(table, op.add(get(table), whole((2 ** levels) << scale))),
          set(left, op.subtract(get(left), whole(1))),
        ),
      ),
      set(program, op.add(get(program), whole(programBytes(levels, isFull)))),
      set(targets, op.add(get(targets), whole(4))),
    ),
  )
  const params = [I32, I32, I32, I32, I32, I32, I32]
  const locals = [I32, I32, I32, I32, ...all.map(() => V128)]
  return { name: functionName({ levels, isFull }), params, locals, result: null, body }
}
