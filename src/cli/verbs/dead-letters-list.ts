import { integer } from '../../config/option.ts'
import type { DeadLetter } from '../../streams/dead-letter.ts'
import { type FoundLetter, isFiltering, letterFilterOptions, lettersOf } from '../dead-letter-list.ts'
import { placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import { defineVerb } from '../verb.ts'

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
export const deadLettersListVerb = defineVerb({
  name: 'dead-letters list',
  formerName: 'dead-letters',
  summary: 'List the records that were given up on, with the reason and where they came from',
  description: TOPIC_FORMS,
  operands: [{ name: 'topic', summary: 'Topic of the dead letters' }],
  options: {
    ...placeOptions,
    ...letterFilterOptions,
    max: integer(
      { summary: 'At most this many, the newest of each partition', unit: 'records', default: 100 },
      { min: 1 },
    ),
  },
  examples: [
    { command: 'millrace dead-letters list iris.dead-letters', summary: 'the last hundred' },
    { command: 'millrace dead-letters list iris.dead-letters --json --max 5', summary: 'with the original bytes' },
    {
      command: 'millrace dead-letters list kafka:127.0.0.1:9092/iris.dead-letters --code ENCODING_JSON_SYNTAX',
      summary: 'of a Kafka cluster: those that were no JSON',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const rows = await withTopic(world, operands[0] as string, options, async ({ store, topic }) => {
      const [starts, ends] = [await store.positions(topic, 'earliest'), await store.positions(topic, 'latest')]
      const rows: Row[] = []
      for (const [partition, to] of ends.entries()) {
        const start = starts[partition] as number
        const from = isFiltering(options) ? start : Math.max(start, to - options.max)
        const found: Row[] = []
        for await (const letters of lettersOf(store, { topic, partition, from, to }, options)) {
          for (const letter of letters) found.push(rowOf(letter))
          if (found.length > options.max) found.splice(0, found.length - options.max)
        }
        for (const row of found) rows.push(row)
      }
      return rows
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

function rowOf({ at, letter, fault, value }: FoundLetter): Row {
  const code = letter?.code ?? fault?.code ?? ''
  const reason = letter?.reason ?? fault?.message ?? ''
  const { model = null, timestampMs = Number.NaN, position = at, bytes = value } = letter ?? {}
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
