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

/** Memory of a module. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer
}

/** What is used of WebAssembly's interface, which TypeScript declares for browsers only. */
interface WebAssemblyInterface {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => KernelMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }

const pageBytes = 2 ** 16

/** A memory of at least this many bytes, or null when the process has no room for another one. */
export function kernelMemory(bytes: number): KernelMemory | null {
  const pages = Math.ceil(bytes / pageBytes)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch {
    return null
  }
}

/** Opens the module over a memory, the beginning of which it takes. */
export function openKernelModule(memory: KernelMemory): KernelExports {
  new Float64Array(memory.buffer).set(constants.flatMap((value) => [value, value]))
  const module = new WebAssembly.Module(kernelModule())
  return new WebAssembly.Instance(module, { e: { m: memory } }).exports as KernelExports
}

type Code = readonly number[]

const I32 = 0x7f
const F64 = 0x7c
const V128 = 0x7b

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128 of a small whole number. */
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

function list(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function section(id: number, content: Code): number[] {
  return [id, ...unsigned(content.length), ...content]
}

const get = (local: number): Code => [0x20, ...unsigned(local)]
const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
const whole = (value: number): Code => [0x41, ...signed(value)]
const addWhole = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)]
const both = (opcode: number, a: Code, b: Code): Code => [...a, ...b, ...simd(opcode)]
const add = (a: Code, b: Code): Code => both(0xf0, a, b)
const subtract = (a: Code, b: Code): Code => both(0xf1, a, b)
const multiply = (a: Code, b: Code): Code => both(0xf2, a, b)
const load = (address: Code, offset: number): Code => [...address, ...simd(0), 4, ...unsigned(offset)]
const loadTwice = (address: Code): Code => [...address, ...simd(10), 3, 0]
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(11),
  4,
  ...unsigned(offset),
]
const zeros: Code = [...simd(12), ...new Array<number>(16).fill(0)]
const constant = (value: number): Code => load(whole(0), constants.indexOf(value) * 16)
/** Repeats `body` while `at` is below `end`. */
const whileBelow = (at: number, end: Code, body: Code): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...get(at), ...end, 0x4f, 0x0d, 1],
  ...body,
  ...[0x0c, 0, 0x0b, 0x0b],
]

const lanes = [0, 1, 2, 3] as const

/** Sums for eight vectors at a time. Parameters as in KernelExports. */
function sums(isDistance: boolean): Code {
  const [tablesEnd, tables, xEnd, x, columns, rowBytes, out] = [0, 1, 2, 3, 4, 5, 6]
  const [row, p, q] = [7, 8, 9]
  const sum = (lane: number) => 10 + lane
  const [value, difference] = [14, 15]
  const addTable = lanes.flatMap((lane) => set(sum(lane), add(get(sum(lane)), load(get(q), lane * 16))))
  const addNumber = lanes.flatMap((lane) => {
    const column = load(get(q), lane * 16)
    if (!isDistance) return set(sum(lane), add(get(sum(lane)), multiply(get(value), column)))
    return [
      ...set(difference, subtract(get(value), column)),
      ...set(sum(lane), add(get(sum(lane)), multiply(get(difference), get(difference)))),
    ]
  })
  const body = whileBelow(row, get(rowBytes), [
    ...lanes.flatMap((lane) => set(sum(lane), zeros)),
    ...set(p, get(tables)),
    ...whileBelow(p, get(tablesEnd), [
      ...set(q, addWhole([...get(p), 0x28, 2, 0], get(row))),
      ...addTable,
      ...set(p, addWhole(get(p), whole(4))),
    ]),
    ...set(p, get(x)),
    ...set(q, addWhole(get(columns), get(row))),
    ...whileBelow(p, get(xEnd), [
      ...set(value, loadTwice(get(p))),
      ...addNumber,
      ...set(p, addWhole(get(p), whole(8))),
      ...set(q, addWhole(get(q), get(rowBytes))),
    ]),
    ...set(q, addWhole(get(out), get(row))),
    ...lanes.flatMap((lane) => store(get(q), lane * 16, get(sum(lane)))),
    ...set(row, addWhole(get(row), whole(64))),
  ])
  const locals: readonly Code[] = [
    [...unsigned(3), I32],
    [...unsigned(6), V128],
  ]
  return [...list(locals), ...body, 0x0b]
}

/** e ** t = 2 ** k * e ** r with k = round(t / ln 2); 2 ** k is made of k's bits. Eight at a time, as each step waits for the one before. */
function exponentials(): Code {
  const [at, end, factor, factors] = [0, 1, 2, 3]
  const [t, shifted, k, r, p] = [0, 1, 2, 3, 4].map((name) => (lane: number) => 4 + name * lanes.length + lane) as [
    Lane,
    Lane,
    Lane,
    Lane,
    Lane,
  ]
  const each = (step: (lane: number) => Code): Code => lanes.flatMap(step)
  const scale = (lane: number) => both(0xce, [...get(shifted(lane)), ...whole(52), ...simd(0xcb)], constant(1))
  const body = [
    ...set(factors, [...get(factor), ...simd(20)]),
    ...whileBelow(at, get(end), [
      ...each((i) => set(t(i), both(0xf5, multiply(load(get(at), i * 16), get(factors)), constant(LEAST_EXPONENT)))),
      ...each((i) => set(shifted(i), add(multiply(get(t(i)), constant(Math.LOG2E)), constant(ROUNDER)))),
      ...each((i) => set(k(i), subtract(get(shifted(i)), constant(ROUNDER)))),
      ...each((i) => set(r(i), subtract(get(t(i)), multiply(get(k(i)), constant(LN2_HIGH))))),
      ...each((i) => set(r(i), subtract(get(r(i)), multiply(get(k(i)), constant(LN2_LOW))))),
      ...each((i) => set(p(i), constant(expTerms[0] as number))),
      ...expTerms
        .slice(1)
        .flatMap((term) => each((i) => set(p(i), add(multiply(get(p(i)), get(r(i))), constant(term))))),
      ...each((i) => store(get(at), i * 16, multiply(get(p(i)), scale(i)))),
      ...set(at, addWhole(get(at), whole(64))),
    ]),
  ]
  return [...list([[...unsigned(1 + 5 * lanes.length), V128]]), ...body, 0x0b]
}

/** The local of a variable that each pair of results has. */
type Lane = (lane: number) => number

function kernelModule(): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => list([...text].map((letter) => [letter.charCodeAt(0)]))
  const functionType = (params: Code): Code => [0x60, ...list(params.map((type) => [type])), 0]
  const types = [functionType([I32, I32, I32, I32, I32, I32, I32]), functionType([I32, I32, F64])]
  const exported = ['dots', 'distances', 'exponentials'].map((text, i) => [...name(text), 0, i])
  const bodies = [sums(false), sums(true), exponentials()].map((body) => [...unsigned(body.length), ...body])
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...name('e'), ...name('m'), 2, 0, 1]])),
    ...section(3, list([[0], [0], [1]])),
    ...section(7, list(exported)),
    ...section(10, list(bodies)),
  ])
}
