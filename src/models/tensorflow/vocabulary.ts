import type { TfTable, TfTensor } from './graph.ts'
import type { TfDtype } from './tf-dtype.ts'

/** What of each line is a key and what a value: -2 the whole line, -1 its number from 0, else a column. */
export interface VocabularyChoice {
  readonly keyIndex: number
  readonly valueIndex: number
  /** Lines that count; -1 = all. */
  readonly vocabulary: number
  /** Added to line numbers. */
  readonly offset: number
  readonly delimiter: string
  readonly keyDtype: TfDtype
  readonly valueDtype: TfDtype
}

const WHOLE_LINE = -2
const LINE_NUMBER = -1

/**
 * The table in a text file of one entry per line (lookup_table_init_op and lookup_util.cc, TextFileLineIterator, of TensorFlow 2.21).
 * Carriage returns do not count; an empty line is a fault. Of equal keys the first counts here; TensorFlow refuses different values.
 */
export function tableOfFile(
  file: Uint8Array,
  choice: VocabularyChoice,
  fault: (reason: string) => Error,
): Pick<TfTable, 'keys' | 'values'> {
  const lines = linesOf(file)
  const count = choice.vocabulary >= 0 ? choice.vocabulary : lines.length
  if (count > lines.length) throw fault(`it has ${lines.length} lines, fewer than the ${count} of the table`)
  const keys: (Buffer | bigint)[] = []
  const values: (Buffer | bigint)[] = []
  const needsColumns = choice.keyIndex >= 0 || choice.valueIndex >= 0
  for (let i = 0; i < count; i++) {
    const line = lines[i] as Buffer
    if (line.length === 0) throw fault(`line ${i + 1} is empty`)
    const columns = needsColumns ? line.toString('latin1').split(choice.delimiter) : []
    const part = (index: number): Buffer | bigint => {
      if (index === WHOLE_LINE) return line
      if (index === LINE_NUMBER) return BigInt(i + choice.offset)
      const column = columns[index]
      if (column === undefined) throw fault(`line ${i + 1} has ${columns.length} columns, column ${index} is expected`)
      return Buffer.from(column, 'latin1')
    }
    keys.push(part(choice.keyIndex))
    values.push(part(choice.valueIndex))
  }
  return {
    keys: columnOf(keys, choice.keyDtype, (row) => fault(`line ${row + 1} has a key that is no ${choice.keyDtype}`)),
    values: columnOf(values, choice.valueDtype, (row) =>
      fault(`line ${row + 1} has a value that is no ${choice.valueDtype}`),
    ),
  }
}

function linesOf(file: Uint8Array): Buffer[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    const line = bytes.subarray(from, end < 0 ? bytes.length : end)
    lines.push(line.includes(13) ? Buffer.from(line.filter((byte) => byte !== 13)) : line)
    from = end < 0 ? bytes.length : end + 1
  }
  return lines
}

function columnOf(items: readonly (Buffer | bigint)[], dtype: TfDtype, fault: (row: number) => Error): TfTensor {
  const shape = [items.length]
  const size = items.length
  switch (dtype) {
    case 'string':
      return {
        dtype,
        shape,
        size,
        data: items.map((item) => (typeof item === 'bigint' ? Buffer.from(String(item)) : item)),
      }
    case 'int64': {
      const data = BigInt64Array.from(items, (item, row) => {
        const text = String(item).trim()
        if (typeof item !== 'bigint' && !/^-?\d{1,19}$/.test(text)) throw fault(row)
        return BigInt(text)
      })
      return { dtype, shape, size, data }
    }
    case 'int32':
    case 'float32':
    case 'float64': {
      const data = new { int32: Int32Array, float32: Float32Array, float64: Float64Array }[dtype](size)
      items.forEach((item, row) => {
        const value = Number(String(item).trim() || Number.NaN)
        if (Number.isNaN(value)) throw fault(row)
        data[row] = value
      })
      return { dtype, shape, size, data }
    }
    default:
      throw fault(0)
  }
}
