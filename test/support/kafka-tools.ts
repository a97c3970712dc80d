import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { inject } from 'vitest'
import { jarFolder, jarPath } from '../../src/clients/local-kafka/jar-cache.ts'
import { jarList } from '../../src/clients/local-kafka/jar-list.ts'
import { findJava } from '../../src/clients/local-kafka/java.ts'
import type { ToolAnswer } from './services-setup.ts'

/** kcat, for suites that run it beside a real Kafka. */
export interface KcatService {
  /** Why there is none, to skip with; null where there is one. */
  readonly reason: string | null
  /** Runs it to its end with this standard input; gives its standard output. */
  run(args: readonly string[], input?: string | Buffer): Promise<string>
}

/** The kcat of the path, or Debian's, fetched once; where neither can be had the reason is on screen at the end, and an error with CI=true. */
export async function kcatService(): Promise<KcatService> {
  const response = await fetch(`${inject('servicesUrl')}/kcat`)
  if (!response.ok) throw new Error(`no kcat: ${await response.text()}`)
  const { tool, reason } = (await response.json()) as ToolAnswer
  if (reason !== null && process.env['CI'] === 'true') throw new Error(`no kcat with CI=true: ${reason}`)
  return {
    reason,
    run: (args, input = '') =>
      tool === null ? Promise.reject(new Error(reason)) : runTool(tool.command, args, input, tool.env),
  }
}

/** Main classes of the console tools in the jars of the broker. */
const consoleTools = {
  producer: 'org.apache.kafka.tools.ConsoleProducer',
  consumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
} as const

/** Runs a console tool of Apache Kafka to its end; the jars are there once a broker runs. */
export async function consoleTool(
  tool: keyof typeof consoleTools,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<string> {
  const jars = jarList.map((entry) => jarPath(jarFolder(process.env), entry)).join(delimiter)
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
  const java = await findJava(process.env)
  return runTool(java, [...flags, quiet, '-cp', jars, consoleTools[tool], ...args], input)
}

/** A tool that waits for what never comes is stopped, so that what it has printed is on screen. */
const TOOL_TIMEOUT_MS = 100_000

function runTool(
  program: string,
  args: readonly string[],
  input: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...more }
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: TOOL_TIMEOUT_MS })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (status, signal) => {
      if (status === 0) resolve(Buffer.concat(out).toString())
      else reject(new Error(`${program} ended with ${status ?? signal}: ${Buffer.concat(err)}\n${Buffer.concat(out)}`))
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
