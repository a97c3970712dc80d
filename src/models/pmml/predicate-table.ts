import { sharedArray } from '../trees/trees.ts'
import { comparisons, type PredicatePlan } from './plan.ts'
import type { Cell } from './types.ts'

/**
 * Predicates as numbers: a document may have hundreds of thousands, and as objects they would hold up the scoring thread when it
 * receives them. Predicate `i` is `words[offsets[i]]` to `words[offsets[i + 1]]` (exclusive): its kind, then what `encode` says.
 *
 * Example: `x isIn (a, b)` with x in slot 3 is [4, 3, 1, 0, 1] with cells ['a', 'b'].
 */
export interface PredicateTable {
  readonly offsets: Int32Array // [predicates + 1]
  readonly words: Int32Array
  readonly numbers: Float64Array
  readonly cells: readonly Cell[]
  readonly names: readonly string[]
  readonly orders: readonly (readonly Cell[])[]
}

const kinds = [
  'true',
  'false',
  'missing',
  'number',
  'set',
  'cell',
  'compound',
] as const satisfies PredicatePlan['kind'][]
const operators = ['and', 'or', 'xor', 'surrogate'] as const

/** Collects predicates; equal ones have one number. */
export class PredicateTableBuilder {
  readonly #offsets = [0]
  readonly #words: number[] = []
  readonly #known = new Map<string, number>()
  readonly #numbers = new Numbered<number>()
  readonly #cells = new Numbered<Cell>()
  readonly #names = new Numbered<string>()
  readonly #orders: (readonly Cell[])[] = []

  /** Number of a predicate. */
  add(plan: PredicatePlan): number {
    const words = this.#encode(plan)
    const key = words.join(' ')
    let found = this.#known.get(key)
    if (found === undefined) {
      found = this.#offsets.length - 1
      for (const word of words) this.#words.push(word)
      this.#offsets.push(this.#words.length)
      this.#known.set(key, found)
    }
    return found
  }

  /** The kind of a predicate. */
  kindOf(predicate: number): PredicatePlan['kind'] {
    return kinds[this.#words[this.#offsets[predicate] as number] as number] as PredicatePlan['kind']
  }

  /** True when one holds wherever the other does not, both being known: of the same field, and simple. */
  areOpposite(a: number, b: number): boolean {
    const [kind, other] = [this.kindOf(a), this.kindOf(b)]
    if (kind !== other || (kind !== 'missing' && kind !== 'set' && kind !== 'cell')) return false
    const [from, to] = [this.#offsets[a] as number, this.#offsets[b] as number]
    const length = (this.#offsets[a + 1] as number) - from
    if (length !== (this.#offsets[b + 1] as number) - to) return false
    // The word after the slot says which of the two it is; all others are the same.
    for (let i = 0; i < length; i++) if (i !== 2 && this.#words[from + i] !== this.#words[to + i]) return false
    const [x, y] = [this.#words[from + 2] as number, this.#words[to + 2] as number]
    const isEquality = x < 2 && y < 2 // equal, notEqual; or a flag
    return x !== y && isEquality
  }

  finish(): PredicateTable {
    return {
      offsets: sharedArray(Int32Array, this.#offsets),
      words: sharedArray(Int32Array, this.#words),
      numbers: sharedArray(Float64Array, this.#numbers.values),
      cells: this.#cells.values,
      names: this.#names.values,
      orders: this.#orders,
    }
  }

  #encode(plan: PredicatePlan): number[] {
    const kind = kinds.indexOf(plan.kind)
    switch (plan.kind) {
      case 'true':
      case 'false':
        return [kind]
      case 'missing':
        return [kind, plan.slot, Number(plan.isMissing)]
      case 'number':
        return [
          kind,
          plan.slot,
          comparisons.indexOf(plan.operator),
          this.#numbers.of(plan.value),
          this.#names.of(plan.name),
        ]
      case 'set':
        return [kind, plan.slot, Number(plan.isIn), ...plan.values.map((value) => this.#cells.of(value))]
      case 'cell': {
        const order = plan.order === null ? -1 : this.#orderOf(plan.order)
        const operator = comparisons.indexOf(plan.operator)
        return [kind, plan.slot, operator, this.#cells.of(plan.value), order, this.#names.of(plan.name)]
      }
      case 'compound':
        return [kind, operators.indexOf(plan.operator), ...plan.operands.map((operand) => this.add(operand))]
      default:
        return plan satisfies never
    }
  }

  /** The lists belong to fields, which have one each. */
  #orderOf(order: readonly Cell[]): number {
    const found = this.#orders.indexOf(order)
    return found >= 0 ? found : this.#orders.push(order) - 1
  }
}

/** The predicate with a number. */
export function predicateAt(table: PredicateTable, predicate: number): PredicatePlan {
  const { offsets, words, numbers, cells, names, orders } = table
  const at = offsets[predicate] as number
  const end = offsets[predicate + 1] as number
  const word = (i: number): number => words[at + i] as number
  const kind = kinds[word(0)] as (typeof kinds)[number]
  switch (kind) {
    case 'true':
    case 'false':
      return { kind }
    case 'missing':
      return { kind, slot: word(1), isMissing: word(2) === 1 }
    case 'number': {
      const operator = comparisons[word(2)] as (typeof comparisons)[number]
      return { kind, slot: word(1), operator, value: numbers[word(3)] as number, name: names[word(4)] as string }
    }
    case 'set':
      return {
        kind,
        slot: word(1),
        isIn: word(2) === 1,
        values: Array.from(words.subarray(at + 3, end), (cell) => cells[cell]),
      }
    case 'cell': {
      const operator = comparisons[word(2)] as (typeof comparisons)[number]
      const order = orders[word(4)] ?? null
      return { kind, slot: word(1), operator, value: cells[word(3)], order, name: names[word(5)] as string }
    }
    case 'compound':
      return {
        kind,
        operator: operators[word(1)] as (typeof operators)[number],
        operands: Array.from(words.subarray(at + 2, end), (operand) => predicateAt(table, operand)),
      }
    default:
      return kind satisfies never
  }
}

/** The slot whose value alone decides a predicate by comparing it with texts, sets or nothing; null for others. */
export function columnSlotAt({ offsets, words }: PredicateTable, predicate: number): number | null {
  const at = offsets[predicate] as number
  const kind = kinds[words[at] as number]
  return kind === 'cell' || kind === 'set' || kind === 'missing' ? (words[at + 1] as number) : null
}

/** Numbers for values in the order of their first use. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #index = new Map<T, number>()

  of(value: T): number {
    let found = this.#index.get(value)
    if (found === undefined) {
      found = this.values.push(value) - 1
      this.#index.set(value, found)
    }
    return found
  }
}
