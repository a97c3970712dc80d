/**
 * Writes WebAssembly: instructions as functions that give bytes, operands first, and modules of functions over one imported memory.
 * Opcodes and encodings are those of the WebAssembly core specification 2.0, chapter 5.
 *
 * Example: `{ name: 'twice', params: [I32], locals: [], result: I32, body: op.add(get(0), get(0)) }`.
 */
export type Code = readonly number[]

/** Types of values. */
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b

/** A function of a module; parameters and then locals are numbered from 0. */
export interface WasmFunction {
  readonly name: string
  readonly params: readonly number[]
  readonly locals: readonly number[]
  readonly result: number | null
  readonly body: Code
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

/** Several codes, one after the other; `flat` of long lists takes several times as long. */
export function sequence(...codes: readonly Code[]): Code {
  const all: number[] = []
  for (const code of codes) for (let i = 0; i < code.length; i++) all.push(code[i] as number)
  return all
}

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number, value: Code): Code => sequence(value, [0x21, ...unsigned(local)])
export const whole = (value: number): Code => [0x41, ...signed(value)]

/** A constant of 64 bits, signed or not. */
export function long(value: bigint): Code {
  const bytes: number[] = []
  let rest = BigInt.asIntN(64, value)
  for (;;) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return [0x42, ...bytes]
  }
}

/** A constant double. */
export function double(value: number): Code {
  return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)]
}

const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code =>
    sequence(a, b, opcode)
const unary =
  (...opcode: Code) =>
  (a: Code): Code =>
    sequence(a, opcode)
const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]
/** Loads and stores: the offset is added to the address; alignments are hints and stay at one byte. */
const loading =
  (...opcode: Code) =>
  (address: Code, offset = 0): Code =>
    sequence(address, opcode, [0], unsigned(offset))
const storing =
  (...opcode: Code) =>
  (address: Code, offset: number, value: Code): Code =>
    sequence(address, value, opcode, [0], unsigned(offset))

/** Arithmetic, comparisons and conversions. */
export const op = {
  equalsZero: unary(0x45),
  equals: binary(0x46),
  notEqual: binary(0x47),
  lessUnsigned: binary(0x49),
  aboveUnsigned: binary(0x4b),
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shiftLeft: binary(0x74),
  shiftRight: binary(0x76),
  doubleLess: binary(0x63),
  doubleAtMost: binary(0x65),
  doubleAbove: binary(0x64),
  doubleNotEqual: binary(0x62),
  longAdd: binary(0x7c),
  longMultiply: binary(0x7e),
  longAnd: binary(0x83),
  longOr: binary(0x84),
  longXor: binary(0x85),
  longShiftLeft: binary(0x86),
  /** Unsigned. */
  longShiftRight: binary(0x88),
  /** Zeros below the lowest bit that is 1; 64 when none is. */
  longTrailingZeros: unary(0x7a),
  /** The lower 32 bits. */
  longToInt: unary(0xa7),
  /** Unsigned. */
  intToLong: unary(0xad),
  /** Unsigned. */
  longToDouble: unary(0xba),
  /** Unsigned. */
  intToDouble: unary(0xb8),
  doubleMultiply: binary(0xa2),
  doubleDivide: binary(0xa3),
  doubleNegate: unary(0x9a),
  doubleAdd: binary(0xa0),
  doubleAbsolute: unary(0x99),
  floatAdd: binary(0x92),
  toFloat: unary(0xb6),
  /** Without its fraction; what is too large becomes 2 ** 32 − 1. */
  toWhole: unary(0xfc, 3),
  toDouble: unary(0xbb),
  vectorAnd: binary(...vector(0x4e)),
  vectorOr: binary(...vector(0x50)),
  shiftLanesLeft: binary(...vector(0x8b)), // 16-bit lanes
  shiftLanesRight: binary(...vector(0x8d)), // 16-bit lanes, unsigned
  /** Two doubles each. */
  doublesAdd: binary(...vector(0xf0)),
  doublesSubtract: binary(...vector(0xf1)),
  doublesMultiply: binary(...vector(0xf2)),
  doublesMax: binary(...vector(0xf5)),
  /** A double twice. */
  doubleTwice: unary(...vector(0x14)),
  /** Two 64-bit lanes each; a shift takes its count as one 32-bit number. */
  longsAdd: binary(...vector(0xce)),
  longsShiftLeft: binary(...vector(0xcb)),
}

