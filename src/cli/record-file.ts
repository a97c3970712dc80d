import { MillraceError } from '../core/errors.ts'
import type { RecordValue } from '../schema/value.ts'
import { linesOf } from './lines.ts'
import { parsedJson } from './record-encoding.ts'
import type { World } from './verb.ts'

/** Forms of a file of records: JSON lines, or comma-separated values under a line of names. */
export const recordFileForms = ['jsonl', 'csv'] as const
export type RecordFileForm = (typeof recordFileForms)[number]

/** The form that the ending of a name suggests. */
export function recordFileForm(path: string): RecordFileForm {
  return /\.csv$/i.test(path) ? 'csv' : 'jsonl'
}

/**
 * Records of a file in the batches in which they are read. Values of CSV are text, absent where a cell is empty. A line that
 * cannot be read is an error with its number.
 */
export async function* recordsOf(world: World, path: string, form: RecordFileForm): AsyncGenerator<RecordValue[]> {
  let lineNumber = 0
  let names: string[] | null = null
  for await (const lines of linesOf(world, path)) {
    const records: RecordValue[] = []
    for (const line of lines) {
      lineNumber++
      if (line.length === 0) continue
      const place = `${path}:${lineNumber}`
      if (form === 'jsonl') records.push(recordIn(line, place))
      else if (names === null) names = cellsOf(textOf(line).replace(/^\ufeff/, ''), place)
      else records.push(row(names, cellsOf(textOf(line), place), place))
    }
    if (records.length > 0) yield records
  }
}

/** Cells of one line as RFC 4180 has them; a cell with a line break is not supported. */
export function cellsOf(line: string, place: string): string[] {
  const cells: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  do {
    const match = cell.exec(line)
    if (!match) throw new MillraceError('CLI_INPUT_WRONG', { place, reason: `cell ${cells.length + 1} is not CSV` })
    cells.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'))
    if (match[3] === '') return cells
  } while (cell.lastIndex <= line.length)
  return cells
}

function row(names: readonly string[], cells: readonly string[], place: string): RecordValue {
  if (cells.length > names.length) {
    const reason = `it has ${cells.length} cells, the first line has ${names.length} names`
    throw new MillraceError('CLI_INPUT_WRONG', { place, reason })
  }
  return Object.fromEntries(names.flatMap((name, i) => (cells[i] ? [[name, cells[i]]] : []))) as RecordValue
}

function recordIn(line: Uint8Array, place: string): RecordValue {
  let value: unknown
  try {
    value = parsedJson(line)
  } catch (thrown) {
    const reason = MillraceError.from(thrown, place).message.replace(/^input: /, '')
    throw new MillraceError('CLI_INPUT_WRONG', { place, reason }, thrown)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RecordValue
  throw new MillraceError('CLI_INPUT_WRONG', { place, reason: 'the line is JSON but not an object' })
}

function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
}
