import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Environment } from './java.ts'

/** How Java is run. */
export interface JavaCommand {
  readonly java: string
  readonly flags: readonly string[]
  readonly jars: readonly string[]
  readonly env: Environment
  /** True for a broker that outlives this process. */
  readonly isLeftRunning: boolean
}

const logFlags = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
]
/** Lines of the log that an error quotes. */
const quotedLines = 3

/** Runs a main class of Kafka to its end and returns what it printed to standard output. */
export function runJava(command: JavaCommand, mainClass: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = argumentsOf(command, mainClass, args)
    execFile(command.java, all, { env: { ...command.env }, timeout: 120_000 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else reject(new MillraceError('CLIENT_LOCAL_KAFKA_TOOL', { tool: mainClass, reason: lastLines(stderr) }, error))
    })
  })
}

/** One broker: a Java process that can be ended, killed, stopped in its tracks and started again. */
export class BrokerProcess {
  /** Number of the node, from 1. */
  readonly node: number
  readonly folder: string
  readonly #command: JavaCommand
  readonly #clock: Clock
  #child: ChildProcess | null = null
  #exit: Promise<unknown> = Promise.resolve()

  constructor(node: number, folder: string, command: JavaCommand, clock: Clock) {
    this.node = node
    this.folder = folder
    this.#command = command
    this.#clock = clock
  }

  get propertiesPath(): string {
    return join(this.folder, 'server.properties')
  }

  get logPath(): string {
    return join(this.folder, 'kafka.log')
  }

  /** Of the process that runs, or ran last; null before the first start. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts the process; it does not serve yet. */
  async start(): Promise<void> {
    const log = await open(this.logPath, 'a')
    const args = argumentsOf(this.#command, 'kafka.Kafka', [this.propertiesPath])
    const child = spawn(this.#command.java, args, {
      env: { ...this.#command.env },
      stdio: ['ignore', log.fd, log.fd],
      detached: true, // Ctrl-C in a terminal is for us: we end brokers in order
    })
    this.#child = child
    this.#exit = once(child, 'exit')
    try {
      await once(child, 'spawn')
    } finally {
      await log.close()
    }
    if (this.#command.isLeftRunning) child.unref()
  }

  /** Sends a signal, when the process runs. */
  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child?.kill(name)
  }

  /** Resolves with the number of the process when it has ended. */
  async exited(): Promise<number> {
    const pid = this.pid as number
    await this.#exit
    return pid
  }

  /** Ends it in order, with SIGKILL after `graceMs`. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    if (!this.isRunning) return
    if (graceMs > 0) {
      this.signal('SIGCONT')
      this.signal('SIGTERM')
      const waiting = new AbortController()
      await Promise.race([this.#exit, this.#clock.sleep(graceMs, waiting.signal)])
      waiting.abort()
    }
    this.signal('SIGKILL')
    await this.#exit
  }

  /** The error that says why it does not serve, with the end of its log. */
  async failure(reason: string): Promise<MillraceError> {
    const log = await readFile(this.logPath, 'utf8').catch(() => '')
    return new MillraceError('CLIENT_LOCAL_KAFKA_DOWN', { reason: `${reason}: ${lastLines(log)}`, path: this.logPath })
  }
}

function argumentsOf({ flags, jars }: JavaCommand, mainClass: string, args: readonly string[]): string[] {
  return [...flags, ...logFlags, '-cp', jars.join(delimiter), mainClass, ...args]
}

/** The last lines of a log that say something: no frames of a stack. */
function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+(at |\.\.\. )/.test(line))
  return lines.slice(-quotedLines).join(' | ').slice(-1_000) || 'it printed nothing'
}
