// One instance of the engine of a Kafka chaos run, killed, stopped and started again by the suite: until SIGTERM drains it.
import { readFileSync } from 'node:fs'
import type { ChaosEngine } from './kafka-plan.ts'

// Before anything takes long: a signal that comes while modules are loaded drains too.
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const chaos = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as ChaosEngine
if (chaos.missing !== null) process.env['MILLRACE_TEST_MISSING'] = chaos.missing
const { systemClock } = await import('../../src/core/clock.ts')
const { Telemetry } = await import('../../src/core/telemetry.ts')
const { Engine } = await import('../../src/engine/engine.ts')
const { logTelemetry, openLog } = await import('../../src/monitor/monitor.ts')
const { registry, registryUrl } = await import('./kafka-missing.ts')
const { chaosPlan } = await import('./kafka-plan.ts')

const telemetry = new Telemetry()
logTelemetry(telemetry, openLog({ destination: process.stderr, level: 'info', form: 'json', clock: systemClock }))
const engine = new Engine({ plan: chaosPlan(chaos), registry, registryUrl, telemetry })
if (stop.signal.aborted) process.exit(0)
stop.signal.addEventListener('abort', () => void engine.stop())
await engine.start()
process.stdout.write('running\n')
await engine.done()
process.exit(0)
