import type { ErrorReport } from './errors.ts'

/** Every telemetry event by name, with its payload (STYLE 8.1). Log lines and metrics are derived from these. */
export interface TelemetryEvents {
  engineStarted: { engine: string; tasks: number; guarantee: string }
  engineRestarting: { engine: string; error: ErrorReport; attempt: number; delayMs: number }
  engineStopped: { engine: string; reason: string }
  /** `totalMs` is the time from the assignment of the partition to the first read; the others are its parts. */
  taskStarted: {
    engine: string
    task: string
    position: number
    openMs: number
    restoreMs: number
    catchUpMs: number
    totalMs: number
  }
  taskStopped: { engine: string; task: string; reason: string }
  taskRestarting: { engine: string; task: string; error: ErrorReport; attempt: number; delayMs: number }
  /** A version that a task's checkpoint names is not to be had any more. */
  versionMissing: { engine: string; task: string; key: string; model: string; version: string; digest: string }
  /** Standby could not prepare a version that a task's checkpoint names. */
  standbyVersionError: {
    engine: string
    task: string
    key: string
    model: string
    version: string
    error: ErrorReport
  }
  /** An instance's share of an input has changed: `partitions` are its own now. */
  partitionsMoved: { engine: string; slot: number; partitions: number; gained: number; given: number; isLost: boolean }
  assignmentError: { engine: string; slot: number; error: ErrorReport; attempt: number; delayMs: number }
  taskError: { engine: string; task: string; error: ErrorReport }
  batchScored: {
    engine: string
    task: string
    records: number
    predictions: number
    deadLetters: number
    dropped: number
  }
  versionMoved: {
    engine: string
    key: string
    model: string
    version: string
    digest: string
    from: string
    to: string
    reason: string
  }
  /** The record of a cut-over could not be written as it is. */
  activationError: { engine: string; task: string; error: ErrorReport }
  versionActivated: { engine: string; task: string; key: string; model: string; version: string; position: number }
  modelMessageRejected: { engine: string; position: string; error: ErrorReport }
  serverStarted: { url: string; isOpen: boolean }
  serverStopped: { url: string }
  requestAnswered: { method: string; route: string; status: number; durationMs: number }
  requestError: { method: string; route: string; error: ErrorReport; stack: string }
  instanceUnanswered: { address: string; reason: string }
}

/** Name of an event. */
export type TelemetryName = keyof TelemetryEvents
/** Is told of every event. */
export type TelemetryListener = <N extends TelemetryName>(name: N, payload: TelemetryEvents[N]) => void

/** Fans events out to listeners; a call site only emits. */
export class Telemetry {
  readonly #listeners = new Set<TelemetryListener>()

  emit<N extends TelemetryName>(name: N, payload: TelemetryEvents[N]): void {
    for (const listener of this.#listeners) listener(name, payload)
  }

  /** Adds a listener; the returned function removes it. */
  listen(listener: TelemetryListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
