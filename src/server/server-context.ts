import type { Clock } from '../core/clock.ts'
import type { Engine } from '../engine/engine.ts'
import type { Metrics } from '../monitor/monitor.ts'

/** What the server needs of an engine. */
export interface ServedEngine extends Pick<Engine, 'state' | 'telemetry' | 'slots' | 'report' | 'stats'> {
  readonly plan: Pick<Engine['plan'], 'name' | 'description' | 'inputs' | 'outputs'>
}

/** What every route may use. */
export interface ServerContext {
  readonly engine: ServedEngine
  readonly clock: Clock
  readonly metrics: Metrics
  /** Where clients reach the server. */
  readonly address: { readonly host: string; readonly port: number }
  /** Requests that wait for something to happen: aborted when the server closes, so that they are answered then. */
  readonly waits: Set<AbortController>
  /** Sentence of the error that interrupted the engine last, or empty. */
  readonly lastError: string
}
