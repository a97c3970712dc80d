import { fstatSync } from 'node:fs'
import type { WriteStream } from 'node:tty'
import { systemClock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { fileError } from './lines.ts'
import { writeAll } from './output-file.ts'
import type { Output, World } from './verb.ts'

/** The world of this process: its standard streams, environment, folder and signals. */
export function processWorld(): World {
  const { stop, stopNow } = watchSignals()
  return {
    stdin: process.stdin,
    stdout: outputOf(process.stdout, 'standard output'),
    stderr: outputOf(process.stderr, 'standard error'),
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    stop,
    stopNow,
    fetch: globalThis.fetch,
    async components() {
      const { registry } = await import('../components.ts')
      return { registry, url: componentsUrl() }
    },
  }
}

/** The module of the registry as it is here: `.ts` in development, `.js` in the published build. */
function componentsUrl(): string {
  const isSource = import.meta.url.endsWith('.ts')
  return new URL(isSource ? '../components.ts' : '../components.js', import.meta.url).href
}

/**
 * The first Ctrl-C or SIGTERM asks for an orderly end, the second ends the process: a verb that is deep in
 * a computation cannot notice either.
 */
function watchSignals(): { readonly stop: AbortSignal; readonly stopNow: AbortSignal } {
  const first = new AbortController()
  const second = new AbortController()
  const onSignal = () => {
    if (!first.signal.aborted) {
      first.abort()
      return
    }
    second.abort()
    process.exit(130)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { stop: first.signal, stopNow: second.signal }
}

function outputOf(stream: NodeJS.WriteStream & { readonly fd: number }, name: string): Output {
  if (isFileOrDevice(stream)) return fileOutput(stream.fd, name)
  let isClosed = false
  // Without a listener a closed pipe would end the process with a stack; the write in hand is told by its callback.
  stream.on('error', () => {
    isClosed = true
  })
  const terminal = stream as Partial<WriteStream>
  return {
    write: (content) =>
      new Promise((resolve, reject) => {
        const refuse = (cause?: unknown) => reject(new MillraceError('CLI_OUTPUT_CLOSED', {}, cause))
        if (isClosed || stream.destroyed) refuse()
        else stream.write(content, (error) => (error ? refuse(error) : resolve()))
      }),
    isTerminal: terminal.isTTY === true,
    get columns() {
      return terminal.columns ?? 100
    },
  }
}

/** A file, or a device that is no terminal. */
function isFileOrDevice({ fd, isTTY }: NodeJS.WriteStream & { readonly fd: number }): boolean {
  if (isTTY) return false
  const stats = fstatSync(fd)
  return stats.isFile() || stats.isCharacterDevice()
}

/** Node's own stream for files passes over what a full disk does not take. */
function fileOutput(fd: number, name: string): Output {
  return {
    async write(content) {
      try {
        writeAll(fd, Buffer.from(content as Uint8Array))
      } catch (thrown) {
        throw fileError('write', name, thrown)
      }
    },
    isTerminal: false,
    columns: 100,
  }
}
