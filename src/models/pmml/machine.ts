import { MillraceError } from '../../core/errors.ts'
import { openExpression } from './expressions.ts'
import { numberFrom, typeFault } from './faults.ts'
import { prepareField } from './fields.ts'
import type { Plan, SlotPlan } from './plan.ts'
import { type Cell, convert, NOT_CAST } from './types.ts'

/** Reads a value of the current record. */
export type Getter = () => Cell

/**
 * The frame of values of the record that is being scored, and how to read it. Derived fields are computed when first read,
 * as a branch that is not taken may hold a fault.
 */
export class Machine {
  readonly values: Cell[]
  /** Number of the current record; a derived slot is current when its stamp equals it. */
  readonly clock = { record: 0 }
  /** Faults of the current record's fields by slot: they count only when something reads the field. */
  readonly faults = new Map<number, unknown>()
  /** True when nothing may be generated or walked together: every node and field by its own function. */
  readonly isInterpreted: boolean
  readonly #slots: readonly SlotPlan[]
  readonly #stamps: Float64Array
  readonly #getters: (Getter | undefined)[]

  constructor(plan: Plan, isInterpreted = false) {
    this.isInterpreted = isInterpreted
    this.#slots = plan.slots
    this.values = plan.slots.map(() => undefined)
    this.#stamps = new Float64Array(plan.slots.length)
    this.#getters = new Array(plan.slots.length)
  }

  /** True when `values[slot]` may be read as it stands. */
  isDirect(slot: number): boolean {
    return this.#slots[slot]?.kind === 'given'
  }

  /** How the value of a slot comes about. */
  plan(slot: number): SlotPlan {
    return this.#slots[slot] as SlotPlan
  }

  getter(slot: number): Getter {
    return (this.#getters[slot] ??= this.#open(slot))
  }

  /** Reads a slot as a number; missing is NaN. A text there is a fault of the record. */
  number(slot: number, place: string): () => number {
    const get = this.getter(slot)
    return () => {
      const value = get()
      return typeof value === 'number' ? value : numberFrom(value, place)
    }
  }

  #open(slot: number): Getter {
    const plan = this.#slots[slot] as SlotPlan
    const values = this.values
    if (plan.kind === 'undeclared') return () => undeclared(plan.name, plan.hint)
    const { faults } = this
    if (plan.kind === 'given') {
      return () => {
        const value = values[slot]
        if (value === undefined && faults.size > 0) this.#refuse(slot)
        return value
      }
    }
    const stamps = this.#stamps
    const clock = this.clock
    const compute = this.#computer(plan)
    return () => {
      if (stamps[slot] !== clock.record) {
        values[slot] = compute()
        stamps[slot] = clock.record
      }
      return values[slot]
    }
  }

  #refuse(slot: number): void {
    if (this.faults.has(slot)) throw this.faults.get(slot)
  }

  #computer(plan: Exclude<SlotPlan, { kind: 'given' | 'undeclared' }>): Getter {
    if (plan.kind === 'treated') {
      const source = this.getter(plan.source)
      const treatment = plan.treatment
      return () => prepareField(treatment, source())
    }
    const evaluate = openExpression(plan.expression, this)
    const { type, from, name } = plan
    if (type.type === 'double') {
      return () => {
        const value = evaluate()
        return typeof value === 'number' || value === undefined ? value : converted(value, from, type, name)
      }
    }
    return () => converted(evaluate(), from, type, name)
  }
}

function undeclared(field: string, hint: string): never {
  throw new MillraceError('MODEL_FIELD_UNDECLARED', { field, hint })
}

function converted(
  value: Cell,
  from: Parameters<typeof convert>[1],
  to: Parameters<typeof convert>[2],
  name: string,
): Cell {
  const result = convert(value, from, to)
  // a fraction is cut off, as the producers mean it that write their casts so (Spark's CAST, astype('int64'))
  if (result === NOT_CAST)
    return to.type === 'integer' && typeof value === 'number'
      ? Math.trunc(value)
      : typeFault(value, `field "${name}"`, to.type)
  return result
}
