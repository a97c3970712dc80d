import type { MetricFamily, MetricSample } from './metric-text.ts'

/** What a metric is, apart from its values. */
interface MetricEntry extends Omit<MetricFamily, 'name' | 'samples'> {
  readonly labels: readonly string[]
}

/** Every metric by name (`<room>_<what>_<unit>`, counters end in `_total`); the reference page is made from it. */
export const metricTable = {
  engine_read_records_total: {
    type: 'counter',
    help: 'Records that were read and dealt with: predictions, dead letters and dropped ones.',
    labels: ['engine', 'task'],
  },
  engine_predicted_records_total: {
    type: 'counter',
    help: 'Records that became a prediction.',
    labels: ['engine', 'task'],
  },
  engine_dead_letter_records_total: {
    type: 'counter',
    help: 'Records that were given up and written to the dead-letter stream.',
    labels: ['engine', 'task'],
  },
  engine_dropped_records_total: {
    type: 'counter',
    help: 'Records that were passed over because no version served their key.',
    labels: ['engine', 'task'],
  },
  engine_scored_batches_total: { type: 'counter', help: 'Batches that were committed.', labels: ['engine', 'task'] },
  engine_activations_total: {
    type: 'counter',
    help: 'Versions that took over, counted once in each task.',
    labels: ['engine', 'task'],
  },
  engine_rejected_versions_total: {
    type: 'counter',
    help: 'Versions that did not load, verify or warm up; one that only fails in tasks counts once in each.',
    labels: ['engine'],
  },
  engine_rejected_messages_total: {
    type: 'counter',
    help: 'Messages of the model stream that could not be understood, by error code.',
    labels: ['engine', 'code'],
  },
  engine_task_errors_total: {
    type: 'counter',
    help: 'Errors that ended a task, by error code.',
    labels: ['engine', 'code'],
  },
  engine_restarts_total: {
    type: 'counter',
    help: 'New attempts after an error, by error code.',
    labels: ['engine', 'code'],
  },
  engine_task_restarts_total: {
    type: 'counter',
    help: 'Tasks that were restarted by themselves after an error, by error code.',
    labels: ['engine', 'code'],
  },
  engine_standby_errors_total: {
    type: 'counter',
    help: 'Versions that standby could not prepare, by error code.',
    labels: ['engine', 'code'],
  },
  engine_missing_versions_total: {
    type: 'counter',
    help: 'Versions that a checkpoint names and that were not to be had when a task started.',
    labels: ['engine'],
  },
  engine_rebalances_total: {
    type: 'counter',
    help: "Changes of this instance's share of an input.",
    labels: ['engine'],
  },
  engine_assignment_errors_total: {
    type: 'counter',
    help: 'Memberships in a consumer group that ended with an error and were begun anew, by error code.',
    labels: ['engine', 'code'],
  },
  engine_state_info: { type: 'gauge', help: '1 for the state that the engine is in.', labels: ['engine', 'state'] },
  engine_latency_seconds: {
    type: 'gauge',
    help: 'Time from a record entering its stream to the commit of its prediction, by quantile, since the start.',
    labels: ['engine', 'quantile'],
  },
  engine_position_records: {
    type: 'gauge',
    help: 'Position of the next record of each task, in the unit of its transport.',
    labels: ['engine', 'task'],
  },
  engine_slot_records: {
    type: 'gauge',
    help: 'Records that wait at the HTTP end of a slot.',
    labels: ['engine', 'slot'],
  },
  engine_key_usage_records: {
    type: 'gauge',
    help: 'Records that the active version of a key has scored.',
    labels: ['engine', 'key', 'model', 'version'],
  },
  engine_key_duration_seconds: {
    type: 'gauge',
    help: 'Scoring time per record of the active version of a key, by quantile.',
    labels: ['engine', 'key', 'quantile'],
  },
  server_requests_total: {
    type: 'counter',
    help: 'HTTP requests that were answered.',
    labels: ['method', 'route', 'status'],
  },
  server_request_duration_seconds: {
    type: 'summary',
    help: 'Time from the arrival of an HTTP request to its answer, waiting included.',
    labels: ['route', 'quantile'],
  },
  server_request_errors_total: {
    type: 'counter',
    help: 'HTTP requests that were ended by an error inside the server, by error code.',
    labels: ['code'],
  },
  server_unanswered_instances_total: {
    type: 'counter',
    help: 'Times that another instance of the engine did not answer when state of all was asked for.',
    labels: [],
  },
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory of the process.', labels: [] },
  process_heap_bytes: { type: 'gauge', help: 'JavaScript heap in use on the main thread.', labels: [] },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time of the process, user and system.', labels: [] },
  process_uptime_seconds: { type: 'gauge', help: 'Time since the process started.', labels: [] },
} as const satisfies Readonly<Record<string, MetricEntry>>

export type MetricName = keyof typeof metricTable

/** A metric of the table with its samples. */
export function familyOf(name: MetricName, samples: readonly MetricSample[]): MetricFamily {
  const { type, help } = metricTable[name]
  return { name, type, help, samples }
}
