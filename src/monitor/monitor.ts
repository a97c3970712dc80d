/**
 * What is known about a running process from its telemetry events: log lines, metrics and live counters. Everything here
 * listens to `Telemetry` and costs nothing per record.
 */
export { LiveCounters, type LiveSnapshot } from './live-counters.ts'
export {
  type Log,
  type LogDestination,
  type LogSettings,
  logTelemetry,
  openLog,
  standardLogSettings,
} from './log.ts'
export { type LogLevel, type LogLine, logLevels, logLineOf } from './log-lines.ts'
export { familyOf, type MetricName, metricTable } from './metric-table.ts'
export { METRIC_MEDIA_TYPE, type MetricFamily, type MetricSample, renderMetrics } from './metric-text.ts'
export { Metrics } from './metrics.ts'
