import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { type FrameBatch, framesOf, sliceFrames } from '../../src/core/frames.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { Telemetry, type TelemetryEvents } from '../../src/core/telemetry.ts'
import { chunkHeaders } from '../../src/engine/chunk-assembler.ts'
import type { ModelUpdate } from '../../src/engine/join-state.ts'
import { Keeper, type KnownVersion } from '../../src/engine/keeper.ts'
import type { LoadedVersion, LoadRequest } from '../../src/engine/load-version.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { openStreamDecoder } from '../../src/streams/stream-decoder.ts'
import type { StreamReader } from '../../src/streams/stream-reader.ts'
import { contextFor } from '../support/transport-context.ts'
import { frames, prepared, reference } from './fakes.ts'

const decode = openStreamDecoder(normalise('log:models', { source: 'test' }, registry), registry, contextFor())

/** A model stream of prepared batches; null is its end, an interrupt gives an empty batch. */
interface FedReader extends StreamReader {
  reads: number
  end: () => Promise<number | null>
  feed(batch: FrameBatch): void
}

function readerOf(batches: (FrameBatch | null)[]): FedReader {
  let wake = () => {}
  const reader = {
    reads: 0,
    next: async (_max: number, waitMs: number) => {
      reader.reads++
      const batch = batches.shift()
      if (batch !== undefined) return batch
      if (waitMs > 0) await new Promise<void>((resolve) => (wake = resolve))
      return frames([])
    },
    end: async () => null,
    interrupt: () => wake(),
    feed: (batch: FrameBatch) => {
      batches.push(batch)
      wake()
    },
  }
  return reader as unknown as FedReader
}

/** A batch as reads of one message each. */
const oneByOne = (batch: FrameBatch): FrameBatch[] =>
  Array.from({ length: batch.length }, (_, i) => sliceFrames(batch, i, i + 1))

const message = (fields: object) =>
  JSON.stringify({ name: 'tree', dataType: 'iris', data: 'AAEC', format: 'fake', ...fields })

/** A loader that names versions as the message does; `bad` ones are rejected. */
async function fakeLoad({ command, position }: LoadRequest): Promise<LoadedVersion> {
  if (command.version === 'bad') throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest: 'x', model: 'tree' })
  const { key, model, version } = command
  return { reference: reference({ key, model, version, modelPosition: position }), prepared: prepared() }
}

function keeperOf(
  batches: (FrameBatch | null)[],
  parts: Partial<ConstructorParameters<typeof Keeper>[0]> = {},
  known: readonly KnownVersion[] = [],
) {
  const reader = readerOf(batches)
  const updates: ModelUpdate[] = []
  const requests: LoadRequest[] = []
  const saved: (readonly KnownVersion[])[] = []
  const kept: string[] = []
  const events: string[] = []
  const telemetry = new Telemetry()
  telemetry.listen((name, payload) => {
    if (name === 'modelMessageRejected')
      events.push(`rejected message ${(payload as TelemetryEvents['modelMessageRejected']).position}`)
    if (name !== 'versionMoved') return
    const { version, from, to } = payload as TelemetryEvents['versionMoved']
    events.push(`${version}: ${from} -> ${to}`)
  })
  const keeper = new Keeper(
    {
      engine: 'iris',
      onlyKey: null,
      reader,
      decode,
      positionPrefix: 'models/0@',
      load: (request) => {
        requests.push(request)
        return fakeLoad(request)
      },
      keep: async (parts, digest) => {
        kept.push(Buffer.concat(parts).toString('hex'))
        return digest === '' ? `digest of ${Buffer.concat(parts).toString('hex')}` : digest
      },
      maxArtifactBytes: 1_000,
      earlier: null,
      loadsAll: false,
      broadcast: (update) => updates.push(update),
      save: async (list) => void saved.push([...list]),
      now: () => 1_000,
      sleep: async () => {},
      telemetry,
      ...parts,
    },
    known,
  )
  return { keeper, reader, updates, requests, saved, kept, events }
}

