import type { Clock } from '../../core/clock.ts'
import { BlobPool } from './blob-pool.ts'
import { type Durability, LogFile } from './log-file.ts'
import type { LogParts } from './log-transaction.ts'
import { Maintenance } from './maintenance.ts'
import { Tails } from './tails.ts'
import { Topics } from './topics.ts'

/** What makes two opens of a file different connections. */
export interface HandleOptions {
  readonly clock: Clock
  readonly durability: Durability
  readonly busyTimeoutMs: number
  readonly isMaintained: boolean
}

interface Handle {
  readonly parts: LogParts
  readonly options: HandleOptions
  uses: number
}

/**
 * Open connections of this thread, by path. They are shared because transactions of one thread span readers, writers and
 * stores that know nothing of each other; that is also why this is module state, and it only ever holds what is open.
 */
const handles = new Map<string, Handle[]>()

/** The thread's connection to a file, opened when there is none with these options. */
export function borrow(path: string, options: HandleOptions): LogParts {
  const open = handles.get(path) ?? []
  let handle = open.find((candidate) => isSame(candidate.options, options))
  if (!handle) {
    handle = { parts: openParts(path, options), options, uses: 0 }
    handles.set(path, [...open, handle])
  }
  handle.uses++
  return handle.parts
}

/** Gives a connection back; the last user closes it. */
export function giveBack(parts: LogParts): void {
  const { path } = parts.file
  const open = handles.get(path) ?? []
  const handle = open.find((candidate) => candidate.parts === parts)
  if (!handle || --handle.uses > 0) return
  const others = open.filter((candidate) => candidate !== handle)
  if (others.length > 0) handles.set(path, others)
  else handles.delete(path)
  parts.maintenance.close()
  parts.file.close()
}

function openParts(path: string, options: HandleOptions): LogParts {
  const file = new LogFile(path, options)
  return {
    file,
    tails: new Tails(file),
    topics: new Topics(file),
    maintenance: new Maintenance(file, options.isMaintained, options.busyTimeoutMs),
    blobs: new BlobPool(),
    domain: domainOf(path),
  }
}

/** Name of the transaction domain of a log file with this absolute path. */
export function domainOf(path: string): string {
  return `log:${path}`
}

function isSame(a: HandleOptions, b: HandleOptions): boolean {
  return (
    a.clock === b.clock &&
    a.durability === b.durability &&
    a.busyTimeoutMs === b.busyTimeoutMs &&
    a.isMaintained === b.isMaintained
  )
}
