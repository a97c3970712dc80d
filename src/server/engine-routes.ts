import type { FastifyReply } from 'fastify'
import { MillraceError } from '../core/errors.ts'
import { METRIC_MEDIA_TYPE, renderMetrics } from '../monitor/monitor.ts'
import type { EngineAnswer, HealthAnswer, ReadyAnswer } from './api.ts'
import { reportMetrics } from './report-metrics.ts'
import { query, type Route } from './route.ts'
import type { ServerContext } from './server-context.ts'
import { activeVersions } from './version-answers.ts'

/** Routes that tell how the process and the engine are. */
export function engineRoutes(context: ServerContext): Route[] {
  return [
    { ...query('/health', 'the process runs', () => ({ status: 'live' }) satisfies HealthAnswer), isPublic: true },
    { ...query('/ready', 'the engine scores records, or 503', () => ready(context)), isPublic: true },
    query('/engine', 'state, counts, latency and positions of the engine', () => engineAnswer(context)),
    query('/metrics', 'metrics in the Prometheus text format', (_, reply) => metrics(context, reply)),
  ]
}

/** Throws SERVER_NOT_READY unless the engine scores records now. */
export function requireRunning({ engine, lastError }: ServerContext): void {
  if (engine.state === 'running') return
  const reason = lastError === '' ? '' : `: ${lastError}`
  throw new MillraceError('SERVER_NOT_READY', { engine: engine.plan.name, state: engine.state, reason })
}

function ready(context: ServerContext): ReadyAnswer {
  requireRunning(context)
  return { status: 'ready', engine: context.engine.plan.name }
}

async function engineAnswer({ engine }: ServerContext): Promise<EngineAnswer> {
  const report = await engine.report()
  const { plan, slots } = engine
  const directions = [
    ...plan.inputs.map(({ slot }) => [slot, 'in'] as const),
    ...plan.outputs.map(({ slot }) => [slot, 'out'] as const),
  ]
  return {
    name: plan.name,
    description: plan.description,
    state: report.state,
    counts: report.counts,
    latency: {
      p50: numberOrNull(report.latency.p50),
      p95: numberOrNull(report.latency.p95),
      p99: numberOrNull(report.latency.p99),
    },
    active: activeVersions(report),
    tasks: report.tasks.map(({ task, position, modelPosition, counts }) => ({ task, position, modelPosition, counts })),
    slots: Object.fromEntries(
      directions.flatMap(([slot, direction]) => {
        const queue = slots.get(slot)
        return queue ? [[slot, { direction, records: queue.length }]] : []
      }),
    ),
  }
}

async function metrics({ engine, metrics: counters }: ServerContext, reply: FastifyReply): Promise<string> {
  const gauges = reportMetrics(await engine.report(), engine.slots)
  reply.type(METRIC_MEDIA_TYPE)
  return renderMetrics([...counters.families(), ...gauges])
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
