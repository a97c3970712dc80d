import { describe, expect, test } from 'vitest'
import {
  CellKind,
  type CsvForm,
  type CsvMarks,
  CsvScan,
  csvMarks,
  lastRowEnd,
  walkRows,
} from '../../src/core/csv-scan.ts'
import { seeded } from '../random.ts'

const comma: CsvForm = { delimiter: ',', quote: '"' }

/** A row as the slow reader sees it. */
interface Row {
  readonly cells: readonly string[] | null
  readonly line: number
  readonly text: string
  /** True when a quote is open at the end of the text. */
  readonly isOpen?: boolean
}

/** The grammar once more, a character at a time and in no hurry. */
function slowRows(text: string, { delimiter, quote }: CsvForm): Row[] {
  const rows: Row[] = []
  let at = 0
  let line = 0
  while (at < text.length) {
    const blank = /^(\r?\n|\r$)/.exec(text.slice(at, at + 2) + (at + 2 < text.length ? '.' : ''))
    if (text.startsWith('\n', at) || text.startsWith('\r\n', at) || text.slice(at) === '\r') {
      at += blank?.[1]?.length ?? 1
      line++
      continue
    }
    const start = at
    const cells: string[] = []
    let fault: 'none' | 'open' | 'garbage' = 'none'
    for (;;) {
      let cell = ''
      if (quote !== '' && text.startsWith(quote, at)) {
        at++
        for (;;) {
          if (at >= text.length) {
            fault = 'open'
            break
          }
          if (text[at] !== quote) cell += text[at++]
          else if (text[at + 1] === quote) {
            cell += quote
            at += 2
          } else {
            at++
            break
          }
        }
        if (fault === 'open') break
        cells.push(cell)
        if (text.startsWith(delimiter, at)) {
          at += delimiter.length
          continue
        }
        if (text[at] === '\r' && (at + 1 === text.length || text[at + 1] === '\n')) at++
        if (at < text.length && text[at] !== '\n') fault = 'garbage'
        break
      }
      while (at < text.length && text[at] !== '\n' && !text.startsWith(delimiter, at)) cell += text[at++]
      if (text.startsWith(delimiter, at)) {
        cells.push(cell)
        at += delimiter.length
        continue
      }
      cells.push(cell.endsWith('\r') ? cell.slice(0, -1) : cell)
      break
    }
    if (fault === 'open') at = start
    while (fault !== 'none' && at < text.length && text[at] !== '\n') at++
    const whole = text.slice(start, at)
    rows.push({ cells: fault === 'none' ? cells : null, line, text: whole, isOpen: fault === 'open' })
    line += whole.split('\n').length
    at++
  }
  return rows
}

/** All rows by the scan, a few at a time. */
function scanned(text: string, form: CsvForm, width: number, maxRows: number, before = ''): Row[] {
  const bytes = Buffer.from(before + text)
  const scan = new CsvScan(csvMarks(form) as CsvMarks, width, maxRows)
  const rows: Row[] = []
  let line = 0
  for (let at = Buffer.byteLength(before); at < bytes.length; ) {
    at = scan.scan(bytes, at, bytes.length)
    for (let row = 0; row < scan.rows; row++) {
      const cells = Array.from({ length: width }, (_, i) => {
        const c = row * width + i
        const cell = bytes.toString('utf8', scan.starts[c], scan.ends[c])
        return scan.kinds[c] === CellKind.escaped ? cell.replaceAll(form.quote + form.quote, form.quote) : cell
      })
      rows.push({
        cells: scan.faults?.has(row) ? null : cells,
        line: line + (scan.rowLines[row] as number),
        text: bytes.toString('utf8', scan.rowStarts[row], scan.rowEnds[row]),
      })
    }
    line += scan.lines
  }
  return rows
}

const pieces = ['a', 'bc', '"', '""', ',', ',', '\n', '\n', '\r\n', '\r', ' ', 'é', ';', ';;', '"x"', '"a,b"', '"1\n2"']

function randomText(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 14) }, () => pieces[Math.floor(random() * pieces.length)]).join('')
}

const forms: readonly CsvForm[] = [
  comma,
  { delimiter: ';;', quote: '"' },
  { delimiter: ',', quote: '' },
  { delimiter: ';', quote: "'" },
]

describe.each(forms)('with $delimiter and $quote', (form) => {
  test('rows, cells, faults and lines are those of a slow reader, whatever the text', () => {
    const random = seeded(201)
    for (let round = 0; round < 8_000; round++) {
      const text = randomText(random)
      const width = 1 + Math.floor(random() * 3)
      const expected = slowRows(text, form).map((row) => ({
        ...row,
        cells: row.cells?.length === width ? row.cells : null,
      }))
      const found = scanned(text, form, width, 1 + Math.floor(random() * 3), random() < 0.3 ? 'é"\n' : '')
      const plain = (rows: readonly Row[]) =>
        rows.map(({ cells, line, text: row }) => ({ cells, line, text: row.replace(/\r+$/, '') }))
      expect(plain(found), JSON.stringify(text)).toEqual(plain(expected))
    }
  })

  test('text cut after its last complete row has the same rows as the whole', () => {
    const random = seeded(202)
    const marks = csvMarks(form) as CsvMarks
    for (let round = 0; round < 8_000; round++) {
      const text = `${randomText(random)}\n`
      // An open quote is told only at the end of the text.
      if (slowRows(text, form).some((row) => row.isOpen)) continue
      const bytes = Buffer.from(text)
      const to = Math.floor(random() * (bytes.length + 1))
      const end = lastRowEnd(bytes, 0, to, marks)
      if (end < 0) continue
      const parts = [bytes.subarray(0, end), bytes.subarray(end)].flatMap((part) => slowRows(part.toString(), form))
      expect(
        parts.map((row) => row.cells),
        JSON.stringify([text, to]),
      ).toEqual(slowRows(text, form).map((row) => row.cells))
    }
  })
})

test('a fault says which cell or how many', () => {
  const scan = new CsvScan(csvMarks(comma) as CsvMarks, 2, 10)
  const text = Buffer.from('1,2,3\n1\n1,"2"x\n1,2\n"open,2\n3,4\n')
  scan.scan(text, 0, text.length)
  expect([...(scan.faults ?? [])].map(([row, { message }]) => `${row} ${message}`)).toEqual([
    '0 record is not a CSV row: it has 3 cells, expected 2 as the header has',
    '1 record is not a CSV row: it has 1 cell, expected 2 as the header has',
    '2 record is not a CSV row: cell 2 goes on with "x" after its closing quote',
    '4 record is not a CSV row: the quote of cell 1 is not closed',
  ])
  expect(scan.rows).toBe(6)
})

test('walkRows tells each complete row', () => {
  const rows: string[] = []
  const bytes = Buffer.from('a,"b\nc"\n\n"d\n')
  expect(
    walkRows(bytes, 0, bytes.length, csvMarks(comma) as CsvMarks, (start, end) =>
      rows.push(bytes.toString('utf8', start, end)),
    ),
  ).toBe(9)
  expect(rows).toEqual(['a,"b\nc"', ''])
})

test('a form that cannot be read back is none', () => {
  for (const [delimiter, quote] of [
    ['', '"'],
    ['"', '"'],
    ['\n', '"'],
    [',', '""'],
    [',', 'é'],
    [',', '\n'],
  ])
    expect(csvMarks({ delimiter: delimiter as string, quote: quote as string })).toBe(null)
})
