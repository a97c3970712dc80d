import { readFile } from 'node:fs/promises'

/** What the flowers of the feed are, by the text of their record: what models should say. */
export type Species = ReadonlyMap<string, string>

/** Reads records (JSON lines) and their labels: the last column of a CSV with one row per record, in the same order. */
export async function readSpecies(records: URL, labelled: URL): Promise<Species> {
  const [lines, rows] = await Promise.all([records, labelled].map(linesOf))
  return new Map((lines ?? []).map((line, i) => [line, rows?.[i + 1]?.split(',').at(-1) ?? '']))
}

async function linesOf(file: URL): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
}
