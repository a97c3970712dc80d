import { childOf, itemsOf } from './document.ts'
import { compareCells, equalCells } from './functions.ts'
import type { Machine } from './machine.ts'
import { type Comparison, comparisons, type PredicatePlan } from './plan.ts'
import type { Scope } from './scope.ts'
import { type Cell, isNumeric } from './types.ts'
import type { XmlElement } from './xml.ts'

/** Names of elements that are predicates. */
export const predicateNames: ReadonlySet<string> = new Set([
  'True',
  'False',
  'SimplePredicate',
  'SimpleSetPredicate',
  'CompoundPredicate',
])

/** Three-valued result of a predicate. */
export const TRUE = 1
export const FALSE = 0
export const UNKNOWN = -1
export type Truth = typeof TRUE | typeof FALSE | typeof UNKNOWN

/** The predicate inside `parent`, or null when it has none. */
export function predicateOf(parent: XmlElement): XmlElement | null {
  return parent.children.find((child) => predicateNames.has(child.name)) ?? null
}

/** Plans one predicate element. */
export function planPredicate(scope: Scope, element: XmlElement): PredicatePlan {
  const { reader } = scope
  switch (element.name) {
    case 'True':
      return { kind: 'true' }
    case 'False':
      return { kind: 'false' }
    case 'SimplePredicate':
      return planSimple(scope, element)
    case 'SimpleSetPredicate': {
      const slot = scope.resolveLoosely(reader.text(element, 'field'), element)
      const array = childOf(element, 'Array') ?? reader.fault(element, 'element Array is missing')
      const { type } = scope.facts(slot)
      const isIn = reader.word(element, 'booleanOperator', ['isIn', 'isNotIn']) === 'isIn'
      return { kind: 'set', slot, values: itemsOf(reader, array).map((item) => reader.cellOrText(item, type)), isIn }
    }
    case 'CompoundPredicate': {
      const operator = reader.word(element, 'booleanOperator', ['and', 'or', 'xor', 'surrogate'])
      const operands = element.children.filter((c) => predicateNames.has(c.name)).map((c) => planPredicate(scope, c))
      if (operands.length === 0) reader.fault(element, 'holds no predicate')
      return { kind: 'compound', operator, operands }
    }
    default:
      return reader.unsupported(element, `predicate ${element.name}`)
  }
}

function planSimple(scope: Scope, element: XmlElement): PredicatePlan {
  const { reader } = scope
  const name = reader.text(element, 'field')
  const slot = scope.resolveLoosely(name, element)
  const operator = reader.word(element, 'operator', [...comparisons, 'isMissing', 'isNotMissing'])
  if (operator === 'isMissing' || operator === 'isNotMissing') {
    return { kind: 'missing', slot, isMissing: operator === 'isMissing' }
  }
  const { type, optype, order } = scope.facts(slot)
  const text = reader.text(element, 'value')
  const value = reader.cellOrText(text, type)
  if (typeof value === 'number' && isNumeric(type.type) && optype !== 'ordinal') {
    return { kind: 'number', slot, operator, value, name }
  }
  return { kind: 'cell', slot, operator, value, order: optype === 'ordinal' ? order : null, name }
}

/** Makes a function of a predicate that tells its truth for the current record. */
export function openPredicate(plan: PredicatePlan, machine: Machine): () => Truth {
  switch (plan.kind) {
    case 'true':
      return () => TRUE
    case 'false':
      return () => FALSE
    case 'missing': {
      const get = machine.getter(plan.slot)
      const { isMissing } = plan
      return () => ((get() === undefined) === isMissing ? TRUE : FALSE)
    }
    case 'number': {
      const get = machine.number(plan.slot, `field "${plan.name}"`)
      const test = numberTest(plan.operator, plan.value)
      return () => {
        const x = get()
        if (Number.isNaN(x)) return UNKNOWN
        return test(x) ? TRUE : FALSE
      }
    }
    case 'cell':
      return openCell(plan, machine)
    case 'set': {
      const get = machine.getter(plan.slot)
      const values = new Set(plan.values)
      const { isIn } = plan
      return () => {
        const value = get()
        if (value === undefined) return UNKNOWN
        return values.has(value) === isIn ? TRUE : FALSE
      }
    }
    case 'compound':
      return openCompound(plan, machine)
    default:
      return plan satisfies never
  }
}

/** Comparison with a fixed number. */
function numberTest(operator: Comparison, value: number): (x: number) => boolean {
  switch (operator) {
    case 'equal':
      return (x) => x === value
    case 'notEqual':
      return (x) => x !== value
    case 'lessThan':
      return (x) => x < value
    case 'lessOrEqual':
      return (x) => x <= value
    case 'greaterThan':
      return (x) => x > value
    case 'greaterOrEqual':
      return (x) => x >= value
  }
}

function openCell(plan: Extract<PredicatePlan, { kind: 'cell' }>, machine: Machine): () => Truth {
  const get = machine.getter(plan.slot)
  const { value, operator, order } = plan
  if (operator === 'equal' || operator === 'notEqual') {
    const isEqual = operator === 'equal'
    return () => {
      const x = get()
      if (x === undefined) return UNKNOWN
      return equalCells(x, value) === isEqual ? TRUE : FALSE
    }
  }
  const test = numberTest(operator, 0)
  const rank = order ? (x: Cell) => order.indexOf(x) : null
  return () => {
    const x = get()
    if (x === undefined) return UNKNOWN
    const difference = rank && rank(x) >= 0 && rank(value) >= 0 ? rank(x) - rank(value) : compareCells(x, value)
    return test(difference) ? TRUE : FALSE
  }
}

function openCompound(plan: Extract<PredicatePlan, { kind: 'compound' }>, machine: Machine): () => Truth {
  const operands = plan.operands.map((operand) => openPredicate(operand, machine))
  const { operator } = plan
  switch (operator) {
    case 'surrogate':
      return () => {
        for (const operand of operands) {
          const truth = operand()
          if (truth !== UNKNOWN) return truth
        }
        return UNKNOWN
      }
    case 'xor':
      return () => {
        let result: Truth = FALSE
        for (const operand of operands) {
          const truth = operand()
          if (truth === UNKNOWN) return UNKNOWN
          if (truth === TRUE) result = result === TRUE ? FALSE : TRUE
        }
        return result
      }
    case 'and':
    case 'or': {
      const decisive = operator === 'or' ? TRUE : FALSE
      const otherwise = operator === 'or' ? FALSE : TRUE
      // A record with a faulty field is refused by any predicate that names the field, decided or not.
      const { faults } = machine
      return () => {
        let result: Truth = otherwise
        for (const operand of operands) {
          const truth = operand()
          if (truth === decisive) {
            if (faults.size === 0) return decisive
            result = decisive
          } else if (truth === UNKNOWN && result !== decisive) result = UNKNOWN
        }
        return result
      }
    }
  }
}
