// Real servers for development and tests, beyond the end of this program:
//
//   node scripts/services.ts start kafka [--brokers 3] [--port 9092]     until stop
//   node scripts/services.ts stop [kafka]
//   node scripts/services.ts status
//   node scripts/services.ts install kcat                                into the cache folder, without root; suites do so by themselves
//
// Suites need none of this: they start what they need (test/support/kafka.ts). Data and logs are kept below .cache/services/, or --folder.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LocalKafka } from '../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../src/core/clock.ts'
import { reasonOf } from '../src/core/errors.ts'
import { haveTool } from './debian-tool.ts'

/** A server that was started: its processes, and where it is. */
interface Running {
  readonly address: string
  readonly processes: readonly {
    readonly pid: number /** Part of its command line, by which it is known to be still it. */
    readonly mark: string
  }[]
}

/** What a service can do; each kind of server is one entry of `services`. */
interface Service {
  start(folder: string, choice: Choice): Promise<Running>
}

interface Choice {
  readonly brokers: number
  readonly port: number
}

const services: Readonly<Record<string, Service>> = {
  kafka: {
    start: async (folder, { brokers, port }) => {
      const kafka = await LocalKafka.start({
        folder: join(folder, String(brokers)),
        brokers,
        ports: Array.from({ length: brokers }, (_, i) => (port === 0 ? 0 : port + i)),
        isLeftRunning: true,
        env: process.env,
        clock: systemClock,
      })
      return {
        address: kafka.bootstrapServers.join(','),
        processes: kafka.brokers.map(({ pid, propertiesPath }) => ({ pid: pid as number, mark: propertiesPath })),
      }
    },
  },
}

/** Tools of tests that are packages of Debian under the same name. */
const tools: readonly string[] = ['kcat']
const stopMs = 20_000

let root = join(import.meta.dirname, '../.cache/services')

async function start(name: string, choice: Choice): Promise<string> {
  const service = services[name]
  if (!service) throw new Error(`there is no service "${name}"; services: ${Object.keys(services).join(', ')}`)
  const before = running(name)
  if (before) return `${name} serves at ${before.address}`
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  const started = await service.start(folder, choice)
  writeFileSync(statePath(name), JSON.stringify(started))
  return `${name} serves at ${started.address}; data and log in ${folder}`
}

async function stop(name: string): Promise<string> {
  const before = running(name)
  if (!before) return `${name} does not run`
  for (const { pid } of before.processes) process.kill(pid, 'SIGTERM')
  const deadline = systemClock.monotonicMs() + stopMs
  while (running(name) && systemClock.monotonicMs() < deadline) await systemClock.sleep(50)
  for (const { pid } of running(name)?.processes ?? []) process.kill(pid, 'SIGKILL')
  rmSync(statePath(name), { force: true })
  return `${name} is stopped`
}

function status(): string {
  return Object.keys(services)
    .map((name) => `${name}: ${running(name)?.address ?? 'does not run'}`)
    .join('\n')
}

function install(name: string): string {
  if (!tools.includes(name)) throw new Error(`there is no tool "${name}"; tools: ${tools.join(', ')}`)
  const tool = haveTool(name, process.env)
  if (typeof tool === 'string') throw new Error(tool)
  const env = Object.entries(tool.env).map(([variable, value]) => `${variable}=${value} `)
  return `${name} is there: ${env.join('')}${tool.command}`
}

/** The service as it was started, with those of its processes that still run; null when none does. */
function running(name: string): Running | null {
  let kept: Running
  try {
    kept = JSON.parse(readFileSync(statePath(name), 'utf8')) as Running
  } catch {
    return null
  }
  const processes = kept.processes.filter(({ pid, mark }) => commandLineOf(pid).includes(mark))
  return processes.length > 0 ? { ...kept, processes } : null
}

/** Empty when there is no such process; a number may be another process's by now. */
function commandLineOf(pid: number): string {
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid), '-ww']).stdout?.toString() ?? ''
}

function statePath(name: string): string {
  return join(root, `${name}.json`)
}

async function main(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      brokers: { type: 'string', default: '1' },
      port: { type: 'string', default: '9092' },
      folder: { type: 'string', default: root },
    },
  })
  root = values.folder
  const [action, name = 'kafka'] = positionals
  if (action === 'start') return start(name, { brokers: Number(values.brokers), port: Number(values.port) })
  if (action === 'stop') return stop(name)
  if (action === 'status') return status()
  if (action === 'install') return install(positionals[1] ?? 'kcat')
  throw new Error('say start, stop, status or install')
}

if (import.meta.main) {
  try {
    console.log(await main(process.argv.slice(2)))
  } catch (error) {
    console.error(reasonOf(error))
    process.exitCode = 1
  }
}
