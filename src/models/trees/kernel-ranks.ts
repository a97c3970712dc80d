import {
  bytes16,
  type Code,
  choose,
  clear,
  double,
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
  V128,
  type WasmFunction,
  when,
  whole,
} from '../../core/wasm-writer.ts'
import { Column, SetGroup } from './kernel-layout.ts'
import { lanesOf } from './kernel-walks.ts'

/** Locals of a search, see `search`. */
interface SearchLocals {
  readonly column: number
  readonly span: number
  /** Numbers that are searched for side by side, as each step of a search waits for the one before. */
  readonly lanes: readonly { readonly x: number; readonly at: number }[]
}

/** LightGBM's kZeroThreshold. */
const ZERO_THRESHOLD = Math.fround(1e-35)

/** Rounds x and reads it as the word at `treatment` of `from` says. */
function treat(x: number, from: number, treatment: number, isFloat: boolean): Code {
  const word = load.i32(get(from), treatment)
  const is = (number: number): Code => op.equalsZero(op.subtract(word, whole(number)))
  return sequence(
    isFloat ? set(x, op.toDouble(op.toFloat(get(x)))) : [],
    when(
      word,
      sequence(
        when(is(1), when(op.doubleNotEqual(get(x), get(x)), set(x, double(0)))),
        when(
          is(2),
          when(op.doubleAtMost(op.doubleAbsolute(get(x)), double(ZERO_THRESHOLD)), set(x, double(Number.NaN))),
        ),
      ),
    ),
  )
}

/**
 * Finds the rank of x, after its treatment, twice over (a byte offset into maps of 16-bit numbers), in `at`; that of a missing value
 * is one more than the number of cuts.
 */
function search({ column, span, lanes }: SearchLocals, isFloat: boolean): Code {
  const word = (offset: number): Code => load.i32(get(column), offset)
  const each = (code: (lane: SearchLocals['lanes'][number]) => Code): Code => sequence(...lanes.map(code))
  return sequence(
    // Cuts begin 8 bytes before the first, so that a step of `span` looks at the last cut that it would pass.
    each(({ x, at }) => sequence(treat(x, column, Column.treatment, isFloat), set(at, word(Column.cuts)))),
    set(span, word(Column.span)),
    repeatWhile(
      op.aboveUnsigned(get(span), whole(4)),
      sequence(
        each(({ x, at }) => {
          const isAtLeast = op.equalsZero(op.doubleLess(get(x), load.f64(op.add(get(at), get(span)))))
          return set(at, op.add(get(at), choose(get(span), whole(0), isAtLeast)))
        }),
        set(span, op.shiftRight(get(span), whole(1))),
      ),
    ),
    each(({ x, at }) => {
      const count = word(Column.count)
      const isMissing = op.doubleNotEqual(get(x), get(x))
      return sequence(
        set(at, op.subtract(get(at), word(Column.cuts))),
        set(at, choose(get(at), count, op.lessUnsigned(get(at), count))),
        set(at, op.add(op.shiftRight(get(at), whole(2)), op.shiftLeft(isMissing, whole(1)))),
      )
    }),
  )
}

const slotOffsets = [Column.slots, Column.slots + Column.slotBytes] as const

/** Sets the bit of a row in the mask at `address`, by way of the local `place`. */
function markRow(place: number, address: Code, row: number): Code {
  const bit = op.shiftLeft(whole(1), op.shiftRight(get(row), whole(4)))
  return sequence(
    set(place, op.add(address, op.and(get(row), whole(15)))),
    store.u8(get(place), 0, op.or(load.u8(get(place)), bit)),
  )
}

/** See Kernel.rank. */
export function rankFunction(isFloat: boolean): WasmFunction {
  const [row, lane, column, columnsEnd, at, span, x] = [0, 1, 2, 3, 4, 5, 6]
  const put = (slot: number): Code =>
    store.u16(
      op.add(load.i32(get(column), slot + 4), get(lane)),
      0,
      load.u16(op.add(get(at), load.i32(get(column), slot))),
    )
  const body = loopWhile(
    op.lessUnsigned(get(column), get(columnsEnd)),
    sequence(
      set(x, load.f64(op.add(get(row), load.i32(get(column), Column.feature)))),
      search({ column, span, lanes: [{ x, at }] }, isFloat),
      put(slotOffsets[0]),
      when(load.i32(get(column), slotOffsets[1]), put(slotOffsets[1])),
      set(column, op.add(get(column), whole(Column.size))),
    ),
  )
  return { name: 'rank', params: [I32, I32, I32, I32], locals: [I32, I32, F64], result: null, body }
}

