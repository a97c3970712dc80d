import type { LogFile } from './log-file.ts'

/** Sets or removes one value; inside a write transaction. */
export function setState(file: LogFile, namespace: string, key: string, value: Uint8Array | null): void {
  if (value === null) file.statement('DELETE FROM state WHERE namespace = ? AND key = ?').run(namespace, key)
  else {
    file
      .statement('INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value')
      .run(namespace, key, value)
  }
}

/** One value, or null. */
export function stateOf(file: LogFile, namespace: string, key: string): Uint8Array | null {
  const row = file
    .statement('SELECT value FROM state WHERE namespace = ? AND key = ?')
    .get(namespace, key) as unknown as [Uint8Array] | undefined
  return row?.[0] ?? null
}

/** The keys of a namespace, sorted. */
export function stateKeys(file: LogFile, namespace: string): string[] {
  const rows = file.statement('SELECT key FROM state WHERE namespace = ? ORDER BY key').all(namespace) as unknown as [
    string,
  ][]
  return rows.map((row) => row[0])
}
