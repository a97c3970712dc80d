import { parsePosition } from '../streams/position-text.ts'
import type { Activation } from './activation.ts'

/** What can be wrong with a run. */
export const runFaults = {
  lost: 'became nothing, although a version was active',
  repeated: 'became more than one thing',
  reordered: 'stands behind a later record of its key',
  misattributed: 'was scored by another version than the activation log names',
  foreign: 'is of no record, or has the content of another one',
} as const
export type RunFault = keyof typeof runFaults

/** One fault, to be looked at: `{ fault: 'repeated', place: 'orders/3@1042', detail: '2 times in orders.scored' }`. */
export interface FaultExample {
  readonly fault: RunFault
  /** Place of the input record. */
  readonly place: string
  readonly detail: string
}

/** What became of the records of a run. */
export interface RunVerdict {
  readonly records: number
  /** Predictions of all outputs. */
  readonly predicted: number
  readonly deadLettered: number
  /** Records that became nothing because no version of their key was active. */
  readonly unserved: number
  /** Number of records or predictions with each fault. */
  readonly faults: Readonly<Record<RunFault, number>>
  /** The first few of each fault. */
  readonly examples: readonly FaultExample[]
}

/** What a prediction's stamp says. */
export interface StampText {
  readonly position: string
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly modelPosition: string
}

/** A prediction, as far as the audit looks at it. */
export interface AuditedPrediction {
  /** Name of the output stream. */
  readonly output: string
  readonly outputPartition: number
  readonly stamp: StampText
  /** What it repeats of its record, or null. */
  readonly content: string | null
  /** The version that it says it was made by, or null. */
  readonly madeBy: string | null
}

/** A record of the input, as far as the audit looks at it. */
export interface AuditedRecord {
  readonly position: number
  /** Order is kept within a key; null: within the partition. */
  readonly key: string | null
  /** Key of the join: which model scores it. */
  readonly joinKey: string
  /** Text that the predictions of the record repeat, or null. */
  readonly content: string | null
}

/** One partition of an input. */
class AuditedPartition {
  positions = new Float64Array(1_024) // [length], ascending
  length = 0
  readonly keys: (string | null)[] = []
  readonly joinKeys: string[] = []
  readonly contents: (string | null)[] = []
  /** Number of dead letters by record. */
  readonly letters: number[] = []
  /** Number of predictions by record, for each output. */
  readonly predictions = new Map<string, number[]>()
  /** Cut-overs by join key, in order of the positions from which they hold. */
  readonly activations = new Map<string, Activation[]>()

  add({ position, key, joinKey, content }: AuditedRecord): void {
    if (this.length === this.positions.length) {
      const positions = new Float64Array(this.length * 2)
      positions.set(this.positions)
      this.positions = positions
    }
    this.positions[this.length++] = position
    this.keys.push(key)
    this.joinKeys.push(joinKey)
    this.contents.push(content)
  }

  /** Index of the record at a position, or -1. */
  indexOf(position: number): number {
    let low = 0
    let high = this.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.positions[middle] as number
      if (found === position) return middle
      if (found < position) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** The cut-over that holds for a record, or null before the first one. */
  activationAt(index: number): Activation | null {
    const all = this.activations.get(this.joinKeys[index] as string)
    return all?.findLast(({ from }) => from <= (this.positions[index] as number)) ?? null
  }
}

/** Faults by kind, with the first few of each. */
class FaultTally {
  readonly counts: Record<RunFault, number>
  readonly examples: FaultExample[]
  readonly #maxExamples: number

  /** `before`: what this one goes on from. */
  constructor(maxExamples: number, before: FaultTally | null = null) {
    this.#maxExamples = maxExamples
    this.counts = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0, ...before?.counts }
    this.examples = [...(before?.examples ?? [])]
  }

  add(fault: RunFault, place: string, detail: string): void {
    if (this.counts[fault]++ < this.#maxExamples) this.examples.push({ fault, place, detail })
  }
}

/**
 * Says what became of every record of a run, from its streams alone: inputs, activation log, predictions and dead letters, which are
 * added in this order; more of each may be added later. Nothing of the engine's own bookkeeping is believed but the stamps and the activation log, and these are
 * held against each other.
 */
export class RunAudit {
  readonly #partitions = new Map<string, AuditedPartition>()
  /** What was found while adding. */
  readonly #faults: FaultTally
  readonly #outputs: readonly string[]
  readonly #maxExamples: number
  /** Last input position seen, by output partition, input partition and key. */
  readonly #last = new Map<string, number>()
  #predicted = 0
  #deadLettered = 0

  /** `outputs`: names of the output streams; each is expected to have every prediction. `maxExamples` are kept of each fault. */
  constructor(outputs: readonly string[], maxExamples: number) {
    this.#outputs = outputs
    this.#maxExamples = maxExamples
    this.#faults = new FaultTally(maxExamples)
  }

  /** `place` is the text form of the record's place; positions of a partition ascend. */
  addRecord(place: string, record: AuditedRecord): void {
    this.#partition(partitionOf(place)).add(record)
  }