const summary = (updates: readonly ModelUpdate[]) =>
  updates.map((u) => `${u.position}-${u.end} ${u.action} ${u.version} ${u.outcome.type}`)

test('every message is one update, in order, with where the next one starts', async () => {
  const { keeper, updates, events } = keeperOf([
    ...oneByOne({
      ...frames([message({ version: '1' }), 'no JSON', message({ version: 'bad' }), '{"action":"fly"}'], {
        positions: Float64Array.of(0, 70, 80, 90),
      }),
      end: 200,
    }),
    { ...frames([message({ action: 'retire' })], {}, 200), end: 260 },
    null,
  ])
  await keeper.run()
  expect(summary(updates)).toEqual([
    '0-70 activate 1 loaded',
    '70-80 publish  rejected',
    '80-90 activate bad rejected',
    '90-200 publish  rejected',
    '200-260 retire  none',
  ])
  expect(events).toEqual([
    '1: published -> loading',
    '1: loading -> candidate',
    'rejected message models/0@70',
    'bad: published -> loading',
    'bad: loading -> rejected',
    'rejected message models/0@90',
  ])
})

test('what is known is saved before the tasks are told, rejected versions with the reason', async () => {
  const steps: string[] = []
  const { keeper } = keeperOf([...oneByOne(frames([message({ version: '1' }), message({ version: 'bad' })])), null], {
    save: async (known) => void steps.push(`saved ${known.length}`),
    broadcast: (update) => void steps.push(`told ${update.version}`),
  })
  await keeper.run()
  expect(steps).toEqual(['saved 1', 'told 1', 'saved 2', 'told bad'])
  expect(keeper.known.map((v) => [v.version, v.position, v.rejection?.code ?? null])).toEqual([
    ['1', 'models/0@0', null],
    ['bad', 'models/0@1', 'ENGINE_ARTIFACT_MISSING'],
  ])
})

test('catching up deals with what was there and leaves younger messages for later, in order', async () => {
  const times = Float64Array.of(900, 1_000, 1_001, 999)
  const batch = frames(
    ['1', '2', '3', '4'].map((version) => message({ version, dataType: `of-${version}` })),
    { timestampsMs: times },
  )
  const { keeper, updates } = keeperOf([batch, null])
  await keeper.catchUp()
  expect(updates.map((u) => u.version)).toEqual(['1', '2'])
  await keeper.run()
  expect(updates.map((u) => u.version)).toEqual(['1', '2', '3', '4'])
  expect(updates.map((u) => u.end)).toEqual([1, 2, 3, 4])
})

test('catching up ends where nothing is waiting, and with the stream', async () => {
  const other = message({ version: '2', dataType: 'wine' })
  const waiting = keeperOf([frames([message({ version: '1' })]), frames([other], {}, 1)])
  await waiting.keeper.catchUp()
  expect(waiting.updates).toHaveLength(2)
  const ended = keeperOf([null])
  await ended.keeper.catchUp()
  expect(ended.reader.reads).toBe(1)
})

test('where the stream can tell its end, catching up reads as far as that, however long records are away', async () => {
  const late = [frames([]), frames([message({ version: '1' })]), frames([], {}, 1), { ...frames([], {}, 1), end: 3 }]
  const { keeper, reader, updates } = keeperOf([...late, frames([message({ version: '2' })], {}, 3)])
  reader.end = async () => 3 // behind the record stand two that are none, as a transaction's marker
  await keeper.catchUp()
  expect(updates.map((u) => u.version)).toEqual(['1'])
  expect(reader.reads).toBe(4)
})

test('a publisher whose clock is ahead is caught up with as far as the end; what comes meanwhile stays for later', async () => {
  const times = Float64Array.of(900, 5_000, 5_001)
  const models = ['1', '2', '3'].map((version) => message({ version, dataType: `of-${version}` }))
  const { keeper, reader, updates } = keeperOf([frames(models, { timestampsMs: times }), null])
  reader.end = async () => 2
  await keeper.catchUp()
  expect(updates.map((u) => u.version)).toEqual(['1', '2'])
  await keeper.run()
  expect(updates.map((u) => u.version)).toEqual(['1', '2', '3'])
})

