import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { parseOptions } from '../../src/config/parse.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import { encodeHeaders, headerText } from '../../src/core/headers.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import type {
  FrameReader,
  Transport,
  TransportContext,
  TransportReader,
  TransportWriter,
} from '../../src/transports/transport.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contextFor } from '../support/transport-context.ts'

const texts = ['alpha', 'beta', 'gamma', 'delta']

type Options = Readonly<Record<string, unknown>>

const kafka = await kafkaService()

/** How one way of using a transport is set up: a name, options, and where its records come from. */
interface Usage {
  readonly title: string
  /** The same for every test, or made anew for each. */
  readonly options: Options | (() => Promise<Options>)
  /** Puts the four texts where a reader finds them, and returns what the context needs. */
  fill(context: TransportContext, transport: Transport, options: Options): Promise<Partial<TransportContext>>
  /** Why nothing of it is tried here. */
  readonly skips?: string | null
  /** Why reading is not tried here. */
  readonly skipsReading?: string
}

const nothingToFill = async () => ({})
const lines = `${texts.join('\n')}\n`

/** Writes the texts with the transport itself. */
async function fillByWriting(context: TransportContext, transport: Transport, options: object) {
  const writer = await transport.openWriter(parsed(transport, options), context)
  await write(writer)
  await writer.close()
  return {}
}

const usages: Readonly<Record<string, readonly Usage[]>> = {
  discard: [{ title: '', options: {}, fill: nothingToFill }],
  file: [
    {
      title: 'that ends',
      options: { path: 'x.txt' },
      fill: async (context) => {
        writeFileSync(join(context.baseFolder, 'x.txt'), lines)
        return {}
      },
    },
    {
      title: 'that is followed',
      options: { path: 'deep/er/x.txt', follow: true },
      fill: (context, transport) => fillByWriting(context, transport, { path: 'deep/er/x.txt' }),
    },
  ],
  inline: [
    { title: 'with a list', options: { records: texts }, fill: nothingToFill },
    { title: 'with a text', options: { text: lines }, fill: nothingToFill },
  ],
  kafka: [
    {
      title: '',
      options: async () => ({ bootstrapServers: kafka.bootstrapServers, topic: await kafka.topic('words') }),
      fill: fillByWriting,
      skips: kafka.reason,
    },
  ],
  log: [
    {
      title: '',
      options: { path: 'a.db', topic: 'words' },
      fill: (context, transport) => fillByWriting(context, transport, { path: 'a.db', topic: 'words' }),
    },
  ],
  rest: [
    {
      title: 'simple',
      options: { mode: 'simple' },
      fill: async () => {
        const channel = new SlotQueue('slot 0', systemClock)
        for (const text of texts) channel.push(Buffer.from(text)).catch(() => {})
        return { channel }
      },
    },
    {
      title: 'chunked',
      options: { mode: 'chunked' },
      fill: async () => {
        const channel = new SlotQueue('slot 0', systemClock)
        channel.push(Buffer.from(lines)).catch(() => {})
        return { channel }
      },
    },
  ],
  stdio: [
    {
      title: '',
      options: {},
      fill: nothingToFill,
      skipsReading: 'standard input belongs to the test runner; test/transports/stdio runs a process of its own',
    },
  ],
}

function parsed(transport: Transport, options: object) {
  return parseOptions(transport.options, options, { source: 'test' })
}

/** Writes the texts in whatever unit the writer takes. */
async function write(writer: TransportWriter): Promise<void> {
  if (writer.accepts === 'chunks') await writer.write(Buffer.from(lines))
  else await writer.write(framesOf(columnOf(texts.map((text) => Buffer.from(text)))), null)
  await writer.flush()
}

/** Longest wait for what is there already. */
const READ_MS = 30_000

/** Reads until the texts, or what is left of them from the reader's position, have come; with the position after each read. */
async function readTexts(reader: TransportReader, count: number): Promise<{ seen: string[]; ends: number[] }> {
  let text = ''
  const seen: string[] = []
  const ends: number[] = []
  const deadlineMs = systemClock.monotonicMs() + READ_MS
  while (seen.length < count) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`only ${seen.length} of ${count} came: ${seen}`)
    if (reader.delivers === 'frames') {
      const batch = await reader.next(2, 50)
      if (batch === null) break
      expect(batch.length).toBeLessThanOrEqual(2)
      for (let k = 0; k < batch.length; k++) seen.push(Buffer.from(bytesAt(batch.values, k) ?? []).toString())
      if (batch.length > 0) ends.push(batch.end)
    } else {
      const chunk = await reader.next(50)
      if (chunk === null) break
      text += Buffer.from(chunk.bytes).toString()
      seen.splice(0, seen.length, ...text.split('\n').slice(0, -1))
      ends.push(chunk.position + chunk.bytes.length)
    }
  }
  return { seen, ends }
}

