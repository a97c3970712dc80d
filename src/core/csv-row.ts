import type { CsvForm } from './csv-scan.ts'

/**
 * Cells of one row of CSV text, for rows that are read once (a header). Lenient: what follows a closing quote is part of the cell,
 * a quote that is not closed ends with the row.
 */
export function cellsOfRow(text: string, { delimiter, quote }: CsvForm): string[] {
  const cells: string[] = []
  let at = 0
  for (;;) {
    let cell = ''
    if (quote !== '' && text.startsWith(quote, at)) {
      at++
      for (;;) {
        const close = text.indexOf(quote, at)
        cell += close < 0 ? text.slice(at) : text.slice(at, close)
        at = close < 0 ? text.length : close + 1
        if (close < 0 || text[at] !== quote) break
        cell += quote
        at++
      }
    }
    const end = text.indexOf(delimiter, at)
    cells.push(cell + (end < 0 ? text.slice(at) : text.slice(at, end)))
    if (end < 0) return cells
    at = end + delimiter.length
  }
}
