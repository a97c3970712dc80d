import type { Registry } from '../config/registry.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { StateComponent } from '../state/state.ts'
import { guaranteeOf } from '../streams/guarantee.ts'
import { streamEnd } from '../streams/stream-context.ts'
import type { EnginePlan } from './engine-plan.ts'

/** What each record of this engine gets, and why. */
export function engineGuarantee(plan: EnginePlan, registry: Registry): Guarantee {
  const { baseFolder } = plan
  const end = (stream: (typeof plan.inputs)[number] | EnginePlan['deadLetters'], direction: 'in' | 'out') =>
    streamEnd(stream.descriptor, registry, direction, { baseFolder, place: stream.place })
  const state = registry.get<StateComponent>('state', plan.state.type, 'state')
  return guaranteeOf(
    plan.inputs.map((stream) => end(stream, 'in')),
    [...plan.outputs.map((stream) => end(stream, 'out')), end(plan.deadLetters, 'out')],
    state.domain(plan.state as never, { baseFolder }),
    state.promise?.(plan.state as never),
  )
}
