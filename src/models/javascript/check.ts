import type { Feature } from '../../schema/signature.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import type { PredictionBatch, VerificationReport } from '../model.ts'
import type { VerificationRow } from './declaration.ts'

/** Allowed difference of a number: absolute, plus the same share of the expected value. */
const TOLERANCE = 1e-9

/** Compares the predictions of `rows` with what the model's author expects. */
export function verify(rows: readonly VerificationRow[], batch: PredictionBatch): VerificationReport {
  const differences = rows.flatMap(({ expected }, row) => {
    const prediction = batch.predictions[row]
    if (!prediction) {
      const actual = batch.errors?.get(row)?.message ?? 'no prediction'
      return [{ row, output: Object.keys(expected).join(', '), expected: printed(expected), actual }]
    }
    return Object.entries(expected)
      .filter(([output, value]) => !isClose(value ?? null, prediction[output] ?? null))
      .map(([output, value]) => ({ row, output, expected: printed(value), actual: printed(prediction[output]) }))
  })
  return { rows: rows.length, differences }
}

function isClose(expected: Value, actual: Value): boolean {
  if (typeof expected === 'number' && typeof actual === 'number')
    return expected === actual || Math.abs(expected - actual) <= TOLERANCE + TOLERANCE * Math.abs(expected)
  if (isContainer(expected) && isContainer(actual)) {
    const names = Object.keys(expected)
    if (names.length !== Object.keys(actual).length) return false
    return names.every((n) => isClose((expected as RecordValue)[n] ?? null, (actual as RecordValue)[n] ?? null))
  }
  return expected === actual
}

/** Arrays and records alike are compared by their keys. */
function isContainer(value: Value): value is RecordValue {
  return typeof value === 'object' && value !== null
}

function printed(value: Value | undefined): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v)) ?? 'nothing'
}

/** Inputs of a model that declares none: the fields of its samples, of any type, none of them required. */
export function inferInputs(samples: readonly RecordValue[]): Feature[] {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample)))
  return [...names].map((name) => ({ name, dtype: 'any', shape: [], isOptional: true }))
}

/** Outputs of a model that declares none: what it gave for its samples. */
export function inferOutputs(predictions: readonly (RecordValue | null)[]): Feature[] {
  const found = new Map<string, Feature>()
  for (const prediction of predictions) {
    for (const [name, value] of Object.entries(prediction ?? {})) {
      const seen = found.get(name)
      const { dtype, shape } = typeOf(value ?? null)
      const isSame = seen?.dtype === dtype && seen.shape.length === shape.length
      if (!seen || isSame) found.set(name, { name, dtype, shape, isOptional: true })
      else if (value !== null) found.set(name, { name, dtype: 'any', shape: [], isOptional: true })
    }
  }
  return [...found.values()]
}

function typeOf(value: Value): Pick<Feature, 'dtype' | 'shape'> {
  if (typeof value === 'number') return { dtype: 'float64', shape: [] }
  if (typeof value === 'string' || typeof value === 'boolean') return { dtype: typeof value as 'string', shape: [] }
  if (typeof value === 'bigint') return { dtype: 'int64', shape: [] }
  const isNumbers = Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'number')
  return isNumbers ? { dtype: 'float64', shape: [null] } : { dtype: 'any', shape: [] }
}
