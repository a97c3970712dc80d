import { powersOfTen } from '../../core/decimal.ts'
import {
  type Code,
  choose,
  compileModule,
  F64,
  get,
  I32,
  I64,
  load,
  long,
  loopWhile,
  op,
  openModule,
  repeatWhile,
  sequence,
  set,
  store,
  type WasmMemory,
  wasmMemory,
  when,
  whole,
} from '../../core/wasm-writer.ts'

/*
 * Layout of the memory, in bytes:
 *
 *   0      address behind the last number written i32 · whether the closing bracket was read i32
 *   64     powers of ten f64[15], from 1 to 10^14
 *   1024   text u8[TEXT_BYTES]
 *   then   numbers, f32 or f64 [MAX_NUMBERS]
 */
const OUT_AT = 0
const CLOSED_AT = 4
const POWERS_AT = 64
const TEXT_AT = 1024
const TEXT_BYTES = 48 * 1024
const NUMBERS_AT = TEXT_AT + TEXT_BYTES
const MAX_NUMBERS = 8192
const MEMORY_BYTES = NUMBERS_AT + MAX_NUMBERS * 8
/** A number is read only where so many bytes are there: sign, digit, point, 15 digits and what follows, in words. */
const SLACK = 32
/** One digit before the point and fourteen after it are below 10^15, which a double holds. */
const MAX_PLACES = 14

const ZEROS = long(0x3030303030303030n)
const SIXES = long(0x0606060606060606n)
const HIGHS = long(0xf0f0f0f0f0f0f0f0n)

/** Functions of the module: from address `p` (below `end`) to where they stopped. */
interface Exports {
  readonly float: (p: number, end: number) => number
  readonly double: (p: number, end: number) => number
}

/**
 * Reads numbers such as `0.49988249` (one digit, a point, one to fourteen more, a comma) in WebAssembly: eight digits are found, checked and added up
 * as one 64-bit word, without a branch that depends on how many there are. That takes less than half the time of JavaScript, which has
 * words of 32 bits only. It stops at anything else; the caller reads that and what follows.
 */
export class NumberKernel {
  /** Numbers of the last `read`. */
  count = 0
  /** Where the last `read` stopped: behind the closing bracket if `isClosed`, else at a number. */
  at = 0
  isClosed = false
  readonly #item: 'float' | 'double'
  readonly #read: (p: number, end: number) => number
  readonly #text: Uint8Array
  readonly #state: Int32Array
  readonly #numbers: Float32Array | Float64Array

  private constructor(item: 'float' | 'double', memory: WasmMemory) {
    const { buffer } = memory
    this.#item = item
    this.#read = (openModule(kernelModule(), memory) as Exports)[item]
    this.#text = new Uint8Array(buffer, TEXT_AT, TEXT_BYTES)
    this.#state = new Int32Array(buffer, 0, 2)
    this.#numbers =
      item === 'float'
        ? new Float32Array(buffer, NUMBERS_AT, MAX_NUMBERS)
        : new Float64Array(buffer, NUMBERS_AT, MAX_NUMBERS)
    new Float64Array(buffer, POWERS_AT, MAX_PLACES + 1).set(powersOfTen.subarray(0, MAX_PLACES + 1))
  }

  /** Null when the process has no room for its memory. */
  static open(item: 'float' | 'double'): NumberKernel | null {
    const memory = wasmMemory(MEMORY_BYTES)
    return memory === null ? null : new NumberKernel(item, memory)
  }

