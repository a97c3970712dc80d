/** A task host on this thread, between scripted streams and checkpoints in memory. */
import { registry as shipped } from '../../src/components.ts'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import type { ModelUpdate } from '../../src/engine/join-state.ts'
import { loadVersion } from '../../src/engine/load-version.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { type HostAnswer, TaskHost } from '../../src/engine/task-host.ts'
import { MemoryArtifacts, MemoryCheckpoints } from '../../src/state/memory/store.ts'
import type { Script } from '../support/scripted-transport.ts'
import { command, source, update } from './fakes.ts'

/** The shipped components and the transport of a script. */
export function registryWith(script: Script): Registry {
  return new Registry([...kinds.flatMap((kind) => shipped.list(kind)), script.transport])
}

/** A plan from scripted records to scripted predictions, with changes. */
export function scriptedPlan(script: Script, changes: object = {}): EnginePlan {
  const document = {
    name: 'numbers',
    slots: { 0: { transport: 'scripted', name: 'in' }, 1: { transport: 'scripted', name: 'out' } },
    deadLetters: { transport: 'discard', encoding: 'json' },
    state: 'memory',
    versions: { allowCode: true },
    ...changes,
  }
  return planEngine(document, { document: null, source: 'test', baseFolder: '/' }, registryWith(script))
}

/** An update that brings a function model, loaded as the loader does. */
export async function functionUpdate(version: string, position = 0): Promise<ModelUpdate> {
  const settings = { allowsCode: true, maxArtifactBytes: 1e6, locations: [], baseFolder: '/', features: {} }
  const request = {
    command: command({ key: 'numbers', version, data: Buffer.from(source(version)) }),
    position: `models/0@${position}`,
    known: null,
  }
  const loaded = await loadVersion(request, settings, shipped, new MemoryArtifacts())
  const { key, model } = loaded.reference
  return update({ position, end: position + 1, key, model, version, outcome: { type: 'loaded', ...loaded } })
}

type Kind = HostAnswer['kind']

/** A host whose answers are awaited one after another. */
export function hostOf(script: Script, plan: EnginePlan, store = new MemoryCheckpoints('test')) {
  const answers: HostAnswer[] = []
  let wake = () => {}
  const tasks = plan.inputs.map((input, rank) => ({ name: `${input.slot}/0`, slot: input.slot, partition: 0, rank }))
  const host = new TaskHost(
    { plan, registry: registryWith(script), clock: systemClock, channels: new Map() },
    async () => store,
    (answer) => {
      answers.push(answer)
      wake()
    },
  )
  const answer = async <K extends Kind>(kind: K): Promise<Extract<HostAnswer, { kind: K }>> => {
    for (;;) {
      const at = answers.findIndex((found) => found.kind === kind)
      if (at >= 0) return answers.splice(at, 1)[0] as Extract<HostAnswer, { kind: K }>
      const failed = answers.find((found) => found.kind === 'failed')
      if (failed?.kind === 'failed') throw new Error(failed.error.message)
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { host, tasks, answer, answers, store }
}
