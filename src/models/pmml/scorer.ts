import { MillraceError } from '../../core/errors.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { isInherited, plainText, prepareField, readText } from './fields.ts'
import { openLags } from './lag.ts'
import { openLeafPredictions, type ScoreOne } from './leaf-predictions.ts'
import { Machine } from './machine.ts'
import { openModel } from './model.ts'
import type { InputPlan, Plan } from './plan.ts'
import { TreeEngine } from './tree.ts'
import { type Cell, cast, NOT_CAST, type TypeName, textOf } from './types.ts'

/** Makes a scorer of a planned document. */
export function openScorer(prepared: PreparedModel<Plan>): Scorer {
  return new PmmlScorer(prepared)
}

class PmmlScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #scoreOne: ScoreOne

  constructor(prepared: PreparedModel<Plan>) {
    this.signature = prepared.signature
    this.#scoreOne = openPlan(prepared.payload)
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    const predictions = new Array<RecordValue | null>(records.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < records.length; i++) {
      const record = records[i]
      try {
        if (record === null || typeof record !== 'object')
          throw new MillraceError('MODEL_RECORD_ABSENT', { value: String(record) })
        predictions[i] = this.#scoreOne(record)
      } catch (thrown) {
        errors ??= new Map()
        errors.set(i, MillraceError.from(thrown, `model of PMML, record ${i}`))
        predictions[i] = null
      }
    }
    return { predictions, errors }
  }

  close(): void {}
}

/** Opens a plan: a function from record to prediction, which may be shared by records and frozen. */
export function openPlan(plan: Plan): ScoreOne {
  return open(plan, new Machine(plan))
}

/**
 * The same without generated code, walks of several trees at once or kept predictions: the measure of what `openPlan` makes, and what
 * documents that compile badly run on. Results are the same, bit for bit.
 */
export function interpretPlan(plan: Plan): ScoreOne {
  return open(plan, new Machine(plan, true))
}

function open(plan: Plan, machine: Machine): ScoreOne {
  const engine = new TreeEngine(plan.trees, machine)
  const model = openModel(plan.model, machine, engine)
  const take = machine.isInterpreted ? interpretReader(plan.inputs, machine) : openReader(plan.inputs, machine)
  const write = machine.isInterpreted ? interpretWriter(plan.columns, machine) : openWriter(plan.columns, machine)
  const { clock, values } = machine
  const resets = Int32Array.from(plan.resets)
  const remember = openLags(plan.lags, machine)
  const read = (record: RecordValue): void => {
    clock.record++
    if (machine.faults.size > 0) machine.faults.clear()
    for (let i = 0; i < resets.length; i++) values[resets[i] as number] = undefined
    take(record)
    if (remember !== null) remember()
  }
  const finish = (): RecordValue => {
    model.run()
    return write()
  }
  const byLeaf = machine.isInterpreted ? null : openLeafPredictions(plan, machine, engine, { read, finish })
  if (byLeaf !== null) return byLeaf
  return (record) => {
    read(record)
    return finish()
  }
}

function interpretReader(inputs: readonly InputPlan[], machine: Machine): (record: RecordValue) => void {
  const parts = inputs.map((input) => guarded(input, openInput(input), machine))
  return (record) => {
    inputs.forEach(({ name, slot }, i) => {
      const raw = isInherited(name) && !Object.hasOwn(record, name) ? undefined : record[name]
      machine.values[slot] = (parts[i] as (typeof parts)[number])(raw)
    })
  }
}

function interpretWriter(columns: Plan['columns'], machine: Machine): () => RecordValue {
  const shows = columns.map(showOf)
  return () =>
    Object.fromEntries(
      columns.map(({ name, slot }, i) => [name, shows[i]?.(machine.values[slot]) ?? null]),
    ) as RecordValue
}

const inputsPerFunction = 500

/**
 * Makes the function that takes a record apart. Its text holds slot numbers and field names as JSON strings; all else is passed in.
 * A number for a plain numeric field goes straight to its slot.
 */
function openReader(inputs: readonly InputPlan[], machine: Machine): (record: RecordValue) => void {
  const slow = inputs.map((input) => guarded(input, openInput(input), machine))
  const known = inputs.map(knownCategories)
  const parts: ((record: RecordValue) => void)[] = []
  for (let from = 0; from < inputs.length; from += inputsPerFunction) {
    const lines = inputs.slice(from, from + inputsPerFunction).map((input, i) => readLine(input, from + i, known))
    const text = `return (r) => { let x, c\n${lines.join('\n')}\n}`
    parts.push(
      new Function('v', 'p', 'k', 'own', 'f', text)(machine.values, slow, known, Object.hasOwn, Math.fround) as (
        record: RecordValue,
      ) => void,
    )
  }
  if (parts.length === 1) return parts[0] as (record: RecordValue) => void
  return (record) => {
    for (const part of parts) part(record)
  }
}

