import type { Feature } from '../schema/signature.ts'
import type { RecordValue, Value } from '../schema/value.ts'

/** How far numbers may be apart: by either measure they agree. */
export interface Tolerance {
  /** Of the expected value. */
  readonly relative: number
  readonly absolute: number
}

/** One output of one row that is not as expected. */
export interface Difference {
  readonly row: number // from 1
  readonly output: string
  readonly expected: string
  readonly actual: string
  /** Distance of two numbers, else null. */
  readonly absolute: number | null
  /** The same by the expected value; null when that is 0 too. */
  readonly relative: number | null
}

/** What verifying rows found, for one output. */
export interface OutputTally {
  compared: number
  differing: number
  largestAbsolute: number
}

/**
 * What is different between an expected value and the actual one; null when they agree. Numbers agree within the tolerance, also as
 * text; no value agrees with no value and with empty text; lists agree item by item, also as JSON; all else agrees when its text is the same.
 */
export function differenceOf(
  expected: Value | undefined,
  actual: Value | undefined,
  { relative, absolute }: Tolerance,
): Pick<Difference, 'absolute' | 'relative'> | null {
  if (isNone(expected) || isNone(actual)) return isNone(expected) && isNone(actual) ? null : noDistance
  const [items, foundItems] = [itemsOf(expected), itemsOf(actual)]
  if (items && foundItems) {
    const isSame = items.length === foundItems.length
    return isSame && items.every((item, i) => differenceOf(item, foundItems[i], { relative, absolute }) === null)
      ? null
      : noDistance
  }
  const [wanted, found] = [numberOf(expected), numberOf(actual)]
  if (wanted === null || found === null) return textOf(expected) === textOf(actual) ? null : noDistance
  if (Object.is(wanted, found) || wanted === found) return null
  const distance = Math.abs(found - wanted)
  if (distance <= absolute || distance <= relative * Math.abs(wanted)) return null
  return { absolute: distance, relative: wanted === 0 ? null : distance / Math.abs(wanted) }
}

const noDistance = { absolute: null, relative: null } as const

/** Outputs whose expected values a file has; those that are inputs too are read as inputs. */
export function comparedOutputs(
  outputs: readonly Feature[],
  inputs: readonly Feature[],
  expected: Iterable<string>,
  isOwnFile: boolean,
): string[] {
  const names = new Set(expected)
  const read = new Set(isOwnFile ? [] : inputs.map((input) => input.name))
  return outputs.map(({ name }) => name).filter((name) => names.has(name) && !read.has(name))
}

/** Compares rows as they come and keeps the first differences. */
export class RowComparison {
  rows = 0
  differing = 0
  readonly differences: Difference[] = []
  readonly outputs: Map<string, OutputTally>
  readonly #tolerance: Tolerance
  readonly #maxKept: number
  total = 0

  constructor(outputs: readonly string[], tolerance: Tolerance, maxKept: number) {
    this.outputs = new Map(outputs.map((name) => [name, { compared: 0, differing: 0, largestAbsolute: 0 }]))
    this.#tolerance = tolerance
    this.#maxKept = maxKept
  }

  /** Compares a row; `prediction` is the reason why there is none, or the prediction. Absent expectations are not compared. */
  add(expected: RecordValue, prediction: RecordValue | string): void {
    const row = ++this.rows
    let isSame = true
    for (const [output, tally] of this.outputs) {
      const wanted = expected[output]
      tally.compared++
      const actual = typeof prediction === 'string' ? undefined : prediction[output]
      // A row that should not be scored is as expected when it is not.
      const found = differenceOf(wanted, actual, this.#tolerance)
      if (found === null) continue
      isSame = false
      tally.differing++
      this.total++
      if (found.absolute !== null) tally.largestAbsolute = Math.max(tally.largestAbsolute, found.absolute)
      if (this.differences.length >= this.#maxKept) continue
      const shown = typeof prediction === 'string' ? `error: ${prediction}` : textOf(actual)
      this.differences.push({ row, output, expected: textOf(wanted), actual: shown, ...found })
    }
    if (!isSame) this.differing++
  }
}

/** Items of a list, also of one that is written as JSON. */
function itemsOf(value: Value | undefined): readonly Value[] | null {
  if (Array.isArray(value)) return value as readonly Value[]
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
  if (typeof value !== 'string' || !value.startsWith('[')) return null
  try {
    return itemsOf(JSON.parse(value) as Value)
  } catch {
    return null
  }
}

function isNone(value: Value | undefined): boolean {
  return value === null || value === undefined || value === ''
}

function numberOf(value: Value | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.trim())) return null
  return Number(value)
}

/** A value as people write it; `true` and `True` are the same word. */
function textOf(value: Value | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean' || value === 'True' || value === 'False') return String(value).toLowerCase()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
