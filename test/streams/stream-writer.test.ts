import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registry as components } from '../../src/components.ts'
import { Registry } from '../../src/config/registry.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import type { Verbatim } from '../../src/encodings/encoding.ts'
import type { Value } from '../../src/schema/value.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import { openStreamReader } from '../../src/streams/stream-reader.ts'
import { openStreamWriter } from '../../src/streams/stream-writer.ts'
import { discardTransport } from '../../src/transports/discard/discard.ts'
import { seeded } from '../random.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { standInComponents, standInRegistry } from '../support/stand-ins.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contextFor } from '../support/transport-context.ts'

const registry = standInRegistry()

function open(document: unknown, changes: object = {}, components: Registry = registry) {
  const { isLooping: _isLooping, start: _start, ...context } = contextFor()
  return openStreamWriter(normalise(document, {}, components), components, { ...context, ...changes })
}

test('a value that cannot be encoded does not touch the others, and the indexes say which came through', async () => {
  const writer = await open({ transport: 'discard', schema: 'int' })
  const { values, indexes, errors } = writer.encode([1, 'two', undefined, 4])
  expect([0, 1].map((i) => `${bytesAt(values, i)}`)).toEqual(['1', '4'])
  expect(indexes).toEqual([0, 3])
  expect([...(errors ?? [])].map(([index, error]) => [index, error.scope])).toEqual([[1, 'record']])
  expect(writer.encode([1, 2])).toMatchObject({ indexes: null, errors: null })
})

test('echoed records come before the fields of the value; the value wins, and what is no record is not spread', async () => {
  const writer = await open({ transport: 'discard', encoding: 'json' }, {}, components)
  const texts = ['{"x": 1.0}', '{"x": 2.0}', '{"x": 3.0, "y": 0}', '[4.0]', '{"x": 5.0}']
  const frames = columnOf(texts.map((text) => Buffer.from(text)))
  const records = texts.map((text) => JSON.parse(text) as Value)
  const values = [{ y: 1 }, { y: 2 }, { y: 3 }, { y: 4 }, undefined]
  const encoded = (verbatim: Verbatim | null) => {
    const { values: column, indexes } = writer.encode(values, { records, frames, verbatim })
    expect(indexes).toEqual([0, 1, 2, 3])
    return [0, 1, 2, 3].map((i) => `${bytesAt(column, i)}`)
  }
  const anew = ['{"x":1,"y":1}', '{"x":2,"y":2}', '{"x":3,"y":3}', '{"y":4}']
  expect(encoded(null)).toEqual(anew)
  expect(encoded({ encoding: 'csv', except: null })).toEqual(anew)
  // Frames of the same encoding are taken over, but for those that are not verbatim or have a field of the value.
  expect(encoded({ encoding: 'json', except: new Set([1]) })).toEqual(['{"x": 1.0,"y":1}', ...anew.slice(1)])
})

test('what is written to a file is read back, whatever envelope cuts it', async () => {
  const random = seeded(3)
  const folder = temporaryFolder()
  for (const envelope of ['delimited', 'length-prefixed']) {
    const path = join(folder, envelope)
    const document = { transport: { type: 'file', path }, envelope, encoding: 'utf-8' }
    const writer = await open(document)
    const texts = Array.from({ length: 500 }, (_, i) => `${i} ${'é'.repeat(random() * 40)}`)
    for (let i = 0; i < texts.length; i += 50) {
      await writer.write(framesOf(writer.encode(texts.slice(i, i + 50)).values), null)
    }
    await writer.flush()
    await writer.close()
    const { isLooping: _isLooping, start: _start, ...context } = contextFor()
    const reader = await openStreamReader(normalise(document, {}, registry), registry, context)
    const seen: unknown[] = []
    for (let batch = await reader.next(77, 0); batch; batch = await reader.next(77, 0)) {
      seen.push(...reader.decode(batch).values)
    }
    expect(seen).toEqual(texts)
    await reader.close()
  }
})