/** `whenSet` where a bit of `mask` is 1, else `whenClear`. */
export const selectBits = (whenSet: Code, whenClear: Code, mask: Code): Code =>
  sequence(whenSet, whenClear, mask, vector(0x52))

/** `a` when the condition is not 0, else `b`; both are computed. */
export const choose = (a: Code, b: Code, condition: Code): Code => sequence(a, b, condition, [0x1b])

/** A vector of sixteen times this byte. */
export const bytes16 = (byte: number): Code => sequence(vector(12), new Array<number>(16).fill(byte))

export const load = {
  i32: loading(0x28),
  i64: loading(0x29),
  u8: loading(0x2d),
  u16: loading(0x2f),
  f32: loading(0x2a),
  f64: loading(0x2b),
  v128: loading(...vector(0)),
  /** 64 bits, twice. */
  i64Twice: loading(...vector(10)),
}

export const store = {
  i32: storing(0x36),
  i64: storing(0x37),
  u8: storing(0x3a),
  u16: storing(0x3b),
  f32: storing(0x38),
  f64: storing(0x39),
  v128: storing(...vector(11)),
}

/** Runs `body` and repeats it while `condition` is not 0. */
export const repeatWhile = (condition: Code, body: Code): Code =>
  sequence([0x03, 0x40], body, condition, [0x0d, 0, 0x0b])

/** Runs `body` when `condition` is not 0. */
export const when = (condition: Code, body: Code): Code => sequence(condition, [0x04, 0x40], body, [0x0b])

/** Runs `body` while `condition`, which is asked first, is not 0. */
export const loopWhile = (condition: Code, body: Code): Code => when(condition, repeatWhile(condition, body))

/** Ends the function with this result. */
export const giveBack = (value: Code): Code => sequence(value, [0x0f])

/** Sets `size` bytes from `address` on to zero. */
export const clear = (address: Code, size: Code): Code => sequence(address, whole(0), size, [0xfc, 11, 0])

function list(items: readonly Code[]): Code {
  return sequence(unsigned(items.length), ...items)
}

function section(id: number, content: Code): Code {
  return sequence([id], unsigned(content.length), content)
}

/** The bytes of a module that imports its memory as `e.m` and exports these functions. */
function writeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => list([...text].map((letter) => [letter.charCodeAt(0)]))
  const types = functions.map(({ params, result }) =>
    sequence([0x60], list(params.map((type) => [type])), list(result === null ? [] : [[result]])),
  )
  const bodies = functions.map(({ locals, body }) => {
    const code = sequence(list(locals.map((type) => [1, type])), body, [0x0b])
    return sequence(unsigned(code.length), code)
  })
  return Uint8Array.from(
    sequence(
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, list(types)),
      section(2, list([sequence(name('e'), name('m'), [2, 0, 1])])),
      section(3, list(functions.map((_, i) => unsigned(i)))),
      section(7, list(functions.map((one, i) => sequence(name(one.name), [0], unsigned(i))))),
      section(10, list(bodies)),
    ),
  )
}

/** Memory of a module. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** What is used of WebAssembly's interface, which TypeScript declares for browsers only. */
interface WebAssemblyInterface {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }

/** A compiled module. */
export type WasmModule = object

const pageBytes = 2 ** 16

/** A memory of at least this many bytes, or null when the process has no room for another one. */
export function wasmMemory(bytes: number): WasmMemory | null {
  const pages = Math.ceil(bytes / pageBytes)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch {
    return null
  }
}

export const compileModule = (functions: readonly WasmFunction[]): WasmModule =>
  new WebAssembly.Module(writeModule(functions))

/** The exports of a module over a memory. */
export const openModule = (module: WasmModule, memory: WasmMemory): unknown =>
  new WebAssembly.Instance(module, { e: { m: memory } }).exports
