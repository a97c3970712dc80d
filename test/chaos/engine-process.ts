// The process that the chaos test kills: one engine on an embedded log, until SIGTERM drains it.
import { registry } from '../../src/components.ts'
import { Engine } from '../../src/engine/engine.ts'
import { chaosPlan } from './plan.ts'

const engine = new Engine({
  plan: chaosPlan(process.argv[2] as string),
  registry,
  registryUrl: new URL('../../src/components.ts', import.meta.url).href,
})
process.on('SIGTERM', () => void engine.stop())
await engine.start()
process.stdout.write('running\n')
await engine.done()
process.exit(0)
