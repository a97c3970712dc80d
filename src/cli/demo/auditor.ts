import type { EmbeddedLog, LogCursor } from '../../clients/log/log.ts'
import { bytesAt } from '../../core/bytes.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { decodeHeaders } from '../../core/headers.ts'
import { Histogram } from '../../core/histogram.ts'
import { readDeadLetter } from '../../streams/dead-letter.ts'
import { parsePosition } from '../../streams/position-text.ts'
import type { Species } from './flowers.ts'

/** Topics of an engine, as an outsider sees them. */
export interface AuditedTopics {
  readonly records: string
  readonly predictions: string
  readonly deadLetters: string
  readonly activations: string
  readonly models: string
}

/** What became of the records, counted from the topics alone. */
export interface Tally {
  /** Records in the input topic. */
  readonly read: number
  readonly predicted: number
  readonly deadLettered: number
  /** Records before the first version of their partition became active. */
  readonly dropped: number
  /** Records that became nothing. */
  readonly lost: number
  /** Records that became more than one thing. */
  readonly repeated: number
  /** Predictions that stand before one of an earlier record of their partition. */
  readonly reordered: number
  /** Predictions by a version that the activation log does not name for that record. */
  readonly misattributed: number
  /** Versions that took over after the first one. */
  readonly swaps: number
  /** Model messages whose version never became active. */
  readonly rejectedVersions: number
  /** Predictions by version, `name@version`. */
  readonly versions: Readonly<Record<string, number>>
  /** Predictions by format, and how many of them name the flower's own species. */
  readonly formats: Readonly<Record<string, { readonly predicted: number; readonly right: number }>>
  readonly p50Ms: number
  readonly p99Ms: number
}

const BATCH = 5_000

/** One partition of the input topic. */
class PartitionAudit {
  /** Outcomes per record: predictions and dead letters. */
  outcomes = new Uint8Array(1_024)
  timesMs = new Float64Array(1_024)
  /** What the flower is; undefined for a malformed record. */
  readonly species: (string | undefined)[] = []
  length = 0
  lastPredicted = -1
  reordered = 0
  firstActive = Number.POSITIVE_INFINITY
  /** Position from which each version holds, in order. */
  readonly activations: { readonly from: number; readonly name: string }[] = []

  add(timeMs: number, species: string | undefined): void {
    this.species.push(species)
    if (this.length === this.timesMs.length) this.#grow()
    this.timesMs[this.length++] = timeMs
  }

  mark(position: number): void {
    if ((this.outcomes[position] as number) < 255) this.outcomes[position]!++
  }

  /** The version that the activation log names for a record. */
  versionAt(position: number): string {
    return this.activations.findLast((a) => a.from <= position)?.name ?? ''
  }

  #grow(): void {
    const outcomes = new Uint8Array(this.length * 2)
    const timesMs = new Float64Array(this.length * 2)
    outcomes.set(this.outcomes)
    timesMs.set(this.timesMs)
    this.outcomes = outcomes
    this.timesMs = timesMs
  }
}

/**
 * Counts what became of every record by reading the topics, not by asking the engine: input, predictions, dead letters and
 * the activation log. `step` reads what is new. Predictions are read before dead letters: what one commit has of both is there when
 * its predictions are, so that what has become nothing before the last prediction is lost.
 */
export class Auditor {
  readonly #log: EmbeddedLog
  readonly #topics: AuditedTopics
  readonly #species: Species
  readonly #cursors = new Map<string, LogCursor>()
  readonly #partitions: PartitionAudit[]
  readonly #versions = new Map<string, number>()
  /** Format of each version, as the activation log has it. */
  readonly #formatOf = new Map<string, string>()
  readonly #formats = new Map<string, { predicted: number; right: number }>()
  readonly #activated = new Set<string>()
  readonly #latency = new Histogram()
  #predicted = 0
  #deadLettered = 0
  #misattributed = 0
  #modelMessages = 0

  constructor(log: EmbeddedLog, topics: AuditedTopics, species: Species = new Map()) {
    this.#log = log
    this.#topics = topics
    this.#species = species
    const partitions = log.topic(topics.records)?.partitions ?? 1
    this.#partitions = Array.from({ length: partitions }, () => new PartitionAudit())
  }

