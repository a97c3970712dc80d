import { readFile } from 'node:fs/promises'
import type { EmbeddedLog } from '../../clients/log/log.ts'
import { columnOf } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { framesOf } from '../../core/frames.ts'

/** A message for the model stream whose artifact is a file beside it. Example: `{"name": "tree", "format": "pmml", "location": "tree.pmml"}`. */
interface LocatedMessage {
  readonly name: string
  readonly format: string
  readonly location: string
}

/** Publishes one model after another on a model stream, as JSON messages with the artifact by value. */
export class Publisher {
  readonly #log: EmbeddedLog
  readonly #topic: string
  readonly #messages: readonly Readonly<Record<string, unknown>>[]
  #published = 0

  private constructor(log: EmbeddedLog, topic: string, messages: readonly Readonly<Record<string, unknown>>[]) {
    this.#log = log
    this.#topic = topic
    this.#messages = messages
  }

  /** A publisher of the messages of a JSON lines file, over and over, in versions 1, 2, …. */
  static async open(log: EmbeddedLog, topic: string, file: URL): Promise<Publisher> {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
    const messages = lines.map(async (line) => {
      const { location, ...message } = JSON.parse(line) as LocatedMessage
      return { ...message, data: (await readFile(new URL(location, file))).toString('base64') }
    })
    return new Publisher(log, topic, await Promise.all(messages))
  }

  /** Formats of the models by their names. */
  get formats(): ReadonlyMap<string, string> {
    return new Map(this.#messages.map(({ name, format }) => [String(name), String(format)]))
  }

  /** Publishes the next model; returns its name and version. */
  next(): string {
    const message = this.#messages[this.#published % this.#messages.length] as Record<string, unknown>
    const version = String(Math.floor(this.#published / this.#messages.length) + 1)
    const bytes = Buffer.from(JSON.stringify({ ...message, version }))
    this.#log.append(this.#topic, 0, framesOf(columnOf([bytes])))
    this.#published++
    return `${message['name']}@${version}`
  }

  /** Publishes a model every `everyMs` until the signal aborts. */
  async run(everyMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal)
      if (!signal.aborted) this.next()
    }
  }
}
