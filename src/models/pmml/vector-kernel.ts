import { wasmMemory } from '../../core/wasm-writer.ts'
import { equalCells } from './functions.ts'
import {
  expTerms,
  KERNEL_DATA,
  type KernelExports,
  LEAST_EXPONENT,
  LN2_HIGH,
  LN2_LOW,
  openKernelModule,
  ROUNDER,
} from './kernel-module.ts'
import type { Machine } from './machine.ts'
import type { SupportVectorPlan } from './support-vectors.ts'
import type { Cell } from './types.ts'

/** The kernel of the current record with every support vector. */
export interface VectorKernel {
  readonly similarities: Float64Array // [vectors]
  /** False when a field is missing. */
  fill(): boolean
}

/**
 * Opens the kernel of a machine. The fields of one categorical predictor share a table: for each of its values a column with
 * what those fields add for every vector. Numbers have a column of their own. The interpreted form adds the same numbers in the
 * same order.
 */
export function openVectorKernel(plan: SupportVectorPlan, machine: Machine): VectorKernel {
  const { kernel, vectors, fields } = plan
  const isRadial = !/^(Linear|Polynomial|Sigmoid)/.test(kernel.name)
  const count = vectors.length / Math.max(1, fields.length)
  const width = Math.ceil(count / 8) * 8
  const numbers = fields.flatMap((field, i) => (field.value === undefined ? [i] : []))
  const groups = groupsOf(plan)
  const columns = numbers.length + groups.reduce((sum, group) => sum + group.values.length + 2, 0)
  const space = openSpace(groups.length, numbers.length, width, columns, machine.isInterpreted)
  const { doubles, addresses, at } = space
  for (const [j, field] of numbers.entries())
    for (let v = 0; v < count; v++) doubles[at.columns + j * width + v] = vectors[v * fields.length + field] as number
  let next = at.columns + numbers.length * width
  const tables = groups.map((group) => {
    const first = next
    next += (group.values.length + 2) * width
    const write = (place: number, value: Cell): void =>
      writeColumn(doubles.subarray(place, place + count), plan, group.fields, value, isRadial)
    return { get: machine.getter(group.slot), find: openTable(group.values, first, width, write) }
  })
  const getters = numbers.map((field) => machine.number(plan.fields[field]?.slot as number, 'element VectorFields'))
  const similarities = doubles.subarray(at.out, at.out + count)
  const finish = openFinish(plan, similarities, space, isRadial, width)
  const fill = (): boolean => {
    for (let g = 0; g < tables.length; g++) {
      const { get, find } = tables[g] as (typeof tables)[number]
      const value = get()
      if (value === undefined) return false
      addresses[at.tables + g] = find(value) * 8
    }
    for (let j = 0; j < getters.length; j++) {
      const x = (getters[j] as () => number)()
      if (Number.isNaN(x)) return false
      doubles[at.x + j] = x
    }
    finish(tables.length, getters.length)
    return true
  }
  return { similarities, fill }
}

interface Group {
  readonly slot: number
  readonly fields: readonly number[]
  readonly values: readonly Cell[]
}

/** Categorical fields by slot, in the order of their first field. */
function groupsOf(plan: SupportVectorPlan): Group[] {
  const { fields: all } = plan
  const categorical = [...all.keys()].filter((i) => all[i]?.value !== undefined)
  const bySlot = Map.groupBy(categorical, (i) => all[i]?.slot as number)
  return [...bySlot].map(([slot, fields]) => ({
    slot,
    fields,
    values: [...new Set(fields.map((i) => all[i]?.value))],
  }))
}

/** What the fields of one predictor add for every vector when it has this value. */
function writeColumn(
  into: Float64Array,
  plan: SupportVectorPlan,
  fields: readonly number[],
  value: Cell,
  isRadial: boolean,
): void {
  const width = plan.fields.length
  for (let v = 0; v < into.length; v++) {
    let sum = 0
    for (const i of fields) {
      const field = plan.fields[i] as SupportVectorPlan['fields'][number]
      const x = equalCells(value, field.value) ? field.coefficient : 0
      const item = plan.vectors[v * width + i] as number
      sum += isRadial ? (x - item) ** 2 : x * item
    }
    into[v] = sum
  }
}

/** Finds the column of a value. Values that no field names as they are (numbers written as text) get theirs written each time. */
function openTable(
  values: readonly Cell[],
  first: number,
  width: number,
  write: (place: number, value: Cell) => void,
): (value: Cell) => number {
  const known = new Map(values.map((value, i) => [value, first + i * width]))
  for (const [value, place] of known) write(place, value)
  const none = first + values.length * width
  write(none, undefined)
  const scratch = none + width
  return (value) => {
    const found = known.get(value)
    if (found !== undefined) return found
    if (typeof value === 'string' && values.every((one) => typeof one === 'string')) return none
    write(scratch, value)
    return scratch
  }
}

