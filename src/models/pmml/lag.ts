import { childrenOf } from './document.ts'
import { numberFrom } from './faults.ts'
import type { Getter, Machine } from './machine.ts'
import { type ExpressionPlan, typeNames } from './plan.ts'
import type { Scope } from './scope.ts'
import type { Cell, TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

const aggregates = ['none', 'avg', 'max', 'median', 'min', 'product', 'sum'] as const

/** A `Lag`: what a field was some records ago. Its slot is written before each record is scored. */
export interface LagPlan {
  readonly slot: number
  readonly source: number
  /** How many records back. */
  readonly n: number
  /** `none`: the value of that record; others: of all values since, of those that there are near the start. */
  readonly aggregate: (typeof aggregates)[number]
  /** Records count only among those that have the same values here. */
  readonly blocks: readonly number[]
}

const maxRecords = 100_000

/** Plans a Lag: an expression that reads the slot which `openLags` writes. */
export function planLag(scope: Scope, element: XmlElement, isInFunction: boolean): ExpressionPlan {
  const { reader, planner } = scope
  if (isInFunction) return reader.unsupported(element, 'Lag inside a DefineFunction')
  const n = reader.number(element, 'n', 1)
  if (!Number.isInteger(n) || n < 1 || n > maxRecords)
    reader.fault(element, `attribute "n" is ${n}, expected a whole number from 1 to ${maxRecords}`)
  const source = scope.resolve(reader.text(element, 'field'), element)
  const aggregate = reader.word(element, 'aggregate', aggregates, 'none')
  const facts = scope.facts(source)
  const type = typeOf(aggregate, facts.type)
  const slot = planner.written({ ...facts, type })
  const blocks = childrenOf(element, 'BlockIndicator').map((block) => scope.resolve(reader.text(block, 'field'), block))
  planner.lags.push({ slot, source, n, aggregate, blocks })
  planner.isStateful = true
  return { kind: 'field', slot, type, mapMissingTo: undefined }
}

function typeOf(aggregate: LagPlan['aggregate'], type: TypeName): TypeName {
  if (aggregate === 'avg' || aggregate === 'median') return typeNames.double
  if (aggregate === 'sum' || aggregate === 'product') return type.type === 'integer' ? type : typeNames.double
  return type
}

/** Opens all lags of a document: a function that writes their slots for the record that was read, then remembers it; null without any. */
export function openLags(plans: readonly LagPlan[], machine: Machine): (() => void) | null {
  if (plans.length === 0) return null
  const lags = plans.map((plan) => openLag(plan, machine))
  return () => {
    // In planned order: a lag of a derived field may need the lag that this one reads.
    for (const lag of lags) lag()
  }
}

/** Blocks that are remembered; the one without a record for the longest time is forgotten first. */
const maxBlocks = 100_000

function openLag({ slot, source, n, aggregate, blocks }: LagPlan, machine: Machine): () => void {
  const { values } = machine
  const value = quiet(machine.getter(source))
  const keys = blocks.map((block) => quiet(machine.getter(block)))
  const pasts = new Map<string, Cell[]>()
  return () => {
    const key = keys.length === 0 ? '' : JSON.stringify(keys.map((get) => get() ?? null))
    const past = pasts.get(key) ?? []
    // an aggregate is of what there is while there are fewer than n, as sklearn2pmml's rolling windows have it
    values[slot] = aggregate !== 'none' ? aggregated(aggregate, past) : past.length < n ? undefined : past[0]
    past.push(value())
    if (past.length > n) past.shift()
    // Put at the end of the order of insertion.
    pasts.delete(key)
    pasts.set(key, past)
    if (pasts.size > maxBlocks) pasts.delete(pasts.keys().next().value as string)
  }
}

/** A fault of a field is met again where the record reads it; here the value is missing. */
function quiet(get: Getter): Getter {
  return () => {
    try {
      return get()
    } catch {
      return undefined
    }
  }
}

/** Of the values that are present, missing when none is. */
function aggregated(aggregate: Exclude<LagPlan['aggregate'], 'none'>, past: readonly Cell[]): Cell {
  const numbers = past.filter((item) => item !== undefined).map((item) => numberFrom(item, 'element Lag'))
  if (numbers.length === 0) return undefined
  const sum = () => numbers.reduce((total, x) => total + x, 0)
  switch (aggregate) {
    case 'avg':
      return sum() / numbers.length
    case 'max':
      return numbers.reduce((a, b) => Math.max(a, b))
    case 'min':
      return numbers.reduce((a, b) => Math.min(a, b))
    case 'median': {
      const sorted = numbers.sort((a, b) => a - b)
      const middle = sorted.length >> 1
      return sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
    }
    case 'product':
      return numbers.reduce((product, x) => product * x, 1)
    case 'sum':
      return sum()
  }
}
