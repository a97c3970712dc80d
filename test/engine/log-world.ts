/** An embedded log in a temporary folder with what an engine needs, and an independent reader of what comes out. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import type { TelemetryEvents, TelemetryName } from '../../src/core/telemetry.ts'
import { chunkHeaders } from '../../src/engine/chunk-assembler.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { readDeadLetter } from '../../src/streams/dead-letter.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { source } from './fakes.ts'
import { jsonMessage, type Message } from './model-messages.ts'

/** URL of the shipped components, for threads. */
export const registryUrl = new URL('../../src/components.ts', import.meta.url).href

/** A prediction as its reader sees it. */
export interface Prediction {
  readonly value: Record<string, unknown>
  readonly version: string
  /** `in/0@4`: the record that it is for. */
  readonly position: string
}

export class LogWorld {
  readonly folder = temporaryFolder()
  readonly path = join(this.folder, 'millrace.db')
  readonly log = EmbeddedLog.open(this.path)

  constructor() {
    this.log.createTopic('models')
    onTestFinished(() => this.log.close())
  }

  /** An engine called `numbers`: topic `in` to topic `out`, models as JSON or protobuf on topic `models`. */
  plan(changes: object = {}): EnginePlan {
    const document = {
      name: 'numbers',
      slots: { 0: this.stream('in'), 1: this.stream('out') },
      models: this.stream('models'),
      state: { type: 'log', path: this.path, artifacts: join(this.folder, 'artifacts') },
      versions: { allowCode: true },
      threads: 1,
      ...changes,
    }
    return planEngine(document, { document: null, source: 'test', baseFolder: this.folder }, registry)
  }

  stream(topic: string, partitions = 1): object {
    return { transport: { type: 'log', path: this.path, topic, partitions }, batching: { maxRecords: 50 } }
  }

  engine(changes: object = {}, url = registryUrl): Engine {
    const engine = new Engine({ plan: this.plan(changes), registry, registryUrl: url })
    onTestFinished(() => engine.stop())
    return engine
  }

  append(topic: string, values: readonly (string | Buffer)[], partition = 0): void {
    if (this.log.topic(topic) === null) this.log.createTopic(topic)
    this.log.append(topic, partition, framesOf(columnOf(values.map((value) => Buffer.from(value)))))
  }

  /** Publishes a function model whose predictions say which version made them. */
  publish(version: string, changes: Partial<Message> = {}, topic = 'models', partition = 0): void {
    const data = Buffer.from(source(version))
    const message = { name: 'm', version, dataType: 'numbers', format: 'javascript', data, ...changes }
    this.append(topic, [jsonMessage(message)], partition)
  }

  /** Appends one part of an artifact of a function model, as `publish` has it, in so many parts; returns the location for its message. */
  appendPart(version: string, index: number, count = 2, topic = 'models'): string {
    const data = Buffer.from(source(version))
    const digest = createHash('sha256').update(data).digest('hex')
    const size = Math.ceil(data.length / count)
    const headers = encodeHeaders([
      [chunkHeaders.digest, digest],
      [chunkHeaders.index, String(index)],
      [chunkHeaders.count, String(count)],
    ])
    const part = framesOf(columnOf([data.subarray(index * size, (index + 1) * size)]))
    this.log.append(topic, 0, { ...part, headers: columnOf([headers]) })
    return `chunks:${digest}`
  }

  predictions(topic = 'out', partition = 0): Prediction[] {
    return this.#read(topic, partition, (value, headers) => {
      const stamp = decodeHeaders(headers)
      return {
        value: JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>,
        version: stamp.get('version')?.toString() ?? '',
        position: stamp.get('position')?.toString() ?? '',
      }
    })
  }

  deadLetters(topic = 'numbers.dead-letters', partition = 0) {
    return this.#read(topic, partition, (value, headers) => readDeadLetter(value, headers))
  }

  /** Resolves when the partition of a topic holds `count` records. */
  async until(count: number, topic = 'out', partition = 0): Promise<void> {
    if (this.log.topic(topic) === null) this.log.createTopic(topic)
    for (let tries = 0; this.log.endPosition(topic, partition) < count; tries++) {
      if (tries > 40) throw new Error(`${topic}/${partition} has ${this.log.endPosition(topic, partition)} of ${count}`)
      await this.log.waitForAppend(topic, partition, this.log.endPosition(topic, partition), 500)
    }
  }

  #read<T>(topic: string, partition: number, map: (value: Uint8Array | null, headers: Uint8Array | null) => T): T[] {
    if (this.log.topic(topic) === null) return []
    const cursor = this.log.cursor(topic, partition, 0)
    const found: T[] = []
    for (let batch = cursor.read(1_000); batch.length > 0; batch = cursor.read(1_000)) {
      for (let i = 0; i < batch.length; i++)
        found.push(map(bytesAt(batch.values, i), batch.headers && bytesAt(batch.headers, i)))
    }
    return found
  }
}

/** Resolves when the engine has emitted such an event `times` times. */
export function eventOf<N extends TelemetryName>(
  engine: Engine,
  name: N,
  isMeant: (payload: TelemetryEvents[N]) => boolean,
  times = 1,
): Promise<void> {
  let missing = times
  return new Promise((resolve) => {
    engine.telemetry.listen((found, payload) => {
      if ((found as string) === name && isMeant(payload as never) && --missing === 0) resolve()
    })
  })
}

/** Records `{"x": n}`, with other fields. */
export function numbersFrom(from: number, to: number, fields: object = {}): string[] {
  return Array.from({ length: to - from }, (_, i) => JSON.stringify({ x: from + i, ...fields }))
}