  addActivation(activation: Activation): void {
    const { activations } = this.#partition(partitionOf(activation.position))
    const all = activations.get(activation.key) ?? []
    activations.set(activation.key, all)
    all.push(activation)
    all.sort((a, b) => a.from - b.from) // stable: of two with the same position the later one holds
  }

  addPrediction({ output, outputPartition, stamp, content, madeBy }: AuditedPrediction): void {
    this.#predicted++
    const found = this.#find(stamp.position)
    if (!found) {
      this.#faults.add('foreign', stamp.position, `a prediction in ${output}, but there is no such record`)
      return
    }
    const { partition, index } = found
    let counts = partition.predictions.get(output)
    if (!counts) partition.predictions.set(output, (counts = []))
    counts[index] = (counts[index] ?? 0) + 1
    if (counts[index] === 1) this.#checkOrder(output, outputPartition, stamp.position, partition, index)
    this.#checkVersion(stamp, madeBy, partition.activationAt(index))
    const expected = partition.contents[index] ?? null
    if (content !== null && expected !== null && content !== expected)
      this.#faults.add('foreign', stamp.position, `its prediction repeats ${content}, the record has ${expected}`)
  }

  addDeadLetter(place: string): void {
    this.#deadLettered++
    const found = this.#find(place)
    if (!found) {
      this.#faults.add('foreign', place, 'a dead letter, but there is no such record')
      return
    }
    const { letters } = found.partition
    letters[found.index] = (letters[found.index] ?? 0) + 1
  }

  /**
   * The verdict over everything that was added so far; what it finds is not kept. `dropsUnserved`: what no version was active for may
   * become nothing.
   */
  verdict(dropsUnserved: boolean): RunVerdict {
    const found = new FaultTally(this.#maxExamples, this.#faults)
    let records = 0
    let unserved = 0
    for (const [name, partition] of this.#partitions) {
      records += partition.length
      for (let i = 0; i < partition.length; i++) {
        const place = `${name}@${partition.positions[i]}`
        const letters = partition.letters[i] ?? 0
        const outcomes = this.#outputs.map((output) => letters + (partition.predictions.get(output)?.[i] ?? 0))
        const most = this.#outputs[outcomes.indexOf(Math.max(...outcomes))] as string
        if (Math.max(...outcomes) > 1)
          found.add(
            'repeated',
            place,
            `${letters} dead letters and ${Math.max(...outcomes) - letters} predictions in ${most}`,
          )
        if (Math.min(...outcomes) > 0) continue
        const activation = partition.activationAt(i)
        const isServed = (activation?.version ?? null) !== null || Math.max(...outcomes) > 0
        if (!isServed && dropsUnserved) unserved++
        else found.add('lost', place, describeActive(activation))
      }
    }
    const { counts, examples } = found
    return { records, predicted: this.#predicted, deadLettered: this.#deadLettered, unserved, faults: counts, examples }
  }

  #checkOrder(
    output: string,
    outputPartition: number,
    place: string,
    partition: AuditedPartition,
    index: number,
  ): void {
    const line = `${output}/${outputPartition} ${partitionOf(place)} ${partition.keys[index] ?? ''}`
    const position = partition.positions[index] as number
    const last = this.#last.get(line) ?? -1
    if (position > last) this.#last.set(line, position)
    else
      this.#faults.add(
        'reordered',
        place,
        `in ${output}/${outputPartition} it comes after ${partitionOf(place)}@${last}`,
      )
  }

  #checkVersion(stamp: StampText, madeBy: string | null, activation: Activation | null): void {
    const version = activation?.version
    const stamped = `${stamp.model}@${stamp.version}`
    const isNamed =
      version?.model === stamp.model &&
      version.version === stamp.version &&
      version.modelPosition === stamp.modelPosition &&
      `sha256:${version.digest}` === stamp.digest
    if (!isNamed) this.#faults.add('misattributed', stamp.position, `stamped ${stamped}, ${describeActive(activation)}`)
    else if (madeBy !== null && madeBy !== stamp.version)
      this.#faults.add('misattributed', stamp.position, `stamped ${stamped}, made by version ${madeBy}`)
  }

  #find(place: string): { readonly partition: AuditedPartition; readonly index: number } | null {
    const partition = this.#partitions.get(partitionOf(place))
    const index = partition ? partition.indexOf(parsePosition(place).position) : -1
    return partition && index >= 0 ? { partition, index } : null
  }

  #partition(name: string): AuditedPartition {
    let partition = this.#partitions.get(name)
    if (!partition) this.#partitions.set(name, (partition = new AuditedPartition()))
    return partition
  }
}

/** `orders/3` of `orders/3@1042`. */
function partitionOf(place: string): string {
  return place.slice(0, place.lastIndexOf('@'))
}

function describeActive(activation: Activation | null): string {
  if (!activation) return 'no version was active yet'
  const { version, position } = activation
  return version === null
    ? `no version was active from ${position} on`
    : `${version.model}@${version.version} was active from ${position} on`
}
