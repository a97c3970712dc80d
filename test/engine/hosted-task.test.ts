import { expect, test } from 'vitest'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import { type HostContext, HostedTask } from '../../src/engine/hosted-task.ts'
import { referenceId } from '../../src/engine/versions.ts'
import type { ModelFormat, Scorer } from '../../src/models/model.ts'
import { MemoryCheckpoints } from '../../src/state/memory/store.ts'
import type { FrameReader, TransportContext } from '../../src/transports/transport.ts'
import { records, Script } from '../support/scripted-transport.ts'
import { functionUpdate, registryWith, scriptedPlan } from './hosts.ts'

const planned = { name: '0/0', slot: 0, partition: 0, rank: 0 }

/** A store that tells what happens to its tasks. */
class WatchedStore extends MemoryCheckpoints {
  readonly events: string[] = []

  override async acquire(task: string): Promise<void> {
    this.events.push('acquired')
    await super.acquire(task, { partition: 0 })
  }

  async release(): Promise<void> {
    this.events.push('released')
  }
}

function contextOf(script: Script, store: MemoryCheckpoints, changes: object = {}) {
  const plan = scriptedPlan(script, changes)
  const channels = new Map<number, never>()
  return { plan, registry: registryWith(script), clock: systemClock, telemetry: new Telemetry(), channels, store }
}

test('a task that cannot be opened leaves nothing open, and lets go of its checkpoint last', async () => {
  const script = new Script()
  const store = new WatchedStore('test')
  const { transport } = script
  const events = store.events
  const watched = {
    ...transport,
    openReader: async (options: never, context: TransportContext) => {
      events.push(`opened with ${JSON.stringify(context.membership)}`)
      const reader = (await transport.openReader(options, context)) as FrameReader
      return Object.assign(Object.create(reader) as FrameReader, { close: async () => void events.push('closed') })
    },
    openWriter: async () => {
      throw new Error('there is no room')
    },
  }
  Object.defineProperty(script, 'transport', { value: watched })
  await expect(HostedTask.open(planned, contextOf(script, store), { member: 1 })).rejects.toThrow('there is no room')
  expect(events).toEqual(['acquired', 'opened with {"member":1}', 'closed', 'released'])
})

test('the streams are opened at the same time, and all of them are closed when one cannot be', async () => {
  const script = new Script()
  const store = new WatchedStore('test')
  const { transport } = script
  const { events } = store
  const both = Promise.withResolvers<void>()
  Object.defineProperty(script, 'transport', {
    value: {
      ...transport,
      openReader: async (options: never, context: TransportContext) => {
        await both.promise
        const reader = (await transport.openReader(options, context)) as FrameReader
        return Object.assign(Object.create(reader) as FrameReader, { close: async () => void events.push('closed') })
      },
      openWriter: async () => {
        both.resolve()
        throw new Error('there is no room')
      },
    },
  })
  await expect(HostedTask.open(planned, contextOf(script, store))).rejects.toThrow('there is no room')
  expect(events).toEqual(['acquired', 'closed', 'released'])
})

test('opening ends when it is told to, wherever it waits, and lets go of the checkpoint', async () => {
  const script = new Script()
  const reason = new Error("the partition is somebody else's")
  const start = (change: (store: WatchedStore, abort: AbortController) => void) => {
    const store = new WatchedStore('test')
    const abort = new AbortController()
    change(store, abort)
    return { store, opening: HostedTask.open(planned, contextOf(script, store), undefined, abort.signal) }
  }
  const atOnce = start((_, abort) => abort.abort(reason))
  await expect(atOnce.opening).rejects.toBe(reason)
  expect(atOnce.store.events).toEqual(['released'])
  const acquiring = start((store, abort) => {
    const acquire = (_task: string, _place: unknown, signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        abort.abort(reason)
      })
    Object.assign(store, { acquire })
  })
  await expect(acquiring.opening).rejects.toBe(reason)
  expect(acquiring.store.events).toEqual(['released'])
  const loading = start((store, abort) => {
    store.load = async () => {
      abort.abort(reason)
      return null
    }
  })
  await expect(loading.opening).rejects.toBe(reason)
  expect(loading.store.events).toEqual(['acquired', 'released'])
  expect(script.opened).toBe(0)
})

