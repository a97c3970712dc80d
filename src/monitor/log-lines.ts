import type { TelemetryEvents, TelemetryName } from '../core/telemetry.ts'

/** Levels of log lines, from the least important to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** One line of the log. */
export interface LogLine {
  readonly level: LogLevel
  readonly sentence: string
}

type Lines = { readonly [N in TelemetryName]: (event: TelemetryEvents[N]) => LogLine | null }

/** What each telemetry event says in the log; null = nothing (events of the scoring path are metrics only). */
const lines: Lines = {
  engineStarted: ({ engine, tasks, guarantee }) => {
    const promise = guarantee === '' ? '' : `, ${guarantee}`
    return info(`engine "${engine}" runs with ${tasks} ${tasks === 1 ? 'task' : 'tasks'}${promise}`)
  },
  engineRestarting: ({ engine, error, attempt, delayMs }) =>
    warn(`engine "${engine}" starts again in ${delayMs} ms (attempt ${attempt}): ${error.message}`),
  engineStopped: ({ engine, reason }) => info(`engine "${engine}" has ended: ${reason}`),
  taskStarted: ({ task, position, totalMs }) =>
    debug(`task ${task} starts at position ${position}, ${Math.round(totalMs)} ms after it was assigned`),
  taskRestarting: ({ task, error, attempt, delayMs }) =>
    warn(`task ${task} starts again in ${delayMs} ms (attempt ${attempt}): ${error.message}`),
  versionMissing: ({ task, key, model, version, digest }) =>
    warn(
      `task ${task} starts without version ${model}@${version} for "${key}", which its checkpoint names: artifact ${digest} is not to be had any more`,
    ),
  standbyVersionError: ({ task, key, model, version, error }) =>
    warn(
      `version ${model}@${version} for "${key}" is not at hand should task ${task} come to this instance: ${error.message}`,
    ),
  partitionsMoved: ({ engine, slot, partitions, gained, given, isLost }) =>
    info(
      `slot ${slot} of engine "${engine}" has ${partitions} partitions here: ${gained} came, ${given} ${isLost ? 'were lost' : 'went'}`,
    ),
  assignmentError: ({ engine, slot, error, attempt, delayMs }) =>
    warn(`slot ${slot} of engine "${engine}" joins again in ${delayMs} ms (attempt ${attempt}): ${error.message}`),
  taskStopped: ({ task, reason }) => debug(`task ${task} has ended: ${reason}`),
  taskError: ({ task, error }) => failed(`task ${task} was ended by an error: ${error.message}`),
  batchScored: () => null,
  versionMoved: ({ key, model, version, from, to, reason }) => {
    const name = version === '' ? model : `${model}@${version}`
    if (to === 'rejected') return warn(`version ${name} for "${key}" is rejected: ${reason}`)
    if (from === 'published' && to === 'loading') return info(`version ${name} for "${key}" is being loaded`)
    return debug(`version ${name} for "${key}" goes from ${from} to ${to}`)
  },
  activationError: ({ task, error }) => warn(`task ${task}: ${error.message}`),
  versionActivated: ({ task, key, model, version, position }) =>
    info(`version ${model}@${version} scores "${key}" from position ${position} on in task ${task}`),
  modelMessageRejected: ({ position, error }) => warn(`message at ${position} is passed over: ${error.message}`),
  serverStarted: ({ url, isOpen }) => {
    if (isOpen) return warn(`listening on ${url}, which other machines can reach, without asking for a token`)
    return info(`listening on ${url}`)
  },
  serverStopped: ({ url }) => info(`no longer listening on ${url}`),
  requestAnswered: ({ method, route, status, durationMs }) =>
    debug(`${method} ${route} was answered with ${status} after ${durationMs.toFixed(1)} ms`),
  requestError: ({ method, route, error }) => failed(`${method} ${route} was ended by an error: ${error.message}`),
  instanceUnanswered: ({ address, reason }) =>
    warn(`instance ${address} does not answer, its state is missing: ${reason}`),
}

/** The log line of a telemetry event, or null when it has none. */
export function logLineOf<N extends TelemetryName>(name: N, event: TelemetryEvents[N]): LogLine | null {
  return lines[name](event)
}

const debug = (sentence: string): LogLine => ({ level: 'debug', sentence })
const info = (sentence: string): LogLine => ({ level: 'info', sentence })
const warn = (sentence: string): LogLine => ({ level: 'warn', sentence })
const failed = (sentence: string): LogLine => ({ level: 'error', sentence })
