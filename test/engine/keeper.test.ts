import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { FrameBatch } from '../../src/core/frames.ts'
import { Telemetry, type TelemetryEvents } from '../../src/core/telemetry.ts'
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
function readerOf(batches: (FrameBatch | null)[]): StreamReader & { reads: number } {
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
    interrupt: () => wake(),
  }
  return reader as unknown as StreamReader & { reads: number }
}

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
      broadcast: (update) => updates.push(update),
      save: async (list) => void saved.push([...list]),
      now: () => 1_000,
      telemetry,
      ...parts,
    },
    known,
  )
  return { keeper, reader, updates, requests, saved, events }
}

const summary = (updates: readonly ModelUpdate[]) =>
  updates.map((u) => `${u.position}-${u.end} ${u.action} ${u.version} ${u.outcome.type}`)

test('every message is one update, in order, with where the next one starts', async () => {
  const { keeper, updates, events } = keeperOf([
    {
      ...frames([message({ version: '1' }), 'no JSON', message({ version: 'bad' }), '{"action":"fly"}'], {
        positions: Float64Array.of(0, 70, 80, 90),
      }),
      end: 200,
    },
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
  const { keeper } = keeperOf([frames([message({ version: '1' }), message({ version: 'bad' })]), null], {
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
    ['1', '2', '3', '4'].map((version) => message({ version })),
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
  const waiting = keeperOf([frames([message({ version: '1' })]), frames([message({ version: '2' })])])
  await waiting.keeper.catchUp()
  expect(waiting.updates).toHaveLength(2)
  const ended = keeperOf([null])
  await ended.keeper.catchUp()
  expect(ended.reader.reads).toBe(1)
})

test('a message that names a version that was seen before gets it from the list; others get none', async () => {
  const { keeper, requests } = keeperOf([
    frames([
      message({ version: '1' }),
      message({ version: 'bad' }),
      message({ version: '1', data: undefined, format: undefined }),
      message({ version: '', data: undefined, digest: reference({ version: '1' }).digest }),
      message({ version: 'bad', data: undefined }),
      message({ version: '1', data: undefined, dataType: 'wine' }),
      message({ version: '1' }),
    ]),
    null,
  ])
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
  const loading = keeperOf([frames([message({ version: '1' }), message({ version: '2' })])], {
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
