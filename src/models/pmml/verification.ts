import type { RecordValue } from '../../schema/value.ts'
import type { VerificationReport } from '../model.ts'
import { childOf, childrenOf, columnNamed, type DocumentReader, tableRows } from './document.ts'
import type { Plan } from './plan.ts'
import { openPlan } from './scorer.ts'
import { parseNumber } from './types.ts'
import type { XmlElement } from './xml.ts'

interface Field {
  readonly name: string
  readonly column: string
  readonly precision: number
  readonly zeroThreshold: number
  readonly isInput: boolean
}

const maxRows = 1000

/** Scores the rows of the document's ModelVerification and reports what differs; null when it has none. */
export function verify(
  reader: DocumentReader,
  model: XmlElement,
  plan: Plan,
): { report: VerificationReport | null; records: RecordValue[] } {
  const element = childOf(model, 'ModelVerification')
  const table = element && childOf(element, 'InlineTable')
  if (!element || !table) return { report: null, records: [] }
  const fields = fieldsOf(reader, element, plan)
  const rows = tableRows(reader, table).slice(0, maxRows)
  const score = openPlan(plan)
  const differences: { row: number; output: string; expected: string; actual: string }[] = []
  const records = rows.map((row, at) => {
    const record = Object.fromEntries(fields.filter((f) => f.isInput).map((f) => [f.name, row.get(f.column) ?? null]))
    const outputs = fields.filter((f) => !f.isInput && row.has(f.column))
    try {
      const prediction = score(record)
      for (const field of outputs) {
        const expected = row.get(field.column) as string
        const actual = prediction[field.name]
        if (!agrees(expected, actual, field))
          differences.push({ row: at, output: field.name, expected, actual: String(actual) })
      }
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      for (const field of outputs) {
        differences.push({
          row: at,
          output: field.name,
          expected: row.get(field.column) as string,
          actual: `error: ${reason}`,
        })
      }
    }
    return record
  })
  return { report: { rows: rows.length, differences }, records }
}

function fieldsOf(reader: DocumentReader, element: XmlElement, plan: Plan): Field[] {
  const holder = childOf(element, 'VerificationFields')
  const inputs = new Set(plan.inputs.filter((input) => input.isActive).map((input) => input.name))
  const outputs = new Set(plan.columns.map((column) => column.name))
  return (holder ? childrenOf(holder, 'VerificationField') : [])
    .map((field) => {
      const name = reader.text(field, 'field')
      return {
        name,
        column: columnNamed(field.attributes['column'] ?? name),
        precision: reader.number(field, 'precision', 1e-6),
        zeroThreshold: reader.number(field, 'zeroThreshold', 1e-16),
        isInput: inputs.has(name) && !outputs.has(name),
      }
    })
    .filter((field) => field.isInput || outputs.has(field.name))
}

/** A text of the document against an actual value: both near zero, or within the relative precision; other types must be equal. */
export function agrees(
  expected: string,
  actual: unknown,
  field: { readonly precision: number; readonly zeroThreshold: number },
): boolean {
  if (expected === '') return actual === null || actual === ''
  if (typeof actual === 'number') {
    const number = parseNumber(expected)
    if (number === null) return false
    if (number === actual) return true
    if (Math.abs(number) <= field.zeroThreshold && Math.abs(actual) <= field.zeroThreshold) return true
    return Math.abs(actual - number) <= Math.abs(number) * field.precision
  }
  return expected === String(actual)
}