const SEARCHED_ROWS = 8

/** See Kernel.slice. Rows after the last one, up to a multiple of eight, are read and marked too. */
export function sliceFunction(isFloat: boolean): WasmFunction {
  const [rows, rowBytes, count, column, columnsEnd, span, row, address, place] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const lanes = lanesOf(SEARCHED_ROWS).map((lane) => ({ at: 9 + lane, x: 9 + SEARCHED_ROWS + lane }))
  const mark = (at: number, slot: number): Code => {
    // A mask has sixteen bytes: the map's number of cuts at most x counts masks; that of none is not read.
    const rank = load.u16(op.add(get(at), load.i32(get(column), slot)))
    return markRow(place, op.add(load.i32(get(column), slot + 8), op.shiftLeft(rank, whole(4))), row)
  }
  const nextRow = set(row, op.add(get(row), whole(1)))
  const body = loopWhile(
    op.lessUnsigned(get(column), get(columnsEnd)),
    sequence(
      set(row, whole(0)),
      set(address, op.add(get(rows), load.i32(get(column), Column.feature))),
      repeatWhile(
        op.lessUnsigned(get(row), get(count)),
        sequence(
          ...lanes.map(({ x }) =>
            sequence(set(x, load.f64(get(address))), set(address, op.add(get(address), get(rowBytes)))),
          ),
          search({ column, span, lanes }, isFloat),
          when(
            load.i32(get(column), slotOffsets[1]),
            sequence(
              ...lanes.map(({ at }) => sequence(mark(at, slotOffsets[1]), nextRow)),
              set(row, op.subtract(get(row), whole(SEARCHED_ROWS))),
            ),
          ),
          ...lanes.map(({ at }) => sequence(mark(at, slotOffsets[0]), nextRow)),
        ),
      ),
      set(column, op.add(get(column), whole(Column.size))),
    ),
  )
  const locals = [I32, I32, I32, I32, ...lanes.map(() => I32), ...lanes.map(() => F64)]
  return { name: 'slice', params: [I32, I32, I32, I32, I32], locals, result: null, body }
}

/** See Kernel.accumulate. */
export function accumulateFunction(): WasmFunction {
  const [slot, slotsEnd, at, from, mask] = [0, 1, 2, 3, 4]
  const body = loopWhile(
    op.lessUnsigned(get(slot), get(slotsEnd)),
    sequence(
      set(from, load.i32(get(slot))),
      set(at, load.i32(get(slot), 4)),
      set(mask, bytes16(0)),
      loopWhile(
        op.aboveUnsigned(get(at), get(from)),
        sequence(
          set(at, op.subtract(get(at), whole(16))),
          set(mask, op.vectorOr(get(mask), load.v128(get(at)))),
          store.v128(get(at), 0, get(mask)),
        ),
      ),
      set(slot, op.add(get(slot), whole(8))),
    ),
  )
  return { name: 'accumulate', params: [I32, I32], locals: [I32, I32, V128], result: null, body }
}

/** See Kernel.clear. */
export const clearFunction = (): WasmFunction => ({
  name: 'clear',
  params: [I32, I32],
  locals: [],
  result: null,
  body: clear(get(0), get(1)),
})

/**
 * The number that x is in sets: without its fraction; `codes`, which is in none, for what is negative or too large; and that of missing
 * values.
 */
function codeOf(group: number, x: number, code: number): Code {
  const codes = load.i32(get(group), SetGroup.codes)
  return sequence(
    set(code, codes),
    when(
      op.doubleAbove(get(x), double(-1)),
      sequence(set(code, op.toWhole(get(x))), set(code, choose(get(code), codes, op.lessUnsigned(get(code), codes)))),
    ),
    when(op.doubleNotEqual(get(x), get(x)), set(code, load.i32(get(group), SetGroup.missing))),
  )
}