test('many messages at once are dealt with together: only the last of several versions is loaded; of a few each is', async () => {
  const numbers = Array.from({ length: 8 }, (_, i) => `${i}`)
  const { keeper, requests, updates } = keeperOf([
    frames(numbers.map((version) => message({ version }))),
    frames(
      ['8', '9'].map((version) => message({ version })),
      {},
      8,
    ),
    null,
  ])
  await keeper.run()
  expect(requests.map((r) => r.command.version)).toEqual(['7', '8', '9'])
  expect(updates.map((u) => u.version)).toEqual([...numbers, '8', '9'])
  expect(updates.filter((u) => u.outcome.type === 'loaded').map((u) => u.version)).toEqual(['7', '8', '9'])
})

test('whoever waits for a position waits until its messages have been dealt with', async () => {
  const gate = Promise.withResolvers<void>()
  const { keeper, reader, updates } = keeperOf([frames([message({ version: '1' }), message({ version: '2' })]), null], {
    load: async (request) => {
      await gate.promise
      return fakeLoad(request)
    },
  })
  reader.end = async () => 2
  const running = keeper.run()
  let told = -1
  const reached = keeper.reach(1).then(() => {
    told = updates.length
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toBe(-1)
  gate.resolve()
  await Promise.all([reached, running])
  expect(told).toBe(2)
})

test('a stop ends the wait for another try, and tells nobody of a version that was not loaded', async () => {
  const asleep = Promise.withResolvers<void>()
  const { keeper, updates } = keeperOf([frames([message({ version: '1' })])], {
    load: async () => {
      throw new MillraceError('ENGINE_LOCATION_AWAY', { location: 'http://x', model: 'tree', reason: 'away' })
    },
    sleep: (_delayMs, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve())
        asleep.resolve()
      }),
  })
  const running = keeper.run()
  await asleep.promise
  keeper.stop()
  await running
  expect(updates).toEqual([])
})

test('catching up loads no version that a later one replaces, keeps its artifact, and knows it', async () => {
  const scheduled = message({ version: '3', effectiveFrom: 5 })
  const { keeper, updates, requests, kept, events } = keeperOf([
    frames([
      message({ version: '1', data: 'AAAA' }),
      message({ version: '2' }),
      scheduled,
      message({ version: '4', data: 'BBBB' }),
      message({ version: '5' }),
      message({ version: 'bad' }),
    ]),
  ])
  await keeper.catchUp()
  expect(requests.map((r) => r.command.version)).toEqual(['bad', '5', '3', '2'])
  expect(requests.map((r) => r.command.data)).toEqual([null, null, null, null])
  expect(kept).toHaveLength(6)
  expect(summary(updates)).toEqual([
    '0-1 activate 1 none',
    '1-2 activate 2 loaded',
    '2-3 activate 3 loaded',
    '3-4 activate 4 none',
    '4-5 activate 5 loaded',
    '5-6 activate bad rejected',
  ])
  expect(keeper.known.map((v) => v.version)).toEqual(['1', '2', '3', '4', '5', 'bad'])
  expect(keeper.known[0]?.digest).toBe('digest of 000000')
  expect(events.filter((event) => event.endsWith('retired'))).toEqual([
    '4: published -> retired',
    '1: published -> retired',
  ])
})

test('a message that names a version which was passed over while catching up is told where that is to be had', async () => {
  const { keeper, requests } = keeperOf([
    frames([
      message({ version: '1', data: 'AAAA' }),
      message({ version: '2', data: undefined, location: 'tree.fake' }),
      message({ version: '3' }),
      message({ action: 'pin', version: '1', data: undefined, format: undefined }),
    ]),
    frames([message({ action: 'pin', version: '2', data: undefined, format: undefined })], {}, 4),
    null,
  ])
  await keeper.run()
  const pins = requests.filter((r) => r.command.action === 'pin').map((r) => r.known)
  expect(pins).toMatchObject([{ format: 'fake' }, { format: 'fake' }])
})

