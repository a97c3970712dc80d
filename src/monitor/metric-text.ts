/** One value of a metric with its labels. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** What follows the metric's name: the parts of a summary have names of their own. */
  readonly suffix?: '_sum' | '_count'
}

/** A metric with its samples of this moment. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'summary'
  readonly samples: readonly MetricSample[]
}

/** Media type of what `renderMetrics` gives. */
export const METRIC_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus text format 0.0.4: `# HELP`, `# TYPE`, then `name{label="value",…} number` per sample, each line ended by a line
 * feed. Families without samples are left out.
 */
export function renderMetrics(families: readonly MetricFamily[]): string {
  let text = ''
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    for (const { labels, value, suffix = '' } of samples) {
      text += `${name}${suffix}${labelText(labels)} ${numberText(value)}\n`
    }
  }
  return text
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
