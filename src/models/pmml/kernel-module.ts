import {
  bytes16,
  type Code,
  compileModule,
  F64,
  get,
  I32,
  load,
  loopWhile,
  op,
  openModule,
  sequence,
  set,
  store,
  V128,
  type WasmFunction,
  type WasmMemory,
  whole,
} from '../../core/wasm-writer.ts'

/**
 * WebAssembly that computes kernels of one point with all support vectors, two vectors per instruction. JavaScript has no such
 * instructions; on 356 vectors of 50 fields it is ten times as fast as loops over the same numbers.
 *
 * Everything lies in one memory. A column has one double per vector, `rowBytes` long (a multiple of 64). `tables` is a list of
 * addresses of columns to add, `x` a list of doubles; the column of number j begins at `columns + j * rowBytes`. Sums take
 * the tables first, then the numbers, one after the other, so that a loop in JavaScript gives the same bits (see vector-kernel.ts).
 */
export interface KernelExports {
  /** out[v] = tables' sum + Σ x[j] * column[j][v] */
  dots(tablesEnd: number, tables: number, xEnd: number, x: number, columns: number, rowBytes: number, out: number): void
  /** out[v] = tables' sum + Σ (x[j] − column[j][v])² */
  distances(
    tablesEnd: number,
    tables: number,
    xEnd: number,
    x: number,
    columns: number,
    rowBytes: number,
    out: number,
  ): void
  /** out[v] = e ** (factor * out[v]), for results of at most 1 and a multiple of eight of them. Reads `constants` at address 0. */
  exponentials(out: number, end: number, factor: number): void
}

/** Terms of the Taylor series of e ** r from the highest power down to r ** 0: enough for |r| ≤ ln(2) / 2. */
export const expTerms: readonly number[] = Array.from({ length: 14 }, (_, i) => 1 / factorial(13 - i))
/** Added to a double and taken away again it rounds to a whole number, which then stands in the sum's low bits. */
export const ROUNDER = 6755399441055744
/** ln 2 in two parts: whole multiples of the first are exact. */
export const LN2_HIGH = 0.6931471803691238
export const LN2_LOW = 1.9082149292705877e-10
/** Below this e ** x is no normal double; it counts as this. */
export const LEAST_EXPONENT = -708

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1)
}

/** Numbers of `exponentials`: each twice at the beginning of the memory, as loading them is faster than making them. */
const constants = [...expTerms, ROUNDER, Math.LOG2E, LN2_HIGH, LN2_LOW, LEAST_EXPONENT, 1]
/** Where the memory is free to use. */
export const KERNEL_DATA = Math.ceil((constants.length * 16) / 64) * 64

/** Opens the module over a memory, the beginning of which it takes. */
export function openKernelModule(memory: WasmMemory): KernelExports {
  new Float64Array(memory.buffer).set(constants.flatMap((value) => [value, value]))
  return openModule(compileModule(kernelFunctions()), memory) as KernelExports
}

const zeros = bytes16(0)
const constant = (value: number): Code => load.v128(whole(0), constants.indexOf(value) * 16)
/** Repeats `body` while `at` is below `end`. */
const whileBelow = (at: number, end: Code, body: Code): Code => loopWhile(op.lessUnsigned(get(at), end), body)
/** Moves an address on. */
const advance = (at: number, by: Code): Code => set(at, op.add(get(at), by))

const lanes = [0, 1, 2, 3] as const

const each = (step: (lane: number) => Code): Code => sequence(...lanes.map(step))

