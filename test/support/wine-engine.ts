import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { decodeHeaders } from '../../src/core/headers.ts'
import type { TelemetryEvents } from '../../src/core/telemetry.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { temporaryFolder } from './temporary-folder.ts'

// The bytes of the tutorial programs' messages, written here field by field: our own encoder must not vouch for itself.

/** A WineRecord: fields 1 to 11 are doubles, 12 is the data type. */
export function wineRecord(numbers: readonly number[], dataType: string): Buffer {
  const doubles = Buffer.alloc(numbers.length * 9)
  numbers.forEach((number, i) => {
    doubles[i * 9] = ((i + 1) << 3) | 1
    doubles.writeDoubleLE(number, i * 9 + 1)
  })
  return Buffer.concat([doubles, lengthDelimited(12, Buffer.from(dataType))])
}

/** A ModelDescriptor with its fields 1 to 5, modeltype PMML (2). */
export function modelDescriptor(name: string, dataType: string, document: Uint8Array): Buffer {
  return Buffer.concat([
    lengthDelimited(1, Buffer.from(name)),
    lengthDelimited(2, Buffer.from('generated from SparkML')),
    lengthDelimited(3, Buffer.from(dataType)),
    Buffer.of((4 << 3) | 0, 2),
    lengthDelimited(5, document),
  ])
}

function lengthDelimited(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.of(...bytes, rest)
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** A prediction as it stands on the output topic. */
export interface WinePrediction {
  readonly value: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

/** An engine as the tutorial programs set theirs up: topics `mdata` and `models`, keyed by dataType, on an embedded log. */
export class WineEngine {
  readonly engine: Engine
  readonly #log: EmbeddedLog
  readonly #activated: TelemetryEvents['versionActivated'][] = []
  readonly #rejected: TelemetryEvents['modelMessageRejected'][] = []
  #changed = Promise.withResolvers<void>()

  private constructor(log: EmbeddedLog, engine: Engine) {
    this.#log = log
    this.engine = engine
    engine.telemetry.listen((name, payload) => {
      if (name === 'versionActivated') this.#activated.push(payload as TelemetryEvents['versionActivated'])
      else if (name === 'modelMessageRejected') this.#rejected.push(payload as TelemetryEvents['modelMessageRejected'])
      else return
      this.#changed.resolve()
      this.#changed = Promise.withResolvers()
    })
  }

  /** Starts the engine in a folder of its own; both end with the test. */
  static async start(): Promise<WineEngine> {
    const folder = temporaryFolder()
    const path = join(folder, 'wine.db')
    const log = EmbeddedLog.open(path)
    for (const topic of ['mdata', 'models', 'predictions']) log.createTopic(topic)
    const proto = fileURLToPath(new URL('../../proto/wine.proto', import.meta.url))
    const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
    const document = {
      name: 'wine',
      slots: {
        0: { ...stream('mdata'), encoding: { type: 'protobuf', file: proto, message: 'WineRecord' } },
        1: stream('predictions'),
      },
      models: stream('models'),
      join: { key: { type: 'field', name: 'dataType' } },
      state: { type: 'log', path },
    }
    const plan = planEngine(document, { document: null, source: 'wine', baseFolder: folder }, registry)
    const registryUrl = new URL('../../src/components.ts', import.meta.url).href
    const wine = new WineEngine(log, new Engine({ plan, registry, registryUrl }))
    onTestFinished(async () => {
      await wine.engine.stop()
      log.close()
    })
    await wine.engine.start()
    return wine
  }

  /** Publishes a document and resolves when it scores; rejects with the reason when it is refused. */
  async publish(name: string, document: Uint8Array, dataType = 'wine'): Promise<void> {
    this.#log.append('models', 0, framesOf(columnOf([modelDescriptor(name, dataType, document)])))
    while (!this.#activated.some((event) => event.model === name)) {
      const [refused] = this.#rejected
      if (refused) throw new Error(`${name}: ${refused.error.message}`)
      await this.#changed.promise
    }
  }

  /** Appends wines and resolves with what the engine made of them. */
  async score(wines: readonly (readonly number[])[], dataType = 'wine'): Promise<WinePrediction[]> {
    const log = this.#log
    const start = log.endPosition('predictions', 0)
    const end = start + wines.length
    log.append('mdata', 0, framesOf(columnOf(wines.map((numbers) => wineRecord(numbers, dataType)))))
    while (log.endPosition('predictions', 0) < end) {
      const { deadLettered, dropped } = (await this.engine.report()).counts
      if (deadLettered + dropped > 0) throw new Error(`${deadLettered} dead letters, ${dropped} dropped`)
      await log.waitForAppend('predictions', 0, end - 1, 1_000)
    }
    const predictions: WinePrediction[] = []
    while (predictions.length < wines.length) {
      const batch = log.read('predictions', 0, start + predictions.length, wines.length)
      for (let i = 0; i < batch.length; i++) {
        const headers = decodeHeaders(batch.headers && bytesAt(batch.headers, i))
        predictions.push({
          value: JSON.parse(Buffer.from(bytesAt(batch.values, i) as Uint8Array).toString()),
          headers: Object.fromEntries([...headers].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])),
        })
      }
    }
    return predictions
  }
}
