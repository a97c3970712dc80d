import type { SecureContext } from 'node:tls'
import type { Clock } from '../core/clock.ts'
import type { ErrorReport } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { Metrics } from '../monitor/monitor.ts'

/** One of the instances that run the engine's tasks. */
export interface ServedInstance {
  /** `host:port` of its HTTP server, or null when it told none. */
  readonly address: string | null
  readonly isSelf: boolean
  /** `<slot>/<partition>`. */
  readonly tasks: readonly string[]
  /** Tasks of this instance that an error keeps from running; absent when there are none, and for other instances. */
  readonly failing?: readonly { readonly task: string; readonly error: ErrorReport }[]
}

/** What the server needs of an engine. */
export interface ServedEngine extends Pick<Engine, 'state' | 'telemetry' | 'slots' | 'report' | 'stats'> {
  /** All instances that run its tasks now, this one among them; absent when there is only this one. Rejects when the group cannot be asked. */
  instances?(): Promise<readonly ServedInstance[]>
  readonly plan: Pick<Engine['plan'], 'name' | 'description' | 'inputs' | 'outputs'>
}

/** What every route may use. */
export interface ServerContext {
  readonly engine: ServedEngine
  readonly clock: Clock
  readonly metrics: Metrics
  /** Where clients reach the server. */
  readonly address: { readonly host: string; readonly port: number }
  /** Tells this server from those of other instances, which may have been given the same address. */
  readonly id: string
  /** Whom other instances are trusted by; null where instances speak plain HTTP. */
  readonly trusted: SecureContext | null
  /** Requests that wait for something to happen: aborted when the server closes, so that they are answered then. */
  readonly waits: Set<AbortController>
  /** Sentence of the error that interrupted the engine last, or empty. */
  readonly lastError: string
}
