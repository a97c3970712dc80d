import { text } from '../config/option.ts'
import { bytesAt } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import { type DeadLetter, readDeadLetter } from '../streams/dead-letter.ts'
import { formatPosition } from '../streams/position-text.ts'
import { timeOption } from './times.ts'
import type { TopicStore } from './topics/topic-store.ts'

const BATCH_RECORDS = 1_000
const WAIT_MS = 1_000

/** Options that choose among dead letters. */
export const letterFilterOptions = {
  code: text({ summary: 'Only those with this error code', isOptional: true, examples: ['ENCODING_JSON_SYNTAX'] }),
  model: text({
    summary: 'Only those that this model did not score: its name, or name@version',
    isOptional: true,
    examples: ['tree@2'],
  }),
  since: text({
    summary: 'Only those given up at this time or later: ISO 8601, or milliseconds since 1970',
    isOptional: true,
  }),
  until: text({ summary: 'Only those given up before this time', isOptional: true }),
} as const

/** Values of `letterFilterOptions`. */
export interface LetterFilter {
  readonly code?: string | undefined
  readonly model?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** True when anything is chosen by it. */
export function isFiltering(filter: LetterFilter): boolean {
  return [filter.code, filter.model, filter.since, filter.until].some((value) => value !== undefined)
}

/** A record of a dead-letter topic: a letter, or why it is none. */
export interface FoundLetter {
  readonly partition: number
  readonly position: number
  /** Text form of its place. */
  readonly at: string
  readonly letter: DeadLetter | null
  readonly fault: MillraceError | null
  /** Value as it stands in the topic. */
  readonly value: Uint8Array | null
}

/** The letters of one partition in `[from, to)` that pass the filter, batch by batch as they are read. */
export async function* lettersOf(
  store: TopicStore,
  {
    topic,
    partition,
    from,
    to,
  }: { readonly topic: string; readonly partition: number; readonly from: number; readonly to: number },
  filter: LetterFilter,
): AsyncGenerator<FoundLetter[]> {
  const passes = filterOf(filter)
  const reader = await store.reader(topic, partition, from)
  try {
    while (reader.position < to) {
      const batch = await reader.next(BATCH_RECORDS, WAIT_MS)
      const found: FoundLetter[] = []
      for (let i = 0; i < batch.length; i++) {
        const position = batch.positions[i] as number
        if (position >= to) break
        const [value, headers, key] = [batch.values, batch.headers, batch.keys].map((c) => c && bytesAt(c, i))
        const one = foundAt(topic, partition, position, value ?? null, headers ?? null, key ?? null)
        if (passes(one)) found.push(one)
      }
      yield found
    }
  } finally {
    await reader.close()
  }
}

function foundAt(
  topic: string,
  partition: number,
  position: number,
  value: Uint8Array | null,
  headers: Uint8Array | null,
  key: Uint8Array | null,
): FoundLetter {
  const at = formatPosition(topic, partition, position)
  try {
    return { partition, position, at, value, letter: readDeadLetter(value, headers, key), fault: null }
  } catch (thrown) {
    return { partition, position, at, value, letter: null, fault: MillraceError.from(thrown, at) }
  }
}

function filterOf(filter: LetterFilter): (found: FoundLetter) => boolean {
  const { code, model } = filter
  const sinceMs = filter.since === undefined ? Number.NEGATIVE_INFINITY : timeOption('since', filter.since)
  const untilMs = filter.until === undefined ? Number.POSITIVE_INFINITY : timeOption('until', filter.until)
  const isTimed = filter.since !== undefined || filter.until !== undefined
  return ({ letter, fault }) => {
    if (code !== undefined && (letter?.code ?? fault?.code) !== code) return false
    if (model !== undefined && letter?.model !== model && letter?.model?.startsWith(`${model}@`) !== true) return false
    if (!isTimed) return true
    return letter !== null && letter.timestampMs >= sinceMs && letter.timestampMs < untilMs
  }
}