/** See Kernel.rankSets. */
export function rankSetsFunction(isFloat: boolean): WasmFunction {
  const [row, lane, group, groupsEnd, at, q, left, code, x] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const sets = load.i32(get(group), SetGroup.sets)
  const word = op.multiply(op.shiftRight(get(code), whole(5)), sets)
  const body = loopWhile(
    op.lessUnsigned(get(group), get(groupsEnd)),
    sequence(
      set(x, load.f64(op.add(get(row), load.i32(get(group), SetGroup.feature)))),
      treat(x, group, SetGroup.treatment, isFloat),
      codeOf(group, x, code),
      set(at, op.add(load.i32(get(group), SetGroup.words), op.shiftLeft(word, whole(2)))),
      set(q, op.add(load.i32(get(group), SetGroup.q), get(lane))),
      set(left, sets),
      repeatWhile(
        get(left),
        sequence(
          // Shifts take the lowest five bits of `code`.
          store.u16(get(q), 0, op.and(op.shiftRight(load.i32(get(at)), get(code)), whole(1))),
          set(at, op.add(get(at), whole(4))),
          set(q, op.add(get(q), whole(16))),
          set(left, op.subtract(get(left), whole(1))),
        ),
      ),
      set(group, op.add(get(group), whole(SetGroup.size))),
    ),
  )
  return { name: 'rankSets', params: [I32, I32, I32, I32], locals: [I32, I32, I32, I32, F64], result: null, body }
}

/** See Kernel.sliceSets: a mask per code first, then that of a set is what the masks of its codes have together. */
export function sliceSetsFunction(isFloat: boolean): WasmFunction {
  const [rows, rowBytes, count, group, groupsEnd, codes] = [0, 1, 2, 3, 4, 5]
  const [row, address, code, place, at, end, left, x, mask] = [6, 7, 8, 9, 10, 11, 12, 13, 14]
  const markRows = sequence(
    clear(get(codes), op.shiftLeft(op.add(load.i32(get(group), SetGroup.codes), whole(64)), whole(4))),
    set(row, whole(0)),
    set(address, op.add(get(rows), load.i32(get(group), SetGroup.feature))),
    repeatWhile(
      op.lessUnsigned(get(row), get(count)),
      sequence(
        set(x, load.f64(get(address))),
        treat(x, group, SetGroup.treatment, isFloat),
        codeOf(group, x, code),
        markRow(place, op.add(get(codes), op.shiftLeft(get(code), whole(4))), row),
        set(address, op.add(get(address), get(rowBytes))),
        set(row, op.add(get(row), whole(1))),
      ),
    ),
  )
  const unite = sequence(
    set(at, load.i32(get(group), SetGroup.members)),
    set(place, load.i32(get(group), SetGroup.masks)),
    set(left, load.i32(get(group), SetGroup.sets)),
    repeatWhile(
      get(left),
      sequence(
        set(end, op.add(get(at), op.shiftLeft(load.i32(get(at)), whole(2)))),
        set(mask, bytes16(0)),
        loopWhile(
          op.lessUnsigned(get(at), get(end)),
          sequence(set(at, op.add(get(at), whole(4))), set(mask, op.vectorOr(get(mask), load.v128(load.i32(get(at)))))),
        ),
        set(at, op.add(get(at), whole(4))),
        store.v128(get(place), 0, get(mask)),
        // The slot's first mask is not read.
        set(place, op.add(get(place), whole(32))),
        set(left, op.subtract(get(left), whole(1))),
      ),
    ),
  )
  const body = loopWhile(
    op.lessUnsigned(get(group), get(groupsEnd)),
    sequence(markRows, unite, set(group, op.add(get(group), whole(SetGroup.size)))),
  )
  const locals = [I32, I32, I32, I32, I32, I32, I32, F64, V128]
  return { name: 'sliceSets', params: [I32, I32, I32, I32, I32, I32], locals, result: null, body }
}
