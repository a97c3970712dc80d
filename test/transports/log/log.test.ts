import { describe, expect, it, onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { objectSchema } from '../../../src/config/option.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { logTransport } from '../../../src/transports/log/log.ts'
import type { FrameReader, FrameWriter, TransportContext } from '../../../src/transports/transport.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contextFor } from '../../support/transport-context.ts'

const frames = (...values: string[]) => framesOf(columnOf(values.map((value) => Buffer.from(value))))

const optionsOf = (changes: Record<string, unknown> = {}) =>
  objectSchema(logTransport.options).parse({ topic: 't', ...changes })

function inFolder(baseFolder = temporaryFolder()) {
  const context = (changes: Partial<TransportContext> = {}) => contextFor({ baseFolder, ...changes })
  return {
    context,
    reader: async (changes: Partial<TransportContext> = {}, options = optionsOf()) => {
      const reader = (await logTransport.openReader(options, context(changes))) as FrameReader
      onTestFinished(() => reader.close())
      return reader
    },
    writer: async (changes: Partial<TransportContext> = {}, options = optionsOf()) => {
      const writer = (await logTransport.openWriter(options, context(changes))) as FrameWriter
      onTestFinished(() => writer.close())
      return writer
    },
  }
}

const textOf = (batch: Awaited<ReturnType<FrameReader['next']>>) =>
  Array.from({ length: batch?.length ?? 0 }, (_, i) =>
    Buffer.from(batch?.values.bytes.subarray(batch.values.starts[i], batch.values.ends[i]) ?? []).toString(),
  )

describe('the transport "log"', () => {
  it('has one domain for everything in a file, and as many partitions as the topic', async () => {
    const { context, writer } = inFolder()
    expect(await logTransport.partitions(optionsOf({ partitions: 3 }), context())).toBe(3)
    const out = await writer({}, optionsOf({ partitions: 2 }))
    expect(await logTransport.partitions(optionsOf({ partitions: 3 }), context())).toBe(2)
    expect(logTransport.domain(optionsOf(), context())).toBe(out.domain)
  })

  it('delivers what was written, with times of the clock', async () => {
    const { reader, writer, context } = inFolder()
    const input = await reader()
    const before = context().clock.now()
    await (await writer()).write(frames('a', 'b'), null)
    const batch = await input.next(10, 0)
    expect(textOf(batch)).toEqual(['a', 'b'])
    expect(batch?.end).toBe(2)
    expect(batch?.timestampsMs?.[0]).toBeGreaterThanOrEqual(before)
  })

  it('writes to the partition of the task, modulo the partitions there are', async () => {
    const { reader, writer } = inFolder()
    const two = optionsOf({ partitions: 2 })
    for (const partition of [0, 1, 2, 3]) await (await writer({ partition }, two)).write(frames(`p${partition}`), null)
    expect(textOf(await (await reader({ partition: 0 })).next(10, 0))).toEqual(['p0', 'p2'])
    expect(textOf(await (await reader({ partition: 1 })).next(10, 0))).toEqual(['p1', 'p3'])
  })

  it('waits for the first record and wakes at once', async () => {
    const { reader, writer } = inFolder()
    const input = await reader()
    const output = await writer()
    for (let i = 0; i < 5; i++) {
      const waiting = input.next(10, 20_000)
      await output.write(frames(`r${i}`), null)
      expect(textOf(await waiting)).toEqual([`r${i}`])
    }
  })

  it('returns early, and not with the end, when interrupted: during the wait or just before it', async () => {
    const { reader } = inFolder()
    const input = await reader()
    const waiting = input.next(10, 1e9)
    input.interrupt()
    expect((await waiting)?.length).toBe(0)
    input.interrupt()
    input.interrupt()
    expect((await input.next(10, 1e9))?.length).toBe(0)
    expect((await input.next(10, 1))?.length).toBe(0)
  })

  it('starts at the committed position, else where the descriptor says', async () => {
    const { reader, writer } = inFolder()
    await (await writer()).write(frames('a', 'b', 'c'), null)
    expect((await reader()).position).toBe(0)
    expect((await reader({ start: 'latest' })).position).toBe(3)
    const input = await reader({ start: 1, group: 'g' })
    expect(textOf(await input.next(1, 0))).toEqual(['b'])
    await input.commit(2, null)
    await input.commit(2, null)
    expect((await reader({ start: 'latest', group: 'g' })).position).toBe(2)
    expect((await reader({ start: 'latest', group: 'h' })).position).toBe(3)
    await input.seek(0)
    expect(textOf(await (await reader()).next(9, 0))).toEqual(['a', 'b', 'c'])
  })

  it('commits positions and outputs in one transaction', async () => {
    const { reader, writer, context } = inFolder()
    await (await writer()).write(frames('a', 'b'), null)
    const output = await writer({}, optionsOf({ topic: 'out' }))
    const input = await reader({ group: 'g' })
    const log = EmbeddedLog.open(`${context().baseFolder}/data/millrace.db`)
    onTestFinished(() => log.close())
    const batch = await input.next(10, 0)
    for (const isDropped of [true, false]) {
      const transaction = log.begin()
      await output.write(frames('A', 'B'), transaction)
      await input.commit(batch?.end as number, transaction)
      if (isDropped) transaction.abort()
      else await transaction.commit()
      expect(log.endPosition('out', 0)).toBe(isDropped ? 0 : 2)
      expect(log.committed('g', 't', 0)).toBe(isDropped ? null : 2)
    }
  })

  it('lets only the reader that was opened last commit for a group', async () => {
    const { reader, writer } = inFolder()
    await (await writer()).write(frames('a'), null)
    const first = await reader({ group: 'g' })
    const second = await reader({ group: 'g' })
    await expect(first.commit(1, null)).rejects.toMatchObject({ code: 'CLIENT_LOG_FENCED' })
    await second.commit(1, null)
  })

  it('refuses a transaction of another file', async () => {
    const { reader, writer } = inFolder()
    const foreign = EmbeddedLog.open(`${temporaryFolder()}/other.db`)
    onTestFinished(() => foreign.close())
    const place = 'test.yaml: slots.0: a transaction of "log:.*other.db" cannot take part in "log:.*millrace.db"'
    const transaction = foreign.begin()
    await expect((await reader({ group: 'g' })).commit(1, transaction)).rejects.toThrow(new RegExp(place))
    const output = await writer()
    expect(() => output.write(frames('a'), transaction)).toThrow(new RegExp(place))
  })

  it('names a partition that the topic does not have, and keeps nothing open', async () => {
    const { reader } = inFolder()
    await expect(reader({ partition: 5 })).rejects.toThrow(/topic "t" has 1 partitions.*no partition 5/)
    await expect(reader({ partition: 5, group: 'g' })).rejects.toThrow(/no partition 5/)
  })

  it('keeps keys, headers and times, and closes twice', async () => {
    const { reader, writer } = inFolder()
    const output = await writer()
    const batch = {
      ...frames('a', 'b'),
      keys: columnOf([Buffer.from('k'), null]),
      headers: columnOf([null, Buffer.from('h')]),
      timestampsMs: Float64Array.of(1.5, 2.5),
    }
    await output.write(batch, null)
    await output.write(frames(), null)
    await output.flush()
    await output.close()
    await output.close()
    const input = await reader()
    const read = await input.next(10, 0)
    expect(read?.timestampsMs).toEqual(Float64Array.of(1.5, 2.5))
    expect(read?.keys?.ends[1]).toBe(-1)
    expect(read?.headers?.ends[0]).toBe(-1)
    await input.close()
    await input.close()
  })
})

it('positions count the records of one topic in one file', () => {
  const source = (topic: string, path = 'a.db') => logTransport.source?.(optionsOf({ topic, path }))
  expect(source('x')).toBe(source('x'))
  expect(new Set([source('x'), source('y'), source('x', 'b.db')]).size).toBe(3)
})