/** Where everything lies, see kernel-module.ts. Places are indexes of `doubles`, but `tables` is one of `addresses`. */
interface Space {
  readonly doubles: Float64Array
  readonly addresses: Int32Array
  readonly at: { readonly tables: number; readonly x: number; readonly out: number; readonly columns: number }
  /** Null where the loops of JavaScript do the work. */
  readonly module: KernelExports | null
}

/** Machines above this many bytes are run by loops, as the module's memory is not shared with anything else. */
const maxModuleBytes = 2 ** 28

function openSpace(groups: number, numbers: number, width: number, columns: number, isInterpreted: boolean): Space {
  const even = (place: number): number => Math.ceil(place / 8) * 8
  const x = even(KERNEL_DATA / 8 + groups)
  const out = even(x + numbers)
  const at = { tables: KERNEL_DATA / 4, x, out, columns: out + width }
  const bytes = (at.columns + columns * width) * 8
  const memory = isInterpreted || bytes > maxModuleBytes ? null : wasmMemory(bytes)
  const buffer = memory === null ? new ArrayBuffer(bytes) : memory.buffer
  const module = memory === null ? null : openKernelModule(memory)
  return { doubles: new Float64Array(buffer), addresses: new Int32Array(buffer), at, module }
}

/** Makes the function that writes the similarities once tables and numbers are in place. */
function openFinish(
  plan: SupportVectorPlan,
  similarities: Float64Array,
  space: Space,
  isRadial: boolean,
  width: number,
): (tables: number, numbers: number) => void {
  const { at, module } = space
  const { name, gamma, coef0, degree } = plan.kernel
  const sum = (tables: number, numbers: number): void => {
    if (module === null) {
      sumByLoop(space, similarities, tables, numbers, width, isRadial)
      return
    }
    const [from, x] = [at.tables * 4, at.x * 8]
    const work = isRadial ? module.distances : module.dots
    work(from + tables * 4, from, x + numbers * 8, x, at.columns * 8, width * 8, at.out * 8)
  }
  const end = (at.out + width) * 8
  const map = mapOf(name, gamma, coef0, degree)
  const usesModule = module !== null && isRadial && gamma >= 0
  return (tables, numbers) => {
    sum(tables, numbers)
    if (usesModule) module.exponentials(at.out * 8, end, -gamma)
    else if (map !== null)
      for (let v = 0; v < similarities.length; v++) similarities[v] = map(similarities[v] as number)
  }
}

/** From a dot product or squared distance to the similarity, or null where it is that itself. */
function mapOf(name: string, gamma: number, coef0: number, degree: number): ((x: number) => number) | null {
  switch (name) {
    case 'LinearKernelType':
      return null
    case 'PolynomialKernelType':
      return (x) => power(gamma * x + coef0, degree)
    case 'SigmoidKernelType':
      return (x) => Math.tanh(gamma * x + coef0)
    default:
      return gamma >= 0 ? (x) => exponential(-gamma * x) : (x) => Math.exp(-gamma * x)
  }
}

function power(x: number, degree: number): number {
  if (degree === 1) return x
  return degree === 2 ? x * x : degree === 3 ? x * x * x : x ** degree
}

function sumByLoop(
  { doubles, addresses, at }: Space,
  into: Float64Array,
  tables: number,
  numbers: number,
  width: number,
  isRadial: boolean,
): void {
  for (let v = 0; v < into.length; v++) {
    let sum = 0
    for (let g = 0; g < tables; g++) sum += doubles[(addresses[at.tables + g] as number) / 8 + v] as number
    for (let j = 0; j < numbers; j++) {
      const x = doubles[at.x + j] as number
      const item = doubles[at.columns + j * width + v] as number
      sum += isRadial ? (x - item) * (x - item) : x * item
    }
    into[v] = sum
  }
}

/** e ** x for x of at most 0, by the steps of kernel-module.ts: within two units of the last place. */
export function exponential(x: number): number {
  const t = Math.max(x, LEAST_EXPONENT)
  const k = t * Math.LOG2E + ROUNDER - ROUNDER
  const r = t - k * LN2_HIGH - k * LN2_LOW
  let p = expTerms[0] as number
  for (let i = 1; i < expTerms.length; i++) p = p * r + (expTerms[i] as number)
  return p * 2 ** k
}
