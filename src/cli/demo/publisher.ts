import { readFile } from 'node:fs/promises'
import type { EmbeddedLog } from '../../clients/log/log.ts'
import { columnOf } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { framesOf } from '../../core/frames.ts'

/** Models of the demo, in the order in which they are published. `broken` and `wrong` must never become active. */
const models = [
  { name: 'tree', file: 'tree.pmml', format: 'pmml' },
  { name: 'forest', file: 'forest.pmml', format: 'pmml' },
  { name: 'broken', file: 'broken.pmml', format: 'pmml' },
  { name: 'logistic', file: 'logistic.pmml', format: 'pmml' },
  { name: 'rules', file: 'rules.js', format: 'javascript' },
  { name: 'wrong', file: 'wrong.pmml', format: 'pmml' },
  { name: 'boosted', file: 'boosted.pmml', format: 'pmml' },
] as const

/** Publishes one model after another on a model stream, as JSON messages with the artifact by value. */
export class Publisher {
  readonly #log: EmbeddedLog
  readonly #topic: string
  readonly #key: string
  readonly #artifacts: readonly Buffer[]
  #published = 0

  private constructor(log: EmbeddedLog, topic: string, key: string, artifacts: readonly Buffer[]) {
    this.#log = log
    this.#topic = topic
    this.#key = key
    this.#artifacts = artifacts
  }

  static async open(log: EmbeddedLog, topic: string, key: string, folder: URL): Promise<Publisher> {
    const artifacts = await Promise.all(models.map(({ file }) => readFile(new URL(file, folder))))
    return new Publisher(log, topic, key, artifacts)
  }

  /** Publishes the next model; returns its name and version. */
  next(): string {
    const index = this.#published % models.length
    const { name, format } = models[index] as (typeof models)[number]
    const version = String(Math.floor(this.#published / models.length) + 1)
    const data = (this.#artifacts[index] as Buffer).toString('base64')
    const message = JSON.stringify({
      name,
      version,
      dataType: this.#key,
      format,
      description: 'published by the demo',
      data,
    })
    this.#log.append(this.#topic, 0, framesOf(columnOf([Buffer.from(message)])))
    this.#published++
    return `${name}@${version}`
  }

  /** Publishes a model every `everyMs` until the signal aborts. */
  async run(everyMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal)
      if (!signal.aborted) this.next()
    }
  }
}
