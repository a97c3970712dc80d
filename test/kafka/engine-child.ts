// A process that tests kill: the engine of <folder>/engine.json, until SIGTERM drains it. Says "running", and errors on stderr.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Before anything takes long: a signal that comes while modules are loaded drains too.
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const { registry } = await import('../../src/components.ts')
const { Telemetry } = await import('../../src/core/telemetry.ts')
const { Engine } = await import('../../src/engine/engine.ts')
const { planEngine } = await import('../../src/engine/read-engine.ts')

const folder = process.argv[2] as string
const document = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8')) as unknown
const telemetry = new Telemetry()
telemetry.listen((name, payload) => {
  if (name.endsWith('Error')) process.stderr.write(`${name} ${JSON.stringify(payload)}\n`)
})
const engine = new Engine({
  plan: planEngine(document, { document: null, source: 'engine.json', baseFolder: folder }, registry),
  registry,
  registryUrl: new URL('../../src/components.ts', import.meta.url).href,
  telemetry,
})
if (stop.signal.aborted) process.exit(0)
stop.signal.addEventListener('abort', () => void engine.stop())
await engine.start()
process.stdout.write('running\n')
await engine.done()
process.exit(0)
