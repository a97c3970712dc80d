import { type Clock, systemClock } from '../../src/core/clock.ts'
import type { TransportContext } from '../../src/transports/transport.ts'

/** A context for opening a transport in a test. */
export function contextFor(changes: Partial<TransportContext> = {}): TransportContext {
  const clock: Clock = changes.clock ?? systemClock
  return {
    clock,
    baseFolder: '/nowhere',
    partition: 0,
    group: '',
    place: 'test.yaml: slots.0',
    isLooping: false,
    start: 'earliest',
    channel: null,
    ...changes,
  }
}
