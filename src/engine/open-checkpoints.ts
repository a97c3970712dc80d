import type { Registry } from '../config/registry.ts'
import type { CheckpointStore, StateComponent } from '../state/state.ts'
import type { EnginePlan } from './engine-plan.ts'

/** Opens the checkpoint store of an engine; a store belongs to one thread. */
export function openCheckpoints({ state, baseFolder }: EnginePlan, registry: Registry): Promise<CheckpointStore> {
  const component = registry.get<StateComponent>('state', state.type, 'state')
  return component.open(state as never, { baseFolder, place: 'state' })
}
