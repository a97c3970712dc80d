/** Rows of a CSV file (RFC 4180) by the names in its first line; an empty cell is null. An empty line is no row. */
export function parseCsv(text: string): Record<string, string | null>[] {
  const rows: string[][] = [[]]
  let isBlank = true
  // a cell is quoted, with doubled quotes inside, or runs up to the next comma or line end
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    isBlank &&= quoted === undefined && plain === '' && end !== ','
    if (end === ',') continue
    if (isBlank) rows.pop()
    isBlank = true
    if (end === '') break
    rows.push([])
  }
  const [names = [], ...body] = rows
  return body.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] || null])))
}
