import { integer, text } from '../../config/option.ts'
import { bytesAt } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type DeadLetter, readDeadLetter } from '../../streams/dead-letter.ts'
import { formatPosition } from '../../streams/position-text.ts'
import { existingTopic, logOptions, withLog } from '../log-file.ts'
import { defineVerb } from '../verb.ts'

const BATCH_RECORDS = 1_000
const PREVIEW_CHARACTERS = 60

interface Row extends Pick<DeadLetter, 'code' | 'reason' | 'model' | 'timestampMs'> {
  /** Where the dead letter is. */
  readonly at: string
  /** Where the record came from. */
  readonly position: string
  readonly preview: string
  /** The record as it came in, in base64; null when it had no value. */
  readonly base64: string | null
}

/** Lists records that were given up on. */
export const deadLettersVerb = defineVerb({
  name: 'dead-letters',
  summary: 'List the records that were given up on, with the reason and where they came from',
  operands: [{ name: 'topic', summary: 'Topic of the dead letters' }],
  options: {
    ...logOptions,
    code: text({ summary: 'Only those with this error code', isOptional: true, examples: ['ENCODING_JSON_SYNTAX'] }),
    max: integer(
      { summary: 'At most this many, the newest of each partition', unit: 'records', default: 100 },
      { min: 1 },
    ),
  },
  examples: [
    { command: 'millrace dead-letters iris.dead-letters', summary: 'the last hundred' },
    { command: 'millrace dead-letters iris.dead-letters --json --max 5', summary: 'with the original bytes' },
  ],
  run: async ({ world, options, operands, print }) => {
    const topic = operands[0] as string
    const rows = await withLog(world, options.path, false, (log) => {
      const { partitions } = existingTopic(log, topic)
      return Array.from({ length: partitions }, (_, partition) => {
        const end = log.endPosition(topic, partition)
        const start = Math.max(log.startPosition(topic, partition), options.code === undefined ? end - options.max : 0)
        const cursor = log.cursor(topic, partition, start, 'earliest')
        const found: Row[] = []
        for (let batch = cursor.read(BATCH_RECORDS); batch.length > 0; batch = cursor.read(BATCH_RECORDS)) {
          for (let i = 0; i < batch.length; i++) {
            const at = formatPosition(topic, partition, batch.positions[i] as number)
            const [value, headers, key] = [batch.values, batch.headers, batch.keys].map((c) => c && bytesAt(c, i))
            const row = rowOf(at, value ?? null, headers ?? null, key ?? null)
            if (options.code === undefined || row.code === options.code) found.push(row)
          }
          if (found.length > options.max) found.splice(0, found.length - options.max)
        }
        return found
      }).flat()
    })
    await print.table(rows, [
      { title: 'POSITION', of: (row) => row.position },
      {
        title: 'TIME',
        of: (row) => (Number.isFinite(row.timestampMs) ? new Date(row.timestampMs).toISOString() : '-'),
      },
      { title: 'CODE', of: (row) => row.code, color: () => 'red' },
      { title: 'MODEL', of: (row) => row.model },
      { title: 'RECORD', of: (row) => row.preview },
      { title: 'REASON', of: (row) => row.reason },
    ])
    return 0
  },
})

function rowOf(at: string, value: Uint8Array | null, headers: Uint8Array | null, key: Uint8Array | null): Row {
  let letter: Pick<DeadLetter, 'code' | 'reason' | 'model' | 'timestampMs' | 'position' | 'bytes'>
  try {
    letter = readDeadLetter(value, headers, key)
  } catch (thrown) {
    const { code, message } = MillraceError.from(thrown, at)
    letter = { code, reason: message, model: null, timestampMs: Number.NaN, position: at, bytes: value }
  }
  const { code, reason, model, timestampMs, position, bytes } = letter
  return { at, position, code, reason, model, timestampMs, preview: previewOf(bytes), base64: base64Of(bytes) }
}

function previewOf(bytes: Uint8Array | null): string {
  if (bytes === null) return '-'
  const shown = Buffer.from(bytes.subarray(0, PREVIEW_CHARACTERS * 4)).toString('utf8')
  return shown.length > PREVIEW_CHARACTERS ? `${shown.slice(0, PREVIEW_CHARACTERS - 1)}…` : shown
}

function base64Of(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64')
}
