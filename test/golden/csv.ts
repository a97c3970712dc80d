/** Rows of a CSV file (RFC 4180) by the names in its first line; an empty cell is null. */
export function parseCsv(text: string): Record<string, string | null>[] {
  const rows: string[][] = [[]]
  // a cell is quoted, with doubled quotes inside, or runs up to the next comma or line end
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '') break
    if (end !== ',') rows.push([])
  }
  const [names = [], ...body] = rows.filter((row) => row.length > 1 || (row[0] ?? '') !== '')
  return body.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] || null])))
}
