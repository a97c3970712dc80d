import { numberFrom, typeFault } from './faults.ts'
import { contains, isValid } from './fields.ts'
import { builtIn, compareCells, truth } from './functions.ts'
import type { Getter, Machine } from './machine.ts'
import { comparisons, type ExpressionPlan, type InputPlan } from './plan.ts'
import { openTextIndex } from './text-index.ts'
import { type Cell, cast, convert, NOT_CAST, parseNumber, type TypeName } from './types.ts'

type Of<K extends ExpressionPlan['kind']> = Extract<ExpressionPlan, { kind: K }>

/** Makes a function of an expression that gives its value for the current record. */
export function openExpression(plan: ExpressionPlan, machine: Machine): Getter {
  switch (plan.kind) {
    case 'constant': {
      const { value } = plan
      return () => value
    }
    case 'field':
      return orElse(machine.getter(plan.slot), plan.mapMissingTo)
    case 'normContinuous':
      return openNormContinuous(plan, machine)
    case 'normDiscrete':
      return openNormDiscrete(plan, machine)
    case 'discretize':
      return openDiscretize(plan, machine)
    case 'mapValues':
      return openMapValues(plan, machine)
    case 'apply':
      return openApply(plan, machine)
    case 'call':
      return openCall(plan, machine)
    case 'textIndex':
      return openTextIndex(plan, machine)
    case 'aggregate':
      return openAggregate(plan, machine)
    default:
      return plan satisfies never
  }
}

function orElse(get: Getter, mapMissingTo: Cell): Getter {
  if (mapMissingTo === undefined) return get
  return () => {
    const value = get()
    return value === undefined ? mapMissingTo : value
  }
}

function openNormContinuous(plan: Of<'normContinuous'>, machine: Machine): Getter {
  const get = machine.number(plan.slot, 'element NormContinuous')
  const orig = Float64Array.from(plan.orig)
  const norm = Float64Array.from(plan.norm)
  const { outliers, mapMissingTo } = plan
  const last = orig.length - 1
  return () => {
    const x = get()
    if (Number.isNaN(x)) return mapMissingTo
    let i = 0
    if (x < (orig[0] as number)) {
      if (outliers === 'asMissingValues') return undefined
      if (outliers === 'asExtremeValues') return norm[0]
    } else if (x > (orig[last] as number)) {
      if (outliers === 'asMissingValues') return undefined
      if (outliers === 'asExtremeValues') return norm[last]
      i = last - 1
    } else {
      while (i < last - 1 && x > (orig[i + 1] as number)) i++
    }
    const [a, b, na, nb] = [orig[i] as number, orig[i + 1] as number, norm[i] as number, norm[i + 1] as number]
    return na + ((x - a) / (b - a)) * (nb - na)
  }
}

function openNormDiscrete(plan: Of<'normDiscrete'>, machine: Machine): Getter {
  const get = machine.getter(plan.slot)
  const { value, mapMissingTo } = plan
  return () => {
    const x = get()
    if (x === undefined) return mapMissingTo
    return x === value ? 1 : 0
  }
}

function openDiscretize(plan: Of<'discretize'>, machine: Machine): Getter {
  const get = machine.number(plan.slot, 'element Discretize')
  const { defaultValue, mapMissingTo } = plan
  // Where bins overlap the last one wins.
  const bins = plan.bins.toReversed()
  return () => {
    const x = get()
    if (Number.isNaN(x)) return mapMissingTo
    for (const bin of bins) if (contains(bin.interval, x)) return bin.value
    return defaultValue
  }
}

/** Part of the key of a MapValues row: lengths are stated, so that the parts joined do not collide. */
export function mapKeyOf(cell: Cell): string {
  const text = String(cell)
  return `${text.length}:${text}`
}

function openMapValues(plan: Of<'mapValues'>, machine: Machine): Getter {
  const getters = plan.slots.map((slot) => machine.getter(slot))
  const { defaultValue, mapMissingTo } = plan
  const rows = new Map<string, Cell>()
  for (let i = 0; i < plan.keys.length; i++) rows.set(plan.keys[i] as string, plan.values[i])
  return () => {
    let key = ''
    for (const get of getters) {
      const value = get()
      if (value === undefined) return mapMissingTo
      key += mapKeyOf(value)
    }
    const found = rows.get(key)
    return found === undefined ? defaultValue : found
  }
}

function openApply(plan: Of<'apply'>, machine: Machine): Getter {
  const types = plan.args.map((arg) => arg.type)
  // What a float is compared with is rounded to a float, as a SimplePredicate's value is.
  const isFloat = types[0]?.type === 'float' && comparing.has(plan.name)
  const args = plan.args.map((arg, i) => {
    const get = openExpression(arg, machine)
    return isFloat && i > 0 ? () => asFloat(get()) : get
  })
  const evaluate = openTreated(plan, args, types)
  return !machine.isInterpreted && plan.args.every(isConstant) ? folded(evaluate) : evaluate
}