/** The registry with another way to open function models; `n` counts what was opened, from 1. */
function opening(registry: Registry, open: (scorer: Scorer, n: number) => Scorer): Registry {
  const javascript = registry.get<ModelFormat>('format', 'javascript', 'test')
  let opened = 0
  const format = { ...javascript, open: async (model: never) => open(await javascript.open(model), ++opened) }
  const others = kinds.flatMap((kind) => registry.list(kind)).filter((c) => c.name !== 'javascript')
  return new Registry([...others, format as never])
}

const closing = (scorer: Scorer, close: () => void): Scorer => Object.assign(Object.create(scorer) as Scorer, { close })

/** A task that has run with one version active and another one published, and what it was given. */
async function ranTask(context: HostContext) {
  const [active, candidate] = [await functionUpdate('1'), await functionUpdate('2')]
  if (active.outcome.type !== 'loaded' || candidate.outcome.type !== 'loaded') throw new Error('the models are wrong')
  const task = await HostedTask.open(planned, context)
  task.push(active)
  task.push({ ...candidate, action: 'publish', position: 1, end: 2 })
  await task.restore(new Map(), false)
  await task.run(
    () => {},
    () => {},
  )
  const found = [active.outcome, candidate.outcome].map((o) => [referenceId(o.reference), o.prepared] as const)
  return { task, prepared: new Map(found) }
}

test('of versions of which one cannot be opened, those that were are closed', async () => {
  const context = contextOf(new Script(records('{"x":1}')), new MemoryCheckpoints('test'))
  const { task, prepared } = await ranTask(context)
  await task.close(false)
  const closed: number[] = []
  const registry = opening(context.registry, (scorer, n) => {
    if (n === 2) throw new Error('no memory is left')
    return closing(scorer, () => closed.push(n))
  })
  const next = await HostedTask.open(planned, { ...context, registry })
  await expect(next.restore(prepared, false)).rejects.toThrow('no memory is left')
  await next.close(true)
  expect(closed).toEqual([1])
})

test('a scorer whose closing throws keeps nothing else open', async () => {
  const store = new WatchedStore('test')
  const context = contextOf(new Script(records('{"x":1}')), store)
  const closed: number[] = []
  const registry = opening(context.registry, (scorer, n) =>
    closing(scorer, () => {
      closed.push(n)
      throw new Error(`version ${n} does not close`)
    }),
  )
  const { task } = await ranTask({ ...context, registry })
  await expect(task.close(false)).rejects.toThrow('version 1 does not close')
  expect(closed).toEqual([1, 2])
  expect(store.events).toEqual(['acquired', 'released'])
})

test('a version that is gone is left out of what is restored; the task starts with the others', async () => {
  const script = new Script(records('{"x":1}'))
  const store = new MemoryCheckpoints('test')
  const [active, gone] = [await functionUpdate('1'), await functionUpdate('2')]
  if (active.outcome.type !== 'loaded' || gone.outcome.type !== 'loaded') throw new Error('the models are wrong')
  const { reference, prepared } = active.outcome
  const context = contextOf(script, store)
  const first = await HostedTask.open(planned, context)
  first.push(active)
  first.push({ ...gone, action: 'publish', position: 1, end: 2 })
  await first.restore(new Map(), false)
  await first.run(
    () => {},
    () => {},
  )
  await first.close(false)
  const second = await HostedTask.open(planned, context)
  expect(second.start.references.map((r) => r.version).sort()).toEqual(['1', '2'])
  await second.restore(new Map([[referenceId(reference), prepared]]), false)
  const [key] = second.report().keys
  expect([key?.active?.version, key?.candidates]).toEqual(['1', []])
  await second.close(false)
  const third = await HostedTask.open(planned, context)
  await third.restore(new Map(), true)
  expect(third.report().keys[0]).toMatchObject({ active: null, isPinned: false, candidates: [] })
  await third.close(false)
})
