// One instance of the engine of a Kafka chaos run, killed, stopped and started again by the suite: until SIGTERM drains it.
import { readFileSync } from 'node:fs'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import { Engine } from '../../src/engine/engine.ts'
import { logTelemetry, openLog } from '../../src/monitor/monitor.ts'
import { type ChaosEngine, chaosPlan } from './kafka-plan.ts'

const chaos = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as ChaosEngine
const telemetry = new Telemetry()
logTelemetry(telemetry, openLog({ destination: process.stderr, level: 'info', form: 'json', clock: systemClock }))
const engine = new Engine({
  plan: chaosPlan(chaos),
  registry,
  registryUrl: new URL('../../src/components.ts', import.meta.url).href,
  telemetry,
})
process.on('SIGTERM', () => void engine.stop())
await engine.start()
process.stdout.write('running\n')
await engine.done()
process.exit(0)