  /** Reads numbers from index `p` of `bytes` on, of which it looks at `size` bytes or fewer; see `count`, `at`, `isClosed`. */
  read(bytes: Uint8Array, p: number, size: number): void {
    const length = Math.min(size, TEXT_BYTES, bytes.length - p)
    this.#text.set(bytes.subarray(p, p + length))
    const stopped = this.#read(TEXT_AT, TEXT_AT + length - SLACK)
    this.at = p + stopped - TEXT_AT
    this.count = ((this.#state[OUT_AT >> 2] as number) - NUMBERS_AT) / (this.#item === 'float' ? 4 : 8)
    this.isClosed = this.#state[CLOSED_AT >> 2] === 1
  }

  /** Copies the numbers of the last `read`. */
  copyTo(out: Float32Array | Float64Array, index: number): void {
    out.set(this.#numbers.subarray(0, this.count), index)
  }
}

const [P, END, OUT, MORE, Q, WHOLE, PLACES, AFTER, C] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
const [WORD, VALUE, POWER, NUMBER] = [9, 10, 11, 12] as const
const locals = [I32, I32, I32, I32, I32, I32, I32, I64, I64, F64, F64]

function kernelModule(): object {
  return compileModule(
    (['float', 'double'] as const).map((name) => ({
      name,
      params: [I32, I32],
      locals,
      result: I32,
      body: bodyOf(name),
    })),
  )
}

function bodyOf(item: 'float' | 'double'): Code {
  const size = item === 'float' ? 4 : 8
  const write = item === 'float' ? store.f32(get(OUT), 0, op.toFloat(get(NUMBER))) : store.f64(get(OUT), 0, get(NUMBER))
  const isDigit = (at: Code): Code => op.lessUnsigned(op.subtract(load.u8(at), whole(48)), whole(10))
  const step = sequence(
    set(MORE, whole(0)),
    set(Q, op.add(get(P), op.equals(load.u8(get(P)), whole(45)))),
    set(WHOLE, op.subtract(load.u8(get(Q)), whole(48))),
    when(
      op.and(op.lessUnsigned(get(WHOLE), whole(10)), op.equals(load.u8(get(Q), 1), whole(46))),
      sequence(
        // Digits become 0 to 9; a byte that is no digit has an upper half, at the latest when 6 is added.
        set(WORD, op.longXor(load.i64(get(Q), 2), ZEROS)),
        set(PLACES, op.shiftRight(op.longToInt(op.longTrailingZeros(others())), whole(3))),
        set(VALUE, eightDigits()),
        set(AFTER, op.add(op.add(get(Q), whole(2)), get(PLACES))),
        // Rarely entered: the byte behind fewer than eight digits is none.
        loopWhile(
          op.and(isDigit(get(AFTER)), op.lessUnsigned(get(PLACES), whole(MAX_PLACES))),
          sequence(
            set(
              VALUE,
              op.longAdd(
                op.longMultiply(get(VALUE), long(10n)),
                op.intToLong(op.subtract(load.u8(get(AFTER)), whole(48))),
              ),
            ),
            set(AFTER, op.add(get(AFTER), whole(1))),
            set(PLACES, op.add(get(PLACES), whole(1))),
          ),
        ),
        set(C, load.u8(get(AFTER))),
        when(
          op.and(op.notEqual(get(PLACES), whole(0)), op.or(op.equals(get(C), whole(44)), op.equals(get(C), whole(93)))),
          sequence(
            set(POWER, load.f64(op.shiftLeft(get(PLACES), whole(3)), POWERS_AT)),
            set(NUMBER, quotient()),
            set(NUMBER, choose(get(NUMBER), op.doubleNegate(get(NUMBER)), op.equals(get(Q), get(P)))),
            write,
            set(OUT, op.add(get(OUT), whole(size))),
            set(P, op.add(get(AFTER), whole(1))),
            when(
              op.equals(get(C), whole(44)),
              sequence(
                loopWhile(
                  op.and(op.equals(load.u8(get(P)), whole(32)), op.lessUnsigned(get(P), get(END))),
                  set(P, op.add(get(P), whole(1))),
                ),
                set(
                  MORE,
                  op.and(
                    op.lessUnsigned(get(P), get(END)),
                    op.lessUnsigned(get(OUT), whole(NUMBERS_AT + MAX_NUMBERS * size)),
                  ),
                ),
              ),
            ),
            when(op.equals(get(C), whole(93)), store.i32(whole(0), CLOSED_AT, whole(1))),
          ),
        ),
      ),
    ),
  )
  return sequence(
    set(OUT, whole(NUMBERS_AT)),
    store.i32(whole(0), CLOSED_AT, whole(0)),
    // `end` may lie below the text when that is short.
    when(op.lessUnsigned(get(P), get(END)), repeatWhile(get(MORE), step)),
    store.i32(whole(0), OUT_AT, get(OUT)),
    get(P),
  )
}

/** A word whose lowest bit is in the first byte that is no digit. */
function others(): Code {
  return op.longAnd(op.longOr(op.longAdd(get(WORD), SIXES), get(WORD)), HIGHS)
}

/** The number that the first PLACES bytes of WORD stand for, in three steps: pairs, fours, all. */
function eightDigits(): Code {
  // In two halves, because a shift by 64 is none.
  const half = op.intToLong(op.subtract(whole(32), op.shiftLeft(get(PLACES), whole(2))))
  const digits = op.longShiftLeft(op.longShiftLeft(get(WORD), half), half)
  const step = (value: Code, factor: bigint, shift: bigint): Code =>
    op.longShiftRight(op.longMultiply(value, long(factor)), long(shift))
  const pairs = op.longAnd(step(digits, 10n * 2n ** 8n + 1n, 8n), long(0x00ff00ff00ff00ffn))
  const fours = op.longAnd(step(pairs, 100n * 2n ** 16n + 1n, 16n), long(0x0000ffff0000ffffn))
  return step(fours, 10_000n * 2n ** 32n + 1n, 32n)
}

/** Both are whole and below 2^53, so that one division rounds to the nearest double. */
function quotient(): Code {
  const all = op.doubleAdd(op.doubleMultiply(op.intToDouble(get(WHOLE)), get(POWER)), op.longToDouble(get(VALUE)))
  return op.doubleDivide(all, get(POWER))
}