/** True when an expression gives the same value for every record. */
function isConstant(plan: ExpressionPlan): boolean {
  return plan.kind === 'constant' || (plan.kind === 'apply' && plan.args.every(isConstant))
}

/** What a constant expression gives; a fault of it is one of each record that reads it. */
function folded(evaluate: Getter): Getter {
  try {
    const value = evaluate()
    return () => value
  } catch {
    return evaluate
  }
}

/** A function of its arguments, with what the Apply makes of missing values and results. */
function openTreated(plan: Of<'apply'>, args: readonly Getter[], types: readonly (TypeName | null)[]): Getter {
  const { mapMissingTo } = plan
  const inner = openFunction(plan, args, types)
  const round = plan.type?.type === 'float' && plan.args.length > 0
  const typed: Getter = round ? () => rounded(inner()) : inner
  const checked: Getter = plan.invalidAsMissing ? () => orMissing(typed()) : typed
  if (mapMissingTo === undefined && plan.defaultValue === undefined) return checked
  const { defaultValue } = plan
  const watched = plan.name === 'if' ? args.slice(0, 1) : args
  return () => {
    if (mapMissingTo !== undefined) for (const arg of watched) if (arg() === undefined) return mapMissingTo
    const value = checked()
    return value === undefined && defaultValue !== undefined ? defaultValue : value
  }
}

const comparing: ReadonlySet<string> = new Set([...comparisons, 'isIn', 'isNotIn'])

function asFloat(value: Cell): Cell {
  const number = typeof value === 'string' ? parseNumber(value) : value
  return typeof number === 'number' ? Math.fround(number) : value
}

function rounded(value: Cell): Cell {
  return typeof value === 'number' ? Math.fround(value) : value
}

/** A number that is none, such as the logarithm of -1; infinite ones are results. */
function orMissing(value: Cell): Cell {
  return Number.isNaN(value) ? undefined : value
}

function openFunction(plan: Of<'apply'>, args: readonly Getter[], types: readonly (TypeName | null)[]): Getter {
  const [first, second, third] = args as [Getter, Getter, Getter | undefined]
  switch (plan.name) {
    case 'if':
      return () => {
        const condition = first()
        if (condition === undefined) return undefined
        const branch = truth(condition) ? second : third
        return branch ? (branch() ?? plan.mapMissingTo) : undefined
      }
    case 'and':
    case 'or':
      return openLogic(plan.name === 'or', args)
    case '+':
      return arithmetic(first, second, plan.place, (a, b) => a + b)
    case '-':
      return arithmetic(first, second, plan.place, (a, b) => a - b)
    case '*':
      return arithmetic(first, second, plan.place, (a, b) => a * b)
    case '/':
      return plan.type?.type === 'integer'
        ? arithmetic(first, second, plan.place, (a, b) => (b === 0 ? noQuotient(a, plan) : Math.trunc(a / b)))
        : arithmetic(first, second, plan.place, (a, b) => a / b)
    case 'lessThan':
      return comparison(first, second, (order) => order < 0, plan.order)
    case 'lessOrEqual':
      return comparison(first, second, (order) => order <= 0, plan.order)
    case 'greaterThan':
      return comparison(first, second, (order) => order > 0, plan.order)
    case 'greaterOrEqual':
      return comparison(first, second, (order) => order >= 0, plan.order)
    case 'isValid':
    case 'isNotValid':
      if (plan.domain !== null) return openValidity(first, plan.domain, plan.name === 'isValid')
      break
    case 'isIn':
    case 'isNotIn':
      if (
        types[0]?.type !== 'float' &&
        plan.args.slice(1).every((arg) => arg.kind === 'constant' && typeof arg.value === 'string')
      ) {
        return openMembership(first, new Set(args.slice(1).map((arg) => arg())), plan.name === 'isIn')
      }
      break
  }
  return openGeneral(plan, args, types)
}

function openGeneral(plan: Of<'apply'>, args: readonly Getter[], types: readonly (TypeName | null)[]): Getter {
  const known = builtIn(plan.name)
  if (!known) return typeFault(plan.name, 'a document', 'built-in function')
  const { call, isStrict } = known
  if (args.length === 1) {
    const only = args[0] as Getter
    return () => {
      const value = only()
      return isStrict && value === undefined ? undefined : call([value], types)
    }
  }
  return () => {
    // Every argument is read, as any may hold a fault of the record.
    const values = new Array<Cell>(args.length)
    let isMissing = false
    for (let i = 0; i < args.length; i++) {
      values[i] = (args[i] as Getter)()
      if (values[i] === undefined) isMissing = true
    }
    return isStrict && isMissing ? undefined : call(values, types)
  }
}

