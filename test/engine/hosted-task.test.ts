import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import { HostedTask } from '../../src/engine/hosted-task.ts'
import { referenceId } from '../../src/engine/versions.ts'
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