  /** Reads everything that was committed since the last step. */
  step(): void {
    const { records, predictions, deadLetters, activations, models } = this.#topics
    this.#each(activations, (batch) => this.#onActivations(batch))
    this.#each(models, (batch) => {
      this.#modelMessages += batch.length
    })
    const ready = this.#readAll(predictions)
    const letters = this.#readAll(deadLetters)
    this.#each(records, (batch, partition) => {
      for (let i = 0; i < batch.length; i++)
        this.#partitions[partition]?.add(batch.timestampsMs?.[i] ?? 0, this.#species.get(textAt(batch, i)))
    })
    this.#each(activations, (batch) => this.#onActivations(batch))
    for (const batch of ready) this.#onPredictions(batch)
    for (const batch of letters) this.#onDeadLetters(batch)
  }

  /** The count so far. While the engine runs, records behind the last prediction of their partition are in flight, not lost. */
  tally(hasEnded: boolean): Tally {
    let read = 0
    let dropped = 0
    let lost = 0
    let repeated = 0
    let reordered = 0
    for (const partition of this.#partitions) {
      read += partition.length
      reordered += partition.reordered
      for (let i = 0; i < partition.length; i++) {
        const outcomes = partition.outcomes[i] as number
        if (outcomes > 1) repeated++
        if (outcomes > 0) continue
        if (i < partition.firstActive) dropped++
        else if (hasEnded || i < partition.lastPredicted) lost++
      }
    }
    return {
      read,
      predicted: this.#predicted,
      deadLettered: this.#deadLettered,
      dropped,
      lost,
      repeated,
      reordered,
      misattributed: this.#misattributed,
      swaps: Math.max(0, this.#activated.size - 1),
      rejectedVersions: this.#modelMessages - this.#activated.size,
      versions: Object.fromEntries([...this.#versions].sort()),
      formats: Object.fromEntries([...this.#formats].sort().map(([format, counts]) => [format, { ...counts }])),
      p50Ms: rounded(this.#latency.quantile(0.5)),
      p99Ms: rounded(this.#latency.quantile(0.99)),
    }
  }

  #onActivations(batch: FrameBatch): void {
    for (let i = 0; i < batch.length; i++) {
      const activation = JSON.parse(textAt(batch, i)) as {
        readonly position: string
        readonly from: number
        readonly version: {
          readonly model: string
          readonly version: string
          readonly format: string
          readonly modelPosition: string
        } | null
      }
      const partition = this.#partitions[parsePosition(activation.position).partition]
      if (!partition || !activation.version) continue
      partition.firstActive = Math.min(partition.firstActive, activation.from)
      const name = `${activation.version.model}@${activation.version.version}`
      partition.activations.push({ from: activation.from, name })
      this.#formatOf.set(name, activation.version.format)
      this.#activated.add(activation.version.modelPosition)
    }
  }

  #onPredictions(batch: FrameBatch): void {
    for (let i = 0; i < batch.length; i++) {
      const headers = decodeHeaders(batch.headers && bytesAt(batch.headers, i))
      const { partition: number, position } = parsePosition(headers.get('position')?.toString() ?? '')
      const partition = this.#partitions[number] as PartitionAudit
      const name = `${headers.get('model')}@${headers.get('version')}`
      partition.mark(position)
      if (position <= partition.lastPredicted) partition.reordered++
      else partition.lastPredicted = position
      if (partition.versionAt(position) !== name) this.#misattributed++
      this.#predicted++
      this.#versions.set(name, (this.#versions.get(name) ?? 0) + 1)
      this.#countFormat(this.#formatOf.get(name) ?? 'unknown', partition.species[position], batch, i)
      this.#latency.record((batch.timestampsMs?.[i] ?? 0) - (partition.timesMs[position] as number))
    }
  }

  #countFormat(format: string, species: string | undefined, batch: FrameBatch, i: number): void {
    let counts = this.#formats.get(format)
    if (!counts) this.#formats.set(format, (counts = { predicted: 0, right: 0 }))
    counts.predicted++
    if (species === undefined) return
    if ((JSON.parse(textAt(batch, i)) as { species?: unknown }).species === species) counts.right++
  }

  #onDeadLetters(batch: FrameBatch): void {
    for (let i = 0; i < batch.length; i++) {
      const letter = readDeadLetter(bytesAt(batch.values, i), batch.headers && bytesAt(batch.headers, i))
      const { partition, position } = parsePosition(letter.position)
      this.#partitions[partition]?.mark(position)
      this.#deadLettered++
    }
  }

  #readAll(topic: string): FrameBatch[] {
    const batches: FrameBatch[] = []
    this.#each(topic, (batch) => batches.push(batch))
    return batches
  }

  #each(topic: string, use: (batch: FrameBatch, partition: number) => void): void {
    const partitions = this.#log.topic(topic)?.partitions ?? 0
    for (let partition = 0; partition < partitions; partition++) {
      const id = `${topic}/${partition}`
      let cursor = this.#cursors.get(id)
      if (!cursor) {
        cursor = this.#log.cursor(topic, partition, 0)
        this.#cursors.set(id, cursor)
      }
      for (let batch = cursor.read(BATCH); batch.length > 0; batch = cursor.read(BATCH)) use(batch, partition)
    }
  }
}

function textAt(batch: FrameBatch, i: number): string {
  return Buffer.from(bytesAt(batch.values, i) ?? '').toString()
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