function readLine(input: InputPlan, index: number, known: readonly unknown[]): string {
  const read = readText(input, 'x')
  const write = `v[${input.slot}] =`
  const otherwise = `p[${index}](x)`
  if (known[index] !== null) return `${read}; c = k[${index}].get(x); ${write} c !== undefined ? c : ${otherwise}`
  const plain = plainText(input, 'x')
  if (plain !== null) return `${read}; ${write} ${plain} ? ${input.type.type === 'float' ? 'f(x)' : 'x'} : ${otherwise}`
  return `${read}; ${write} ${otherwise}`
}

/** Keeps a field's fault until something reads the field: an unused field refuses nothing. */
function guarded(
  input: InputPlan,
  prepare: (raw: Value | undefined) => Cell,
  machine: Machine,
): (raw: Value | undefined) => Cell {
  const { faults } = machine
  return (raw) => {
    try {
      return prepare(raw)
    } catch (fault) {
      faults.set(input.slot, fault)
      return undefined
    }
  }
}

const maxKnownTexts = 1000

/** Preparation of one field; valid categories of texts are looked up. */
function openInput(input: InputPlan): (raw: Value | undefined) => Cell {
  const known = knownCategories(input)
  if (known === null) return (raw) => prepareField(input, raw)
  return (raw) => {
    const found = known.get(raw)
    return found !== undefined ? found : prepareField(input, raw)
  }
}

/** Valid values by what records hold for them, or null where a value's preparation depends on more. */
function knownCategories(input: InputPlan): ReadonlyMap<unknown, Cell> | null {
  if (!input.valid || input.outliers !== 'asIs' || input.valid.length > maxKnownTexts) return null
  const known = new Map<unknown, Cell>()
  const add = (raw: Cell, value: Cell): void => {
    const isOther = [raw, value].some((one) => Number.isNaN(one) || input.missing.includes(one))
    if (!isOther && !input.invalid.includes(value) && !known.has(raw)) known.set(raw, value)
  }
  // A date's value is a number, its text is not that number's.
  const isItsText = /^(string|boolean|integer|float|double)$/.test(input.type.type)
  for (const value of input.valid) {
    add(value, value)
    if (isItsText) add(String(value), value)
  }
  return known
}

/** Makes the function that builds predictions, all of one shape. Its text holds slot numbers and names as JSON strings. */
function openWriter(columns: Plan['columns'], machine: Machine): () => RecordValue {
  const shows = columns.map(showOf)
  const lines = columns.map(({ name, slot, type }, i) => {
    const shown = shownAs(type)
    return `[${JSON.stringify(name)}]: (x = v[${slot}]) === undefined ? null : typeof x === '${shown}' ? x : s[${i}](x)`
  })
  const plain = lines.map((line) =>
    line.replace(/^\[("(?:[^"\\]|\\.)*")\]/, (whole, name: string) => (name === '"__proto__"' ? whole : name)),
  )
  const text = `return () => { let x; return { ${plain.join(',\n')} } }`
  return new Function('v', 's', text)(machine.values, shows) as () => RecordValue
}

/** What a value of a column is in JavaScript, as the signature says. */
function shownAs({ type }: TypeName): 'string' | 'boolean' | 'number' {
  switch (type) {
    case 'string':
    case 'date':
    case 'time':
    case 'dateTime':
      return 'string'
    case 'boolean':
      return 'boolean'
    default:
      return 'number'
  }
}

/** Makes the function that gives a value the type of its column; what has no such form is a fault of the record. */
function showOf({ name, type }: Plan['columns'][number]): (value: Cell) => unknown {
  const shown = shownAs(type)
  return (value) => {
    if (value === undefined) return null
    // Lists hold what their model puts there.
    if (typeof value === 'object') return value.map((item) => item ?? null)
    if (typeof value === shown) return value
    if (shown === 'string') return textOf(value, type)
    const converted = cast(value, type)
    if (converted === NOT_CAST) {
      const reason = `its value is ${JSON.stringify(value)}, which is no ${type.type}`
      throw new MillraceError('MODEL_RESULT_UNDEFINED', { target: name, reason })
    }
    return converted
  }
}
