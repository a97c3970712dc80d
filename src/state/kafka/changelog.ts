import { randomUUID } from 'node:crypto'
import { bytesAt, columnOf } from '../../core/bytes.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { type FrameBatch, framesOf } from '../../core/frames.ts'
import { decodeHeaders, encodeHeaders } from '../../core/headers.ts'
import type { Checkpoint } from '../state.ts'

/**
 * The records of a changelog topic (docs/specs/changelog.md):
 *
 *     key   = JSON [task, kind] or [task, kind, part]      part from 1; part 0 has the short key
 *     value = JSON text, or the bytes of one part of it; null removes
 *     headers, where a text has several parts: millrace-parts = their number, millrace-revision = the same for all of a text
 *
 * One record per task and kind survives compaction. Example: key `["iris/0/3/kafka:orders","positions"]`, value
 * `{"data":1042,"models":7,"read":1042,"predicted":1040,"deadLettered":2,"dropped":0}`.
 */
export const changelogKinds = ['positions', 'state', 'statistics'] as const
export type ChangelogKind = (typeof changelogKinds)[number]

/** A value of the changelog as JSON text; null removes it. */
export interface ChangelogEntry {
  readonly task: string
  readonly kind: ChangelogKind
  readonly text: string | null
}

const PARTS_HEADER = 'millrace-parts'
const REVISION_HEADER = 'millrace-revision'
/** Brokers take 1 MiB by default; a record has a key and headers too. */
const MAX_PART_BYTES = 512 * 1024
/** More parts than this are no text of ours. */
const MAX_PARTS = 1_024

/** The records of some values, in their order. */
export function changelogFrames(
  entries: readonly ChangelogEntry[],
  nowMs: number,
  maxPartBytes = MAX_PART_BYTES,
): FrameBatch {
  const keys: Buffer[] = []
  const values: (Buffer | null)[] = []
  const headers: (Buffer | null)[] = []
  const add = (key: readonly unknown[], value: Buffer | null, header: Buffer | null) => {
    keys.push(Buffer.from(JSON.stringify(key)))
    values.push(value)
    headers.push(header)
  }
  for (const { task, kind, text } of entries) {
    const bytes = text === null ? null : Buffer.from(text)
    if (bytes === null || bytes.length <= maxPartBytes) {
      add([task, kind], bytes, null)
      continue
    }
    const parts = Math.ceil(bytes.length / maxPartBytes)
    const header = encodeHeaders([
      [PARTS_HEADER, String(parts)],
      [REVISION_HEADER, randomUUID()],
    ])
    for (let part = 0; part < parts; part++) {
      const slice = bytes.subarray(part * maxPartBytes, (part + 1) * maxPartBytes)
      add(part === 0 ? [task, kind] : [task, kind, part], slice, header)
    }
  }
  return {
    ...framesOf(columnOf(values)),
    keys: columnOf(keys),
    headers: headers.some((header) => header !== null) ? columnOf(headers) : null,
    timestampsMs: new Float64Array(values.length).fill(nowMs),
  }
}

/** A text whose parts have not all come yet. */
interface PartialText {
  readonly revision: string
  readonly parts: (Uint8Array | null)[]
  missing: number
}

/** What the changelog says about one task. */
interface TaskTexts {
  readonly whole: Map<ChangelogKind, string>
  readonly partial: Map<ChangelogKind, PartialText>
}

/** The latest values of the tasks of a partition, from the records of their changelog in order. */
export class ChangelogTable {
  /** Name of the topic, for messages. */
  readonly #topic: string
  readonly #tasks = new Map<string, TaskTexts>()

  constructor(topic: string) {
    this.#topic = topic
  }

