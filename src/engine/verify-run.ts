import type { Registry } from '../config/registry.ts'
import { bytesAt } from '../core/bytes.ts'
import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import { decodeHeaders } from '../core/headers.ts'
import type { Value } from '../schema/value.ts'
import { readDeadLetter } from '../streams/dead-letter.ts'
import { streamPartitions } from '../streams/stream-context.ts'
import { openStreamReader, type StreamReader } from '../streams/stream-reader.ts'
import type { Activation } from './activation.ts'
import type { EnginePlan, PlannedStream } from './engine-plan.ts'
import { routerOf } from './route.ts'
import { RunAudit, type RunVerdict, type StampText } from './run-audit.ts'
import { STAMP_FIELD, stampNames } from './stamp.ts'

/** What is looked at besides positions and versions. */
export interface VerifySettings {
  /** Field of the records that predictions repeat, or null: its values must be equal. */
  readonly sameField: string | null
  /** Field of the predictions in which a version says its own name, or null: it must be the stamped one. */
  readonly versionField: string | null
  /** Examples kept of each fault. */
  readonly maxExamples: number
  /** Told again and again of a transaction that is open where a partition of the engine's ends, and for how long it has been waited for. */
  readonly onWaiting?: (place: string, waitedMs: number) => Promise<void>
}

/** How long one read waits for records that are there but not yet to be had. */
const waitMs = 1_000
/** Reads without a record, and without getting on, after which a partition is given up. */
const patience = 30
/** How often is looked whether a transaction has ended, and for how long: the cluster ends what a dead engine left open within two minutes. */
const settleIntervalMs = 250
const settleMs = 120_000

/** Reads the streams of an engine whole, once, and says what became of every record; the engine has drained (see RunVerifier). */
export function verifyRun(
  plan: EnginePlan,
  registry: Registry,
  clock: Clock,
  settings: VerifySettings,
): Promise<RunVerdict> {
  return new RunVerifier(plan, registry, clock, settings).advance()
}

/**
 * Reads the streams of an engine, each from its start, and says what became of every record. Whenever it advances the engine has
 * drained, or done all there is: what it has not come to yet would be told as lost. Streams that are read more than once are seekable.
 */
export class RunVerifier {
  readonly #plan: EnginePlan
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #settings: VerifySettings
  readonly #audit: RunAudit
  /** Where reading goes on, by stream and partition. */
  readonly #positions = new Map<string, number>()

  constructor(plan: EnginePlan, registry: Registry, clock: Clock, settings: VerifySettings) {
    this.#plan = plan
    this.#registry = registry
    this.#clock = clock
    this.#settings = settings
    const outputs = plan.outputs.map(({ descriptor }) => descriptor.name)
    this.#audit = new RunAudit(outputs, settings.maxExamples)
  }

