import { type FrameBatch, framesOf } from '../core/frames.ts'
import type { Transaction } from '../core/transaction.ts'
import { deadLetters } from '../streams/dead-letter.ts'
import type { DecodedBatch } from '../streams/stream-reader.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import { activationRecord } from './activation.ts'
import { assembleOutputs, echoOf } from './assemble.ts'
import type { CutOver } from './join-state.ts'
import type { ScoredBatch } from './score-batch.ts'
import type { TaskCounts, TaskParts, TaskState } from './task.ts'
import { versionName } from './versions.ts'

/** Names under which a task's checkpoint keeps its positions. */
export const positionNames = { data: 'data', models: 'models' } as const

/** A scored batch on its way out. */
export interface ScoredWork {
  readonly batch: FrameBatch
  readonly scored: ScoredBatch
  readonly decoded: DecodedBatch
}

/** What one commit makes durable. */
export interface CommitWork {
  /** Null when only versions changed. */
  readonly work: ScoredWork | null
  readonly cutOvers: readonly { readonly change: CutOver; readonly position: number }[]
  readonly position: number
  readonly modelPosition: number
  /** The versions, or null when they are as in the last commit. */
  readonly state: TaskState | null
}

/**
 * Makes the effects of a batch durable in one commit: predictions, dead letters, cut-overs, versions, positions and counts.
 *
 * Streams of the checkpoint's transaction domain take part in its transaction, which is what makes exactly-once. The others
 * are flushed before it, so that a crash in between repeats them and loses nothing.
 */
export class TaskCommitter {
  readonly #parts: TaskParts
  readonly #echoesRecord: boolean
  readonly #counts: TaskCounts

  /** `counts` is brought up to date with each commit. */
  constructor(parts: TaskParts, echoesRecord: boolean, counts: TaskCounts) {
    this.#parts = parts
    this.#echoesRecord = echoesRecord
    this.#counts = counts
  }

  /** After an error nothing is durable but what streams of other domains have flushed. */
  async commit({ work, cutOvers, position, modelPosition, state }: CommitWork): Promise<void> {
    const { store, reader, checkpoint } = this.#parts
    const transaction = store.begin(checkpoint)
    try {
      if (work) await this.#write(work, transaction)
      await this.#writeCutOvers(cutOvers, transaction)
      if (state) store.saveState(checkpoint, state, transaction)
      const counts = work ? countsAfter(this.#counts, work) : this.#counts
      const positions = { [positionNames.data]: position, [positionNames.models]: modelPosition, ...counts }
      store.savePositions(checkpoint, positions, transaction)
      const takesPart = reader.domain === transaction.domain
      if (work && takesPart) await reader.commit(work.batch.end, transaction)
      await transaction.commit()
      Object.assign(this.#counts, counts)
      if (work && !takesPart) await reader.commit(work.batch.end, null)
    } catch (thrown) {
      transaction.abort()
      throw thrown
    }
  }

  async #write(work: ScoredWork, transaction: Transaction): Promise<void> {
    const { predictions, stamps, clock, reader } = this.#parts
    const { batch, scored, decoded } = work
    const echo = this.#echoesRecord ? echoOf(batch, decoded) : null
    const outputs = assembleOutputs(batch, scored, echo, predictions, stamps, clock.now())
    for (const [n, frames] of outputs.entries())
      if (frames.length > 0) await writeTo(predictions[n] as StreamWriter, frames, transaction)
    // Only now are the faults complete: a prediction that cannot be encoded is one too.
    if (scored.faults.length === 0) return
    await writeTo(this.#parts.deadLetters, this.#lettersOf(batch, scored), transaction)
    for (const { index, error } of scored.faults) reader.reject(batch.positions[index] as number, error)
  }

  #lettersOf(batch: FrameBatch, scored: ScoredBatch): FrameBatch {
    const { reader, deadLetters: writer, clock } = this.#parts
    const errors = new Map(scored.faults.map((fault) => [fault.index, fault.error]))
    const versions = new Map(scored.faults.map((fault) => [fault.index, fault.version]))
    const modelOf = (index: number) => {
      const version = versions.get(index)
      return version ? versionName(version.reference) : null
    }
    const origin = { stream: reader.name, partition: reader.partition, modelOf }
    return deadLetters(batch, errors, origin, clock.now(), writer.carriesHeaders)
  }

  async #writeCutOvers(cutOvers: CommitWork['cutOvers'], transaction: Transaction): Promise<void> {
    const { activations, clock } = this.#parts
    if (!activations || cutOvers.length === 0) return
    const records = cutOvers.map(({ change, position }) => activationRecord(this.#parts, change, position))
    const { values } = activations.encode(records)
    const timestampsMs = new Float64Array(values.length).fill(clock.now())
    await writeTo(activations, { ...framesOf(values), timestampsMs }, transaction)
  }
}

/** The counts with those of a scored batch. */
function countsAfter(counts: TaskCounts, { batch, scored }: ScoredWork): TaskCounts {
  const letters = scored.faults.length
  return {
    read: counts.read + batch.length,
    predicted: counts.predicted + batch.length - letters - scored.dropped,
    deadLettered: counts.deadLettered + letters,
    dropped: counts.dropped + scored.dropped,
  }
}

/** Writes in the transaction where the stream can take part; else the frames are durable on return. */
async function writeTo(writer: StreamWriter, frames: FrameBatch, transaction: Transaction): Promise<void> {
  if (writer.domain === transaction.domain) {
    await writer.write(frames, transaction)
    return
  }
  await writer.write(frames, null)
  await writer.flush()
}