test('the list of an engine file is loaded as a whole', async () => {
  const { keeper, requests, kept } = keeperOf(
    [frames([message({ version: '1' }), message({ version: '2' }), message({ version: '3' })])],
    { loadsAll: true },
  )
  await keeper.catchUp()
  expect(requests.map((r) => r.command.version)).toEqual(['1', '2', '3'])
  expect(kept).toEqual([])
})

test('a null value deletes a key of a compacted topic: it is no message', async () => {
  const deleted: FrameBatch = {
    ...frames(['', message({ version: '1' })]),
    values: columnOf([null, Buffer.from(message({ version: '1' }))]),
  }
  const { keeper, updates, events } = keeperOf([deleted, null])
  await keeper.run()
  expect(updates.map((u) => u.position)).toEqual([1])
  expect(events[0]).toBe('1: published -> loading')
})

test('an artifact in parts is put together from the records before its message', async () => {
  const whole = Buffer.from('an artifact that is too large for one message')
  const digest = createHash('sha256').update(whole).digest('hex')
  const part = (index: number, count = 2) =>
    encodeHeaders([
      [chunkHeaders.digest, digest],
      [chunkHeaders.index, String(index)],
      [chunkHeaders.count, String(count)],
    ])
  const named = message({ version: '1', data: undefined, location: `chunks:${digest}` })
  const early = message({ version: '0', data: undefined, location: `chunks:${digest}`, dataType: 'other' })
  const values = columnOf([early, whole.subarray(20), named, whole.subarray(0, 20), named].map((v) => Buffer.from(v)))
  const headers = columnOf([null, part(1), null, part(0), null])
  const { keeper, updates, kept, requests, events } = keeperOf([{ ...framesOf(values), headers }, null], {
    load: async (request) => {
      requests.push(request)
      const isThere = kept.length > 0
      if (!isThere) throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest, model: 'tree' })
      return fakeLoad(request)
    },
  })
  await keeper.run()
  expect(kept.map((hex) => Buffer.from(hex, 'hex').toString())).toEqual([whole.toString()])
  expect(requests.at(-1)?.command).toMatchObject({ digest, location: '', data: null })
  expect(updates.map((u) => [u.position, u.outcome.type])).toEqual([
    [0, 'rejected'],
    [2, 'rejected'],
    [4, 'loaded'],
  ])
  const reasons = updates.map((u) => (u.outcome.type === 'rejected' ? u.outcome.error.message : ''))
  expect(reasons[0]).toContain('no part stand')
  expect(reasons[1]).toContain('1 of 2 parts stand')
  expect(events.filter((event) => event.startsWith('rejected message'))).toEqual([])
})

test('parts with wrong headers are told and passed over', async () => {
  const headers = columnOf([encodeHeaders([[chunkHeaders.digest, 'short']]), null])
  const values = columnOf([Buffer.from('part'), Buffer.from(message({ version: '1' }))])
  const { keeper, updates, events } = keeperOf([{ ...framesOf(values), headers }, null])
  await keeper.run()
  expect(updates.map((u) => u.version)).toEqual(['1'])
  expect(events[0]).toBe('rejected message models/0@0')
})

test('another instance may have read further: reaching a position waits until this one has dealt with it', async () => {
  const { keeper, reader } = keeperOf([frames([message({ version: '1' })])])
  reader.end = async () => 2
  const run = keeper.run()
  let hasReached = false
  const reached = keeper.reach(9).then(() => (hasReached = true)) // there is nothing beyond 2
  while (reader.reads < 2) await new Promise((resolve) => setImmediate(resolve))
  expect(hasReached).toBe(false)
  reader.feed(frames([message({ version: '2' })], {}, 1))
  await reached
  await keeper.reach(1)
  keeper.stop()
  await keeper.reach(9)
  await run
})

