import type { Machine } from './machine.ts'
import { NumberWriter } from './number-text.ts'
import { columnSlotAt } from './predicate-table.ts'
import { type Truth, UNKNOWN } from './predicates.ts'
import type { TreeEngine } from './tree.ts'
import type { TreeStore } from './tree-store.ts'
import type { Cell } from './types.ts'

/**
 * Makes the function that fills `x` with the forest's features for the current record (twice each, see Forest) and tells whether
 * a value is missing. Numbers go there by generated text that holds slot numbers only; tests of one text field go there
 * together, from the column of the field's value.
 */
export function openGather(
  used: readonly number[],
  x: Float64Array,
  engine: TreeEngine,
  machine: Machine,
): () => boolean {
  const { store } = engine
  const bySlot = new Map<number, number[]>()
  const others: number[] = []
  for (const feature of used) {
    const slot = columnSlotOf(feature, store)
    if (slot === null) {
      others.push(feature)
      continue
    }
    const features = bySlot.get(slot)
    if (features) features.push(feature)
    else bySlot.set(slot, [feature])
  }
  const columns = [...bySlot].map(([slot, features]) => openColumns(slot, features, x, engine, machine))
  const rest = openOthers(others, x, engine, machine)
  if (columns.length === 0) return rest
  return () => {
    let isMissing = rest()
    for (let i = 0; i < columns.length; i++) if ((columns[i] as () => boolean)()) isMissing = true
    return isMissing
  }
}

/** The slot whose value alone decides a feature that is a test, or null. */
export function columnSlotOf(feature: number, store: TreeStore): number | null {
  const source = store.features[feature] as number
  return source < 0 ? columnSlotAt(store.predicates, -1 - source) : null
}

/** Truths of the tests for one value of their field. */
interface Column {
  readonly truths: Float64Array // [tests], NaN = unknown
  readonly isMissing: boolean
}

/** Numbers kept per field; the columns of more values are made anew each time. */
const maxKept = 100_000

function openColumns(
  slot: number,
  features: readonly number[],
  x: Float64Array,
  engine: TreeEngine,
  machine: Machine,
): () => boolean {
  const get = machine.getter(slot)
  const tests = features.map((feature) => engine.predicate(-1 - (engine.store.features[feature] as number)))
  const at = Int32Array.from(features, (feature) => feature * 2)
  const kept = new Map<Cell, Column>()
  let last: Column | null = null
  return () => {
    const value = get()
    let column = kept.get(value)
    if (column === undefined) {
      column = columnOf(tests)
      // Numbers have too many values to be worth it.
      const isKept = typeof value !== 'number' && (kept.size + 1) * tests.length <= maxKept
      if (isKept && !Array.isArray(value)) kept.set(value, column)
    }
    if (column !== last) {
      last = column
      const { truths } = column
      for (let i = 0; i < at.length; i++) {
        const truth = truths[i] as number
        x[at[i] as number] = truth
        x[(at[i] as number) + 1] = -truth
      }
    }
    return column.isMissing
  }
}

function columnOf(tests: readonly (() => Truth)[]): Column {
  const truths = Float64Array.from(tests, (test) => {
    const truth = test()
    return truth === UNKNOWN ? Number.NaN : truth
  })
  return { truths, isMissing: truths.some((truth) => Number.isNaN(truth)) }
}

const maxGenerated = 2000

function openOthers(used: readonly number[], x: Float64Array, engine: TreeEngine, machine: Machine): () => boolean {
  const { features } = engine.store
  const tests = used.filter((feature) => (features[feature] as number) < 0)
  const numbers = used.filter((feature) => (features[feature] as number) >= 0)
  const predicates = tests.map((feature) => {
    const predicate = engine.predicate(-1 - (features[feature] as number))
    return (): number => {
      const truth = predicate()
      return truth === UNKNOWN ? Number.NaN : truth
    }
  })
  const gatherTests = gatherByLoop(tests, x, predicates)
  const gatherNumbers =
    numbers.length <= maxGenerated
      ? compileNumbers(numbers, x, engine, machine)
      : gatherByLoop(
          numbers,
          x,
          numbers.map((feature) => machine.number(features[feature] as number, 'element Node')),
        )
  if (tests.length === 0) return gatherNumbers
  return () => {
    const isMissing = gatherNumbers()
    return gatherTests() || isMissing
  }
}

function compileNumbers(
  numbers: readonly number[],
  x: Float64Array,
  engine: TreeEngine,
  machine: Machine,
): () => boolean {
  const writer = new NumberWriter(machine, null)
  const lines = numbers.map((feature) => {
    const name = writer.number(engine.store.features[feature] as number)
    return `x[${feature * 2}] = ${name}; x[${feature * 2 + 1}] = -${name}; if (${name} !== ${name}) m = true`
  })
  const fill = writer.compile('x', `let m = false\n${lines.join('\n')}\nreturn m`) as (x: Float64Array) => boolean
  return () => fill(x)
}

function gatherByLoop(used: readonly number[], x: Float64Array, getters: readonly (() => number)[]): () => boolean {
  return () => {
    let isMissing = false
    for (let i = 0; i < used.length; i++) {
      const value = (getters[i] as () => number)()
      const at = (used[i] as number) * 2
      x[at] = value
      x[at + 1] = -value
      if (Number.isNaN(value)) isMissing = true
    }
    return isMissing
  }
}