for (const transport of registry.list('transport') as Transport[]) {
  describe(`transport ${transport.name}`, () => {
    const ways = usages[transport.name] ?? []

    test('has a usage in this suite', () => expect(ways.length).toBeGreaterThan(0))

    test('states its guarantee for each direction that it has, with the condition', () => {
      const directed = [transport.guarantee, transport.guaranteeIn, transport.guaranteeOut].filter(
        (g) => g !== undefined,
      )
      expect(directed.length).toBeGreaterThan(0)
      for (const { condition } of directed) expect(condition).toMatch(/^[a-z].*[^.]$/)
      expect(transport.summary).toMatch(/^[a-z].*[^.]$/)
    })

    for (const usage of ways) {
      const open = async (fills: boolean) => {
        const given = typeof usage.options === 'function' ? await usage.options() : usage.options
        const options = parsed(transport, given)
        const base = contextFor({ baseFolder: temporaryFolder(), channel: new SlotQueue('slot 1', systemClock) })
        const context = { ...base, ...(fills ? await usage.fill(base, transport, given) : {}) }
        return { options, context, traits: transport.traits(options) }
      }

      describe.skipIf(typeof usage.skips === 'string')(usage.title || 'as it is', () => {
        test('has at least one partition', async () => {
          const { options, context } = await open(true)
          expect(await transport.partitions(options, context)).toBeGreaterThanOrEqual(1)
        })

        test('a direction that its traits deny is refused, with the place', async () => {
          const { options, context, traits } = await open(false)
          if (!traits.canRead) await expect(transport.openReader(options, context)).rejects.toThrow(context.place)
          if (!traits.canWrite) await expect(transport.openWriter(options, context)).rejects.toThrow(context.place)
        })

        test('a writer takes what its traits say, keeps to its domain, and can be closed twice', async () => {
          const { options, context, traits } = await open(false)
          if (!traits.canWrite || transport.name === 'stdio') return
          const writer = await transport.openWriter(options, context)
          expect(writer.accepts === 'frames').toBe(traits.keepsRecords)
          expect(writer.domain).toBe(transport.domain(options, context))
          await write(writer)
          await writer.close()
          await writer.close()
        })

        test.skipIf(usage.skipsReading !== undefined)(
          'a reader gives every record once, in order, from where it says it is',
          async () => {
            const { options, context, traits } = await open(true)
            if (!traits.canRead) return
            const reader = await transport.openReader(options, context)
            expect(reader.delivers === 'frames').toBe(traits.keepsRecords)
            expect(reader.domain).toBe(transport.domain(options, context))
            expect(reader.position).toBe(0)
            const { seen, ends } = await readTexts(reader, texts.length)
            expect(seen).toEqual(texts)
            expect(reader.position).toBe(ends.at(-1))
            await reader.commit(ends.at(-1) as number, null)
            await reader.commit(ends.at(-1) as number, null)
            await reader.close()
            await reader.close()
          },
        )

        test.skipIf(usage.skipsReading !== undefined)(
          'a seekable reader reads again from any position that it gave',
          async () => {
            const { options, context, traits } = await open(true)
            if (!traits.canRead) return
            const reader = await transport.openReader(options, context)
            const { ends } = await readTexts(reader, texts.length)
            if (!traits.isSeekable) {
              await expect(reader.seek(reader.position + 7)).rejects.toMatchObject({ code: 'TRANSPORT_NOT_SEEKABLE' })
            } else {
              await reader.seek(0)
              expect((await readTexts(reader, texts.length)).seen).toEqual(texts)
              if (reader.delivers === 'frames') {
                await reader.seek(ends[0] as number)
                expect((await readTexts(reader, texts.length - 2)).seen).toEqual(texts.slice(2))
              }
            }
            await reader.close()
          },
        )

        test.skipIf(usage.skipsReading !== undefined)(
          'interrupt makes a waiting read return with nothing, and reading goes on',
          async () => {
            const { options, context, traits } = await open(true)
            if (!traits.canRead) return
            const reader = await transport.openReader(options, context)
            await readTexts(reader, texts.length)
            const waiting = reader.delivers === 'frames' ? reader.next(1, 600_000) : reader.next(600_000)
            reader.interrupt()
            const answer = await waiting // null where the stream has ended
            if (answer && 'bytes' in answer) expect(answer.bytes.length).toBe(0)
            if (answer && 'length' in answer) expect(answer.length).toBe(0)
            await reader.close()
          },
        )

        test('headers come through exactly where the traits say so', async () => {
          const { options, context, traits } = await open(false)
          if (!traits.canWrite || !traits.canRead || !traits.keepsRecords) return
          const writer = await transport.openWriter(options, context)
          if (writer.accepts !== 'frames') return
          const headers = columnOf([encodeHeaders([['trace', 'x1']])])
          await writer.write({ ...framesOf(columnOf([Buffer.from('a')])), headers }, null)
          await writer.flush()
          const pulled = (await (context.channel as SlotQueue).pull(1, 0))?.[0]
          let seen = pulled ? headerText(columnOf([pulled.headers]), 0, 'trace') : null
          if (!pulled) {
            const reader = (await transport.openReader(options, context)) as FrameReader
            const batch = await reader.next(1, 1000)
            seen = batch && headerText(batch.headers, 0, 'trace')
            await reader.close()
          }
          expect(seen).toBe(traits.carriesHeaders ? 'x1' : null)
          await writer.close()
        })
      })
    }
  })
}
