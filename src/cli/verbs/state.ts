import { boolean, integer, text } from '../../config/option.ts'
import type { ModelStatsAnswer } from '../../server/api.ts'
import { askServer, DEFAULT_URL, type EngineSummary, engineView, engineViewOptions } from '../engine-view.ts'
import type { Printer } from '../printer.ts'
import { defineVerb } from '../verb.ts'

const CLEAR = '\u001b[H\u001b[2J'

/** Shows an engine while it runs. */
export const stateVerb = defineVerb({
  name: 'state',
  summary: 'Show what an engine is doing: counts, positions, and statistics of the active versions',
  options: {
    ...engineViewOptions,
    key: text({
      summary: 'Only the statistics of this key, as JSON in the form of the tutorial programs',
      isOptional: true,
    }),
    watch: boolean({ summary: 'Renew until Ctrl-C', default: false }),
    everyMs: integer({ summary: 'Time between two looks', unit: 'milliseconds', default: 1_000 }, { min: 50 }),
  },
  endsInOrder: true,
  examples: [
    { command: 'millrace state', summary: 'of the engine that serves at http://127.0.0.1:8090' },
    { command: 'millrace state --watch', summary: 'renewed every second' },
    { command: 'millrace state --key wine', summary: 'GET /state/wine' },
  ],
  run: async ({ world, options, print }) => {
    const view = engineView(world, options)
    const look = async () => {
      if (options.key !== undefined) {
        const path = `/state/${encodeURIComponent(options.key)}`
        return print.json(await askServer(world, options.url ?? DEFAULT_URL, path))
      }
      const summary = await view.summary()
      const stats = await view.stats()
      if (print.isJson) return print.json({ ...summary, stats })
      if (options.watch && print.isTerminal) await print.bytes(Buffer.from(CLEAR))
      await printSummary(summary, print)
      await printStats(stats, print)
    }
    await look()
    while (options.watch && !world.stop.aborted) {
      await world.clock.sleep(options.everyMs, world.stop)
      if (!world.stop.aborted) await look()
    }
    return 0
  },
})

async function printSummary({ name, state, counts, latency, active, tasks }: EngineSummary, print: Printer) {
  const { read, predicted, deadLettered, dropped } = counts
  await print.line(`${print.paint('bold', name)} ${state}`)
  await print.line(`records: ${read} read, ${predicted} predicted, ${deadLettered} dead letters, ${dropped} dropped`)
  const { p50, p95, p99 } = latency
  if (p50 !== null) await print.line(`latency: p50 ${msText(p50)}, p95 ${msText(p95)}, p99 ${msText(p99)}`)
  const served = Object.entries(active).map(([key, version]) => `${key}: ${version}`)
  await print.line(`active: ${served.join(', ') || 'none'}\n`)
  await print.table(tasks, [
    { title: 'TASK', of: (task) => task.task },
    { title: 'POSITION', of: (task) => task.position },
    { title: 'MODEL POSITION', of: (task) => task.modelPosition },
    { title: 'READ', of: (task) => task.counts.read },
    { title: 'PREDICTED', of: (task) => task.counts.predicted },
    { title: 'DEAD LETTERS', of: (task) => task.counts.deadLettered },
    { title: 'DROPPED', of: (task) => task.counts.dropped },
  ])
}

async function printStats(stats: Readonly<Record<string, ModelStatsAnswer>>, print: Printer): Promise<void> {
  const rows = Object.entries(stats)
  if (rows.length === 0) return
  await print.line()
  await print.table(rows, [
    { title: 'KEY', of: ([key]) => key },
    { title: 'MODEL', of: ([, { name, version }]) => (name === '' ? null : `${name}@${version}`) },
    { title: 'SINCE', of: ([, { since }]) => (since === 0 ? null : new Date(since).toISOString()) },
    { title: 'USAGE', of: ([, { usage }]) => usage },
    { title: 'MEAN MS', of: ([, { mean }]) => mean },
    { title: 'MIN MS', of: ([, { min }]) => min },
    { title: 'MAX MS', of: ([, { max }]) => max },
    { title: 'P99 MS', of: ([, { p99 }]) => p99 },
  ])
}

function msText(value: number | null): string {
  return value === null ? '-' : `${value.toPrecision(3)} ms`
}
