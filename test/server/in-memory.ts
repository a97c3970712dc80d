import type { FastifyInstance } from 'fastify'
import { Metrics } from '../../src/monitor/monitor.ts'
import { type AppSettings, createApp } from '../../src/server/app.ts'
import type { FakeEngine } from './fake-engine.ts'

/** The server's app on an engine, to be asked with `inject`. */
export function appOf(
  engine: FakeEngine,
  more: Partial<AppSettings> & { tokens?: string[]; lastError?: string } = {},
): FastifyInstance {
  const { tokens = [], lastError = '', ...settings } = more
  return createApp({
    context: {
      engine,
      clock: engine.clock,
      metrics: new Metrics(engine.telemetry),
      address: { host: '127.0.0.1', port: 8888 },
      id: 'this one',
      trusted: null,
      waits: new Set(),
      lastError,
    },
    guard: { tokens, host: '127.0.0.1', allowedHosts: [] },
    maxBodyBytes: 1000,
    tls: null,
    isClosing: () => false,
    ...settings,
  })
}