function noQuotient(a: number, plan: Of<'apply'>): number {
  return plan.invalidAsMissing ? Number.NaN : typeFault(a / 0, plan.place, 'divisor other than 0')
}

/** A missing value is neither valid nor invalid. */
function openValidity(get: Getter, domain: InputPlan, isAskedValid: boolean): Getter {
  return () => {
    const value = get()
    if (value === undefined || typeof value === 'object') return isAskedValid && value !== undefined
    const isReplaced = value === domain.missingReplacement || value === domain.invalidReplacement
    return (isReplaced || (cast(value, domain.type) !== NOT_CAST && isValid(domain, value))) === isAskedValid
  }
}

function openMembership(get: Getter, members: ReadonlySet<Cell>, isIn: boolean): Getter {
  return () => {
    const value = get()
    return members.has(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value) === isIn
  }
}

function arithmetic(first: Getter, second: Getter, place: string, compute: (a: number, b: number) => number): Getter {
  return () => {
    const a = first()
    const b = second()
    if (a === undefined || b === undefined) return undefined
    if (typeof a === 'number' && typeof b === 'number') return compute(a, b)
    return compute(numberFrom(a, place), numberFrom(b, place))
  }
}

function comparison(
  first: Getter,
  second: Getter,
  decide: (difference: number) => boolean,
  order: readonly Cell[] | null,
): Getter {
  return () => {
    const a = first()
    const b = second()
    if (a === undefined || b === undefined) return undefined
    if (order !== null) {
      const [x, y] = [order.indexOf(a), order.indexOf(b)]
      if (x >= 0 && y >= 0) return decide(x - y)
    }
    return decide(compareCells(a, b))
  }
}

/** Kleene logic: a value that decides wins over a missing one. Every argument is read, as any may hold a fault of the record. */
function openLogic(decisive: boolean, args: readonly Getter[]): Getter {
  return () => {
    let isUnknown = false
    let isDecided = false
    for (const arg of args) {
      const value = arg()
      if (value === undefined) isUnknown = true
      else if (truth(value) === decisive) isDecided = true
    }
    if (isDecided) return decisive
    return isUnknown ? undefined : !decisive
  }
}

function openCall(plan: Of<'call'>, machine: Machine): Getter {
  const { values } = machine
  const parameters = plan.parameters.map(({ slot, value, type }) => ({
    slot,
    type,
    from: value.type,
    get: openExpression(value, machine),
  }))
  const body = openExpression(plan.body, machine)
  const { mapMissingTo, defaultValue, type, from, place } = plan
  return () => {
    for (const parameter of parameters) {
      const raw = parameter.get()
      if (raw === undefined && mapMissingTo !== undefined) return mapMissingTo
      values[parameter.slot] = parameter.type === null ? raw : castTo(raw, parameter.from, parameter.type, place)
    }
    const result = body()
    if (result === undefined) return defaultValue
    return type === null ? result : castTo(result, from, type, place)
  }
}

/** Casts inside an expression; a whole-number type keeps a fraction. */
export function castTo(value: Cell, from: TypeName | null, to: TypeName, place: string): Cell {
  const result = convert(value, from, to)
  if (result !== NOT_CAST) return result
  return to.type === 'integer' && typeof value === 'number' ? value : typeFault(value, place, to.type)
}

function openAggregate(plan: Of<'aggregate'>, machine: Machine): Getter {
  const get = machine.getter(plan.slot)
  const getGroup = plan.groupSlot < 0 ? null : machine.getter(plan.groupSlot)
  const name = plan.function
  return () => {
    const value = get()
    if (value === undefined) return undefined
    // A group is one record with the list of its values: several groups or a single value tell that the records came otherwise.
    if (getGroup !== null) {
      const group = getGroup()
      if (!Array.isArray(value)) return typeFault(value, 'element Aggregate', 'list, one record per group')
      if (Array.isArray(group)) return typeFault(group, 'element Aggregate', 'single value of its group')
    }
    const items = (Array.isArray(value) ? (value as readonly Cell[]) : [value]).filter((item) => item !== undefined)
    if (name === 'count') return items.length
    if (name === 'multiset') return items
    if (items.length === 0) return undefined
    if (name === 'min' || name === 'max') {
      const sign = name === 'min' ? 1 : -1
      return items.reduce((best, item) => (compareCells(item, best) * sign < 0 ? item : best))
    }
    const sum = items.reduce((total: number, item) => total + numberFrom(item, 'element Aggregate'), 0)
    return name === 'sum' ? sum : sum / items.length
  }
}