test('a message that names a version that was seen before gets it from the list; others get none', async () => {
  const messages = frames([
    message({ version: '1' }),
    message({ version: 'bad' }),
    message({ version: '1', data: undefined, format: undefined }),
    message({ version: '', data: undefined, digest: reference({ version: '1' }).digest }),
    message({ version: 'bad', data: undefined }),
    message({ version: '1', data: undefined, dataType: 'wine' }),
    message({ version: '1' }),
  ])
  const { keeper, requests } = keeperOf([...oneByOne(messages), null])
  await keeper.run()
  const names = requests.map((request) => (request.known as KnownVersion | null)?.version ?? null)
  expect(names).toEqual([null, null, '1', '1', null, null, null])
})

test('retire, unpin and a pin by name only are passed on; a pin of a version is loaded', async () => {
  const { keeper, updates, requests } = keeperOf([
    frames([
      message({ action: 'retire', data: undefined }),
      message({ action: 'unpin', data: undefined }),
      message({ action: 'pin', data: undefined }),
      message({ action: 'pin', version: '3' }),
    ]),
    null,
  ])
  await keeper.run()
  expect(summary(updates)).toEqual(['0-1 retire  none', '1-2 unpin  none', '2-3 pin  none', '3-4 pin 3 loaded'])
  expect(requests).toHaveLength(1)
})

test('a message that is read again replaces what is known of it; the list has a limit', async () => {
  const many = Array.from({ length: 230 }, (_, i) => frames([message({ version: `v${i}` })], {}, i))
  const first = keeperOf([...many, null])
  await first.keeper.run()
  expect(first.keeper.known).toHaveLength(200)
  expect(first.keeper.known.at(-1)?.version).toBe('v229')
  const again = keeperOf([frames([message({ version: 'v229' })], {}, 229), null], {}, first.keeper.known)
  await again.keeper.run()
  expect(again.keeper.known.map((v) => v.version)).toEqual(first.keeper.known.map((v) => v.version))
})

test('a list that cannot be saved ends the keeper; the version is not called bad for it', async () => {
  const { keeper, updates, events } = keeperOf([frames([message({ version: '1' })])], {
    save: () => Promise.reject(new Error('the disk is away')),
  })
  await expect(keeper.run()).rejects.toThrow('the disk is away')
  expect(updates).toEqual([])
  expect(events).toEqual(['1: published -> loading'])
})

test('stopping ends a wait, and what the stop tears down is not called rejected', async () => {
  const waiting = keeperOf([])
  const run = waiting.keeper.run()
  waiting.keeper.stop()
  await run
  let fail = (_: Error) => {}
  const loading = keeperOf(oneByOne(frames([message({ version: '1' }), message({ version: '2' })])), {
    load: () => new Promise((_, reject) => (fail = reject)),
  })
  const ended = loading.keeper.run()
  await new Promise((resolve) => setImmediate(resolve))
  loading.keeper.stop()
  fail(new Error('the loader is closed'))
  await ended
  expect(loading.updates).toEqual([])
  expect(loading.saved).toEqual([])
  expect(loading.events).toEqual(['1: published -> loading'])
})

test('a message without a key is for the only key of the engine, and rejected where there are several', async () => {
  const without = message({ version: '1', dataType: '' })
  const single = keeperOf([frames([without]), null], { onlyKey: 'wine' })
  await single.keeper.run()
  expect(single.updates.map((u) => [u.key, u.outcome.type])).toEqual([['wine', 'loaded']])
  expect(single.keeper.rejection).toBeNull()
  const several = keeperOf([frames([without]), null])
  await several.keeper.run()
  expect(several.updates.map((u) => u.outcome.type)).toEqual(['rejected'])
  expect(several.keeper.rejection?.message).toContain('dataType is missing')
})
