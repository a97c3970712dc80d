import type { Machine } from './machine.ts'
import type { Comparison, PredicatePlan } from './plan.ts'
import type { Cell } from './types.ts'

type Plain = 'number' | 'string' | 'boolean'

/**
 * Writes conditions of predicates as text of JavaScript: numbers, JSON strings, and the variables and tables that `begin` declares.
 *
 * A condition is true exactly where the predicate holds (unknown is not told from false), for records whose values are of the
 * plain types that the conditions compare; other records leave at the beginning.
 */
export class ConditionWriter {
  readonly #machine: Machine
  /** Slots that are read, with the types they are compared as. */
  readonly #slots = new Map<number, Set<Plain>>()
  readonly #sets: ReadonlySet<Cell>[] = []

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** The condition, or null when only the interpreted form can tell. */
  condition(plan: PredicatePlan): string | null {
    switch (plan.kind) {
      case 'true':
        return 'true'
      case 'false':
        return 'false'
      case 'missing':
        return `${this.#variable(plan.slot, null)} ${plan.isMissing ? '===' : '!=='} undefined`
      case 'number':
        return this.#comparison(plan.slot, plan.operator, plan.value)
      case 'cell':
        return plan.order === null ? this.#comparison(plan.slot, plan.operator, plan.value) : null
      case 'set':
        return this.#membership(plan.slot, plan.values, plan.isIn)
      case 'compound': {
        if (plan.operator !== 'and' && plan.operator !== 'or') return null
        const parts = plan.operands.map((operand) => this.condition(operand))
        if (parts.includes(null)) return null
        return `(${parts.join(plan.operator === 'and' ? ' && ' : ' || ')})`
      }
      default:
        return plan satisfies never
    }
  }

  /** Statements that read the values, `leave` being the one for records that are not plain. Uses `v`, `g`, `s` and `faults`. */
  begin(leave: string): string {
    const lines = [...this.#slots].map(([slot, types]) => {
      const read = this.#machine.isDirect(slot) ? `v[${slot}]` : `g(${slot})`
      const other = [...types].map((type) => `typeof x${slot} !== '${type}'`)
      const guards = other.map((test) => `if (${test} && x${slot} !== undefined) ${leave}`)
      return [`const x${slot} = ${read}`, ...guards].join('\n')
    })
    return [`if (faults.size > 0) ${leave}`, ...lines].join('\n')
  }

  /** What the names of `begin` stand for, in the order `v`, `g`, `s`, `faults`. */
  get meanings(): readonly unknown[] {
    const machine = this.#machine
    return [machine.values, (slot: number) => machine.getter(slot)(), this.#sets, machine.faults]
  }

  #variable(slot: number, type: Plain | null): string {
    let types = this.#slots.get(slot)
    if (!types) this.#slots.set(slot, (types = new Set()))
    if (type !== null) types.add(type)
    return `x${slot}`
  }

  #comparison(slot: number, operator: Comparison, value: Cell): string | null {
    const text = literal(value)
    if (text === null) return null
    const type = typeof value as Plain
    // Booleans and mixed types have an order of their own.
    if (type === 'boolean' && operator !== 'equal' && operator !== 'notEqual') return null
    const x = this.#variable(slot, type)
    return operator === 'notEqual'
      ? `(${x} !== undefined && ${x} === ${x} && ${x} !== ${text})`
      : `${x} ${operators[operator]} ${text}`
  }

  #membership(slot: number, values: readonly Cell[], isIn: boolean): string {
    const x = this.#variable(slot, null)
    const texts = values.map(literal)
    let isAmong = `(${texts.map((text) => `${x} === ${text}`).join(' || ') || 'false'})`
    if (texts.length > maxCompared || texts.includes(null)) {
      isAmong = `s[${this.#sets.length}].has(${x})`
      this.#sets.push(new Set(values))
    }
    return isIn ? `(${x} !== undefined && ${isAmong})` : `(${x} !== undefined && !${isAmong})`
  }
}

/** Sets of more values are looked up. */
const maxCompared = 8

const operators: Readonly<Record<Comparison, string>> = {
  equal: '===',
  notEqual: '!==',
  lessThan: '<',
  lessOrEqual: '<=',
  greaterThan: '>',
  greaterOrEqual: '>=',
}

/** A value as JavaScript writes it, or null for those that have no literal. */
function literal(value: Cell): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : null
  return typeof value === 'string' || typeof value === 'boolean' ? JSON.stringify(value) : null
}