  /** Reads what has come since the last call; the verdict is that of the whole run so far. */
  async advance(): Promise<RunVerdict> {
    const { inputs, outputs, activations, deadLetters, join, name } = this.#plan
    if (!activations)
      throw new MillraceError('ENGINE_VERIFY_IMPOSSIBLE', { engine: name, reason: 'its cut-overs are not kept' })
    for (const input of inputs) await this.#addRecords(input)
    await this.#readWritten(activations, (batch, reader) => {
      for (const value of reader.decode(batch).values)
        if (value !== undefined) this.#audit.addActivation(value as unknown as Activation)
    })
    for (const output of outputs) await this.#addPredictions(output)
    await this.#readWritten(deadLetters, (batch) => {
      for (let i = 0; i < batch.length; i++) {
        const letter = readDeadLetter(bytesAt(batch.values, i), batch.headers && bytesAt(batch.headers, i))
        this.#audit.addDeadLetter(letter.position)
      }
    })
    return this.#audit.verdict(join.unserved === 'drop')
  }

  #addRecords(input: PlannedStream): Promise<void> {
    const { sameField } = this.#settings
    const route = routerOf(this.#plan.join.source)
    return this.#read(input, (batch, reader) => {
      const { values } = reader.decode(batch)
      for (let i = 0; i < batch.length; i++) {
        const position = batch.positions[i] as number
        const keyBytes = batch.keys && bytesAt(batch.keys, i)
        const key = keyBytes ? Buffer.from(keyBytes).toString('base64') : null
        const content = textOf(values[i], sameField)
        const record = { position, key, joinKey: route(batch, values, i), content }
        this.#audit.addRecord(reader.placeOf(position), record)
      }
    })
  }

  #addPredictions(output: PlannedStream): Promise<void> {
    const { sameField, versionField } = this.#settings
    return this.#readWritten(output, (batch, reader) => {
      const { values } = reader.decode(batch)
      for (let i = 0; i < batch.length; i++) {
        const stamp = stampOf(batch, i, values[i])
        if (!stamp) throw unstamped(this.#plan, reader.placeOf(batch.positions[i] as number))
        const content = textOf(values[i], sameField)
        const madeBy = textOf(values[i], versionField)
        const { name } = output.descriptor
        this.#audit.addPrediction({ output: name, outputPartition: reader.partition, stamp, content, madeBy })
      }
    })
  }

  /** Reads a stream of the engine's own, whose last transactions may be about to end: their markers come after the engine's last word. */
  #readWritten(stream: PlannedStream, use: UseBatch): Promise<void> {
    return this.#read(stream, use, (reader) => this.#settled(reader))
  }

  /** Waits until every transaction has ended that has written to a partition by now. */
  async #settled(reader: StreamReader): Promise<void> {
    const written = await reader.writtenEnd()
    const sinceMs = this.#clock.monotonicMs()
    for (;;) {
      const end = await reader.end()
      if (written === null || end === null || end >= written) return
      const waitedMs = this.#clock.monotonicMs() - sinceMs
      const place = reader.placeOf(end)
      if (waitedMs >= settleMs) {
        const reason = `a transaction at ${place} has been open for ${Math.round(waitedMs / 1000)} s`
        throw new MillraceError('ENGINE_VERIFY_IMPOSSIBLE', { engine: this.#plan.name, reason })
      }
      await this.#settings.onWaiting?.(place, waitedMs)
      await this.#clock.sleep(settleIntervalMs)
    }
  }

  /** Reads what all partitions of a stream hold now and have not been read of; `settled` waits until a partition may be read. */
  async #read(
    { descriptor, place }: PlannedStream,
    use: UseBatch,
    settled: (reader: StreamReader) => Promise<void> = async () => {},
  ): Promise<void> {
    const { baseFolder } = this.#plan
    const whole = {
      ...descriptor,
      start: 'earliest',
      loop: false,
      batching: { maxRecords: 5_000, maxDelayMs: 0 },
    } as const
    const partitions = await streamPartitions(descriptor, this.#registry, { baseFolder, place })
    for (let partition = 0; partition < partitions; partition++) {
      const context = { clock: this.#clock, baseFolder, partition, group: '', place, channel: null }
      const reader = await openStreamReader(whole, this.#registry, context)
      const key = `${place} ${partition}`
      const before = this.#positions.get(key)
      try {
        if (before !== undefined) await reader.seek(before)
        await settled(reader)
        await readPartition(this.#plan, reader, use)
        this.#positions.set(key, reader.position)
      } finally {
        await reader.close()
      }
    }
  }
}

type UseBatch = (batch: FrameBatch, reader: StreamReader) => void

async function readPartition(plan: EnginePlan, reader: StreamReader, use: UseBatch): Promise<void> {
  const end = await reader.end()
  for (let idle = 0; end === null || reader.position < end; ) {
    const before = reader.position
    const batch = await reader.next(5_000, end === null ? 0 : waitMs)
    if (batch === null || (batch.length === 0 && end === null)) return
    if (batch.length > 0) use(batch, reader)
    idle = batch.length > 0 || reader.position > before ? 0 : idle + 1
    if (idle < patience) continue
    const reason = `nothing arrives of ${reader.placeOf(reader.position)}, and the partition ends at ${end}`
    throw new MillraceError('ENGINE_VERIFY_IMPOSSIBLE', { engine: plan.name, reason })
  }
}

/** The stamp of a prediction, out of its headers or its last field; null when it has none. */
function stampOf(batch: FrameBatch, index: number, value: Value | undefined): StampText | null {
  const headers = decodeHeaders(batch.headers && bytesAt(batch.headers, index))
  const field = (value as { readonly [STAMP_FIELD]?: Readonly<Record<string, unknown>> } | null | undefined)?.[
    STAMP_FIELD
  ]
  const part = (name: string) => headers.get(name)?.toString() ?? (typeof field?.[name] === 'string' ? field[name] : '')
  const position = part(stampNames.position)
  if (position === '') return null
  return {
    position,
    model: part(stampNames.model),
    version: part(stampNames.version),
    digest: part(stampNames.digest),
    modelPosition: part(stampNames.modelPosition),
  }
}

/** A field of a record as text; null when it has none. */
function textOf(value: Value | undefined, field: string | null): string | null {
  if (field === null) return null
  const found = (value as Readonly<Record<string, unknown>> | null | undefined)?.[field]
  return found === undefined || found === null ? null : String(found)
}

function unstamped(plan: EnginePlan, place: string): MillraceError {
  const reason = `the prediction at ${place} has no stamp, so that its record is not known`
  return new MillraceError('ENGINE_VERIFY_IMPOSSIBLE', { engine: plan.name, reason })
}
