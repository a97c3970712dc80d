import { MillraceError } from '../../core/errors.ts'
import type { LogFile } from './log-file.ts'

/**
 * The right to commit under a name. Who acquires a name gets the next epoch; a transaction that requires an older one does
 * not commit. So of two processes that run the same task only the one that started last commits anything.
 */
export interface Fence {
  readonly name: string
  readonly epoch: number
}

/** Takes a name over; inside a write transaction. */
export function takeFence(file: LogFile, name: string): Fence {
  const row = file
    .statement('INSERT INTO fences VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1 RETURNING epoch')
    .get(name) as unknown as [number]
  return Object.freeze({ name, epoch: row[0] })
}

/** Throws CLIENT_LOG_FENCED when somebody has taken the name over since; inside a write transaction. */
export function checkFence(file: LogFile, { name, epoch }: Fence): void {
  const row = file.statement('SELECT epoch FROM fences WHERE name = ?').get(name) as unknown as [number] | undefined
  const actual = row?.[0] ?? 0
  if (actual !== epoch) throw new MillraceError('CLIENT_LOG_FENCED', { name, actual, expected: epoch })
}
