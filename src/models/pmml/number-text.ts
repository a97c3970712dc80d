import type { Machine } from './machine.ts'
import type { ExpressionPlan } from './plan.ts'
import type { Cell } from './types.ts'

const maxDepth = 40
const maxVariables = 5000

/**
 * Writes the numbers that a model reads as text of JavaScript, with the arithmetic of derived fields in it: slot numbers, numbers and
 * fixed words. The text is for records that have all these numbers and known categories; others leave, and are scored by the
 * interpreted form. Results are the same, bit for bit.
 */
export class NumberWriter {
  readonly #machine: Machine
  readonly #leave: string | null
  readonly #lines: string[] = []
  /** Variables by slot. */
  readonly #known = new Map<number, string>()
  readonly #tables: unknown[] = []

  /** `leave` is the statement for records that the text is not for; with null missing numbers are NaN and the others' faults are thrown. */
  constructor(machine: Machine, leave: string | null) {
    this.#machine = machine
    this.#leave = leave
  }

  /** True when there is more than is worth compiling. */
  get isTooLong(): boolean {
    return this.#lines.length > maxVariables
  }

  /** The variable that holds a slot's number. */
  number(slot: number, depth = 0): string {
    const found = this.#known.get(slot)
    if (found !== undefined) return found
    const plan = this.#machine.plan(slot)
    const name = `x${slot}`
    const arithmetic =
      plan.kind === 'derived' && (plan.type.type === 'double' || plan.type.type === 'float') && depth < maxDepth
        ? this.expression(plan.expression, depth + 1)
        : null
    if (arithmetic !== null && plan.kind === 'derived')
      this.#lines.push(`const ${name} = ${plan.type.type === 'float' ? `f(${arithmetic})` : arithmetic}`)
    else if (this.#leave === null)
      this.#lines.push(
        this.#machine.isDirect(slot)
          ? `let ${name} = v[${slot}]; if (typeof ${name} !== 'number') ${name} = n(${slot})`
          : `const ${name} = n(${slot})`,
      )
    else if (this.#machine.isDirect(slot))
      this.#lines.push(`const ${name} = v[${slot}]; if (typeof ${name} !== 'number') ${this.#leave}`)
    else
      this.#lines.push(
        `let ${name}; try { ${name} = g(${slot}) } catch { ${this.#leave} }; if (typeof ${name} !== 'number') ${this.#leave}`,
      )
    this.#known.set(slot, name)
    return name
  }

  /** A number's text, or null for expressions that are left to the interpreted form. It has a value whatever the numbers are. */
  expression(plan: ExpressionPlan, depth = 0): string | null {
    if (depth > maxDepth) return null
    switch (plan.kind) {
      case 'constant':
        return typeof plan.value === 'number' ? literal(plan.value) : null
      case 'field':
        return plan.mapMissingTo === undefined ? this.number(plan.slot, depth) : null
      case 'normContinuous': {
        const [a, b] = plan.orig
        const [na, nb] = plan.norm
        if (plan.orig.length !== 2 || plan.outliers !== 'asIs' || plan.mapMissingTo !== undefined) return null
        const [from, span, least, rise] = [a, (b as number) - (a as number), na, (nb as number) - (na as number)].map(
          (value) => literal(value as number),
        )
        if (from === null || span === null || least === null || rise === null) return null
        return `(${least} + ((${this.number(plan.slot, depth)} - ${from}) / ${span}) * ${rise})`
      }
      case 'apply':
        return this.#apply(plan, depth)
      default:
        return null
    }
  }

  #apply(plan: Extract<ExpressionPlan, { kind: 'apply' }>, depth: number): string | null {
    const type = plan.type?.type
    const isArithmetic = plan.args.length === 2 && /^[-+*/]$/.test(plan.name)
    const isPlain = !plan.invalidAsMissing && plan.mapMissingTo === undefined && plan.defaultValue === undefined
    if (!isArithmetic || !isPlain || (plan.name === '/' && type === 'integer')) return null
    const [a, b] = plan.args.map((argument) => this.expression(argument, depth + 1))
    if (a === null || b === null || a === undefined || b === undefined) return null
    return type === 'float' ? `f(${a} ${plan.name} ${b})` : `(${a} ${plan.name} ${b})`
  }

  /**
   * The variable that holds the position of a slot's category among `values`, or their number for a text that is none of them.
   * Two values are never equal in two ways: where one is no text, other types leave.
   */
  category(slot: number, values: readonly Cell[]): string {
    const name = `c${this.#lines.length}`
    const table = this.table(new Map(values.map((value, i) => [value, i])))
    const read = this.#machine.isDirect(slot)
      ? `const ${name}x = v[${slot}]`
      : `let ${name}x; try { ${name}x = g(${slot}) } catch { ${this.#leave} }`
    const isText = values.every((value) => typeof value === 'string')
    const other = isText
      ? `{ if (typeof ${name}x !== 'string') ${this.#leave}; ${name} = ${values.length} }`
      : `${this.#leave}`
    this.#lines.push(`${read}; let ${name} = ${table}.get(${name}x); if (${name} === undefined) ${other}`)
    return name
  }

  /** Text that stands for something passed in. */
  table(value: unknown): string {
    this.#tables.push(value)
    return `t[${this.#tables.length - 1}]`
  }

  /** Makes a function of the statements that read and those that follow. */
  compile(parameters: string, rest: string): unknown {
    const machine = this.#machine
    const text = `return (${parameters}) => {\n${this.#lines.join('\n')}\n${rest}\n}`
    const get = (slot: number): Cell => machine.getter(slot)()
    const number = (slot: number): number => machine.number(slot, 'element Node')()
    return new Function('v', 'g', 'n', 't', 'f', text)(machine.values, get, number, this.#tables, Math.fround)
  }
}

/** A number as JavaScript writes it, or null for those that have no literal. */
export function literal(value: number): string | null {
  if (!Number.isFinite(value)) return null
  return Object.is(value, -0) || value < 0 ? `(${Object.is(value, -0) ? '-0' : value})` : `${value}`
}