  /** Takes records; what is none of ours is passed over. Returns the tasks whose state changed. */
  apply(batch: FrameBatch): ReadonlySet<string> {
    const changed = new Set<string>()
    for (let i = 0; i < batch.length; i++) {
      const key = batch.keys && keyOf(bytesAt(batch.keys, i))
      if (!key) continue
      const value = bytesAt(batch.values, i)
      const header = batch.headers && bytesAt(batch.headers, i)
      if (this.#take(key, value, header) && key.kind === 'state') changed.add(key.task)
    }
    return changed
  }

  get(task: string): Checkpoint | null {
    const texts = this.#tasks.get(task)?.whole
    if (!texts || texts.size === 0) return null
    const value = (kind: ChangelogKind) => this.#parse(task, texts.get(kind))
    return {
      positions: (value('positions') ?? {}) as Checkpoint['positions'],
      state: value('state'),
      statistics: value('statistics'),
    }
  }

  /** The task's state alone, or null. */
  stateOf(task: string): unknown {
    return this.#parse(task, this.#tasks.get(task)?.whole.get('state'))
  }

  /** Names of the tasks that have a checkpoint, in any order. */
  tasks(): string[] {
    return [...this.#tasks].filter(([, { whole }]) => whole.size > 0).map(([task]) => task)
  }

  #parse(task: string, text: string | undefined): unknown {
    if (text === undefined) return null
    try {
      return JSON.parse(text)
    } catch (error) {
      const parameters = { task, store: `kafka topic "${this.#topic}"`, reason: reasonOf(error) }
      throw new MillraceError('STATE_CHECKPOINT_DAMAGED', parameters, error)
    }
  }

  /** True when a value is another one from now on. */
  #take({ task, kind, part }: ChangelogKey, value: Uint8Array | null, header: Uint8Array | null): boolean {
    const headers = header && header.length > 0 ? decodeHeaders(header) : null
    const parts = headers?.has(PARTS_HEADER) ? Number(headers.get(PARTS_HEADER)) : 1
    if (value === null || (parts === 1 && part === 0)) {
      if (part > 0) return false // a part that is removed was left over from a longer text
      this.#set(task, kind, value && textOf(value))
      return true
    }
    if (!Number.isInteger(parts) || parts < 2 || parts > MAX_PARTS || part >= parts) return false
    const revision = headers?.get(REVISION_HEADER)?.toString('utf8') ?? ''
    const { partial } = this.#of(task)
    let text = partial.get(kind)
    if (text?.revision !== revision || text.parts.length !== parts) {
      text = { revision, parts: new Array<null>(parts).fill(null), missing: parts }
      partial.set(kind, text)
    }
    if (text.parts[part] === null) text.missing--
    text.parts[part] = Buffer.from(value) // a copy: the batch's buffer is not kept
    if (text.missing > 0) return false
    this.#set(task, kind, Buffer.concat(text.parts as Uint8Array[]).toString('utf8'))
    return true
  }

  #set(task: string, kind: ChangelogKind, text: string | null): void {
    const { whole, partial } = this.#of(task)
    partial.delete(kind)
    if (text === null) whole.delete(kind)
    else whole.set(kind, text)
    if (whole.size === 0 && partial.size === 0) this.#tasks.delete(task)
  }

  #of(task: string): TaskTexts {
    let texts = this.#tasks.get(task)
    if (!texts) {
      texts = { whole: new Map(), partial: new Map() }
      this.#tasks.set(task, texts)
    }
    return texts
  }
}

interface ChangelogKey {
  readonly task: string
  readonly kind: ChangelogKind
  readonly part: number
}

/** The text of some bytes, without a copy of them. */
function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}

/** The key of a record, or null when it is none of ours. */
function keyOf(bytes: Uint8Array | null): ChangelogKey | null {
  if (bytes === null || bytes[0] !== 0x5b) return null
  let key: unknown
  try {
    key = JSON.parse(textOf(bytes))
  } catch {
    return null
  }
  if (!Array.isArray(key)) return null
  const [task, kind, part = 0] = key as unknown[]
  if (typeof task !== 'string' || !changelogKinds.includes(kind as ChangelogKind)) return null
  if (!Number.isInteger(part) || (part as number) < 0) return null
  return { task, kind: kind as ChangelogKind, part: part as number }
}