/** Sums for eight vectors at a time. Parameters as in KernelExports. */
function sums(name: string, isDistance: boolean): WasmFunction {
  const [tablesEnd, tables, xEnd, x, columns, rowBytes, out] = [0, 1, 2, 3, 4, 5, 6]
  const [row, p, q] = [7, 8, 9]
  const sum = (lane: number) => 10 + lane
  const [value, difference] = [14, 15]
  const addTable = each((lane) => set(sum(lane), op.doublesAdd(get(sum(lane)), load.v128(get(q), lane * 16))))
  const addNumber = each((lane) => {
    const column = load.v128(get(q), lane * 16)
    const plus = (term: Code) => set(sum(lane), op.doublesAdd(get(sum(lane)), term))
    if (!isDistance) return plus(op.doublesMultiply(get(value), column))
    return sequence(
      set(difference, op.doublesSubtract(get(value), column)),
      plus(op.doublesMultiply(get(difference), get(difference))),
    )
  })
  const body = whileBelow(
    row,
    get(rowBytes),
    sequence(
      each((lane) => set(sum(lane), zeros)),
      set(p, get(tables)),
      whileBelow(
        p,
        get(tablesEnd),
        sequence(set(q, op.add(load.i32(get(p)), get(row))), addTable, advance(p, whole(4))),
      ),
      set(p, get(x)),
      set(q, op.add(get(columns), get(row))),
      whileBelow(
        p,
        get(xEnd),
        sequence(set(value, load.i64Twice(get(p))), addNumber, advance(p, whole(8)), advance(q, get(rowBytes))),
      ),
      set(q, op.add(get(out), get(row))),
      each((lane) => store.v128(get(q), lane * 16, get(sum(lane)))),
      advance(row, whole(64)),
    ),
  )
  const locals = [I32, I32, I32, V128, V128, V128, V128, V128, V128]
  return { name, params: [I32, I32, I32, I32, I32, I32, I32], locals, result: null, body }
}

/** e ** t = 2 ** k * e ** r with k = round(t / ln 2); 2 ** k is made of k's bits. Eight at a time, as each step waits for the one before. */
function exponentials(): WasmFunction {
  const [at, end, factor, factors] = [0, 1, 2, 3]
  const [t, shifted, k, r, p] = [0, 1, 2, 3, 4].map((name) => (lane: number) => 4 + name * lanes.length + lane) as [
    Lane,
    Lane,
    Lane,
    Lane,
    Lane,
  ]
  const { doublesAdd, doublesSubtract, doublesMultiply, doublesMax } = op
  const scale = (lane: number) => op.longsAdd(op.longsShiftLeft(get(shifted(lane)), whole(52)), constant(1))
  const scaled = (i: number) => doublesMultiply(load.v128(get(at), i * 16), get(factors))
  const body = sequence(
    set(factors, op.doubleTwice(get(factor))),
    whileBelow(
      at,
      get(end),
      sequence(
        each((i) => set(t(i), doublesMax(scaled(i), constant(LEAST_EXPONENT)))),
        each((i) => set(shifted(i), doublesAdd(doublesMultiply(get(t(i)), constant(Math.LOG2E)), constant(ROUNDER)))),
        each((i) => set(k(i), doublesSubtract(get(shifted(i)), constant(ROUNDER)))),
        each((i) => set(r(i), doublesSubtract(get(t(i)), doublesMultiply(get(k(i)), constant(LN2_HIGH))))),
        each((i) => set(r(i), doublesSubtract(get(r(i)), doublesMultiply(get(k(i)), constant(LN2_LOW))))),
        each((i) => set(p(i), constant(expTerms[0] as number))),
        ...expTerms
          .slice(1)
          .map((term) => each((i) => set(p(i), doublesAdd(doublesMultiply(get(p(i)), get(r(i))), constant(term))))),
        each((i) => store.v128(get(at), i * 16, doublesMultiply(get(p(i)), scale(i)))),
        advance(at, whole(64)),
      ),
    ),
  )
  const locals = new Array<number>(1 + 5 * lanes.length).fill(V128)
  return { name: 'exponentials', params: [I32, I32, F64], locals, result: null, body }
}

/** The local of a variable that each pair of results has. */
type Lane = (lane: number) => number

function kernelFunctions(): readonly WasmFunction[] {
  return [sums('dots', false), sums('distances', true), exponentials()]
}