test('a record that a crash has cut is ended, so that the next one is whole', async () => {
  const folder = temporaryFolder()
  const appended = async (before: string, envelope: unknown) => {
    const path = join(folder, 'out')
    writeFileSync(path, before)
    const writer = await open({ transport: { type: 'file', path }, envelope, encoding: 'utf-8' }, { isResuming: true })
    await writer.write(framesOf(writer.encode(['new']).values), null)
    await writer.close()
    return readFileSync(path, 'utf8')
  }
  expect(await appended('whole\ncu', 'delimited')).toBe('whole\ncu\nnew\n')
  expect(await appended('whole\n', 'delimited')).toBe('whole\nnew\n')
  expect(await appended('', 'delimited')).toBe('new\n')
  expect(await appended('cut\r', { type: 'delimited', separator: '\r\n' })).toBe('cut\r\r\nnew\r\n')
  expect(await appended('any', null)).toBe('anynew')
  expect(await appended('', 'length-prefixed')).toBe('\0\0\0\x03new')
})

test('without an envelope the frames stand back to back, and null is nothing', async () => {
  const path = join(temporaryFolder(), 'out')
  const writer = await open({ transport: { type: 'file', path }, envelope: null, encoding: 'raw' })
  await writer.write(framesOf(columnOf([Buffer.from('ab'), null, Buffer.from('c')])), null)
  await writer.write(framesOf(columnOf([])), null)
  await writer.close()
  expect(readFileSync(path, 'utf8')).toBe('abc')
})

test('frames pass to a transport that keeps records as they are', async () => {
  const clock = new ManualClock()
  const channel = new SlotQueue('slot 1', clock)
  const writer = await open('rest:', { channel, clock })
  expect(writer.carriesHeaders).toBe(true)
  await writer.write(framesOf(columnOf([Buffer.from('{}')])), null)
  expect((await channel.pull(9, 0))?.length).toBe(1)
})

test('memory of predictions is used again only where the transport has copied them', async () => {
  for (const isCopying of [true, false]) {
    const kept: FrameBatch[] = []
    const transport = {
      ...discardTransport,
      name: 'keeper',
      openWriter: async () => ({
        accepts: 'frames' as const,
        isCopying,
        domain: null,
        write: (batch: FrameBatch) => void kept.push(batch),
        flush: async () => undefined,
        close: async () => undefined,
      }),
    }
    const writer = await open(
      { transport: 'keeper', encoding: 'json' },
      {},
      new Registry([...standInComponents, transport]),
    )
    for (const value of [1, 2]) await writer.write(framesOf(writer.encode([{ value }]).values), null)
    const seen = kept.map((batch) => `${bytesAt(batch.values, 0)}`)
    expect(seen).toEqual(isCopying ? ['{"value":2}', '{"value":2}'] : ['{"value":1}', '{"value":2}'])
  }
})

test('closing gives up after the linger time, with an error that may pass', async () => {
  const stuck = {
    ...discardTransport,
    name: 'stuck',
    openWriter: async () => ({
      accepts: 'frames' as const,
      domain: null,
      write: () => undefined,
      flush: async () => undefined,
      close: () => new Promise<void>(() => {}),
    }),
  }
  const clock = new ManualClock()
  const writer = await open(
    { transport: 'stuck', lingerMs: 250 },
    { clock },
    new Registry([...standInComponents, stuck]),
  )
  const closing = expect(writer.close()).rejects.toMatchObject({ code: 'STREAM_LINGER_EXPIRED' })
  await clock.advance(250)
  await closing
})

test('an error of closing reaches the caller', async () => {
  const writer = await open({ transport: { type: 'file', path: '/dev/full' }, encoding: 'raw', envelope: null })
  writer.write(framesOf(columnOf([Buffer.from('x')])), null)
  await expect(writer.close()).rejects.toMatchObject({ code: 'TRANSPORT_IO' })
})
