import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { ModelFormat, PreparedModel, Scorer } from '../models/model.ts'
import type { CheckpointStore } from '../state/state.ts'
import type { SlotChannel } from '../streams/slot-queue.ts'
import { streamSource } from '../streams/stream-context.ts'
import { openStreamReader, type StreamReader } from '../streams/stream-reader.ts'
import { openStreamWriter, type StreamWriter } from '../streams/stream-writer.ts'
import { StampFactory } from './assemble.ts'
import { taskCheckpoint } from './checkpoint-names.ts'
import type { EnginePlan, PlannedStream, PlannedTask } from './engine-plan.ts'
import { type FeatureFields, readingFields } from './features.ts'
import type { HeldVersion, ModelUpdate } from './join-state.ts'
import { BatchScorer } from './score-batch.ts'
import { referencesOf } from './standby.ts'
import { type SavedTask, Task, type TaskReport } from './task.ts'
import { positionNames } from './task-commit.ts'
import { referenceId, type VersionReference } from './versions.ts'

/** What a host needs to open the streams of its tasks. */
export interface HostContext {
  readonly plan: EnginePlan
  readonly registry: Registry
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The HTTP ends of the REST slots, by slot number. */
  readonly channels: ReadonlyMap<number, SlotChannel>
  readonly store: CheckpointStore
}

/** What a task found at its start: where it wants the model stream from, and which versions it must have before it runs. */
export interface TaskStart {
  readonly task: string
  readonly modelPosition: number
  readonly references: readonly VersionReference[]
}

/** A task with everything that was opened for it. */
export class HostedTask {
  readonly planned: PlannedTask
  readonly #context: HostContext
  /** What `close` closes; what keeps the task ours comes last. */
  readonly #opened: readonly Closable[]
  readonly #task: Task
  readonly #saved: SavedTask | null
  #isDropped = false

  private constructor(
    planned: PlannedTask,
    context: HostContext,
    streams: {
      checkpoint: string
      reader: StreamReader
      predictions: readonly StreamWriter[]
      deadLetters: StreamWriter
      activations: StreamWriter | null
    },
    opened: readonly Closable[],
    saved: SavedTask | null,
  ) {
    const { plan, clock } = context
    const positionPrefix = streams.reader.placeOf(0).slice(0, -1)
    this.planned = planned
    this.#context = context
    this.#opened = opened
    this.#saved = saved
    const scorer = new BatchScorer(plan.join, positionPrefix, clock, (version, records, durationMs) =>
      this.#task.recordDuration(version, records, durationMs),
    )
    const input = plan.inputs.find((i) => i.slot === planned.slot)
    this.#task = new Task(
      {
        name: planned.name,
        checkpoint: streams.checkpoint,
        engine: plan.name,
        reader: streams.reader,
        positionPrefix,
        predictions: streams.predictions,
        deadLetters: streams.deadLetters,
        activations: streams.activations,
        store: context.store,
        scorer,
        stamps: new StampFactory(plan.predictions.stamp, positionPrefix),
        open: (outcome) => openScorer(context.registry, outcome.reference, outcome.prepared, plan.join.features),
        clock,
        telemetry: context.telemetry,
      },
      {
        maxRecords: input?.descriptor.batching.maxRecords ?? 1000,
        holdMs: plan.join.holdMs,
        echoesRecord: plan.predictions.echo,
      },
    )
  }

  /**
   * Opens the streams of a task and reads its checkpoint; `membership` is that of its input's assignment, where it has one. Rejects
   * with the reason of `signal` soon after it is aborted, with nothing left open.
   */
  static async open(
    planned: PlannedTask,
    host: HostContext,
    membership: unknown = undefined,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<HostedTask> {
    const { plan, store, registry } = host
    const input = plan.inputs.find((i) => i.slot === planned.slot) as PlannedStream
    const source = streamSource(input.descriptor, registry, input.place)
    const checkpoint = taskCheckpoint(plan.name, planned.name, source)
    const opened: Closable[] = [{ close: async () => store.release?.(checkpoint) }]
    const keep = async <T extends Closable>(opening: Promise<T>): Promise<T> => {
      const stream = await opening
      opened.unshift(stream)
      return stream
    }
    try {
      signal.throwIfAborted()
      await store.acquire(checkpoint, { partition: planned.partition }, signal)
      signal.throwIfAborted()
      const saved = await store.load(checkpoint, signal)
      signal.throwIfAborted()
      const context = { ...host, isResuming: saved !== null }
      const writer = (stream: PlannedStream, partition: number, slot: number | null) =>
        keep(openStreamWriter(stream.descriptor, registry, streamContext(context, stream, partition, slot)))
      // All at the same time: each may mean connections of its own.
      const place = { ...streamContext(context, input, planned.partition, planned.slot), membership }
      const reading = keep(openStreamReader(input.descriptor, registry, place))
      const predicting = plan.outputs.map((output) => writer(output, planned.partition, output.slot))
      const letting = writer(plan.deadLetters, planned.rank, null)
      const activating = plan.activations ? writer(plan.activations, planned.rank, null) : null
      await Promise.allSettled([reading, ...predicting, letting, activating])
      const [reader, predictions] = [await reading, await Promise.all(predicting)]
      const [deadLetters, activations] = [await letting, await activating]
      signal.throwIfAborted()
      const streams = { checkpoint, reader, predictions, deadLetters, activations }
      return new HostedTask(planned, context, streams, opened, saved as SavedTask | null)
    } catch (thrown) {
      await closeAll(opened)
      throw thrown
    }
  }

  get start(): TaskStart {
    const references = (this.#saved?.state?.keys ?? []).flatMap(referencesOf)
    return { task: this.planned.name, modelPosition: this.#saved?.positions[positionNames.models] ?? 0, references }
  }

  /**
   * Opens the versions of the checkpoint and puts the task where it stood. A version that is not among `prepared` is not to be
   * had any more: the task starts without it.
   */
  async restore(prepared: ReadonlyMap<string, PreparedModel>, rereadsModels: boolean): Promise<void> {
    const versions = new Map<string, HeldVersion>()
    try {
      for (const reference of this.start.references) {
        const id = referenceId(reference)
        const model = prepared.get(id)
        if (!model || versions.has(id)) continue
        const { registry, plan } = this.#context
        const scorer = await openScorer(registry, reference, model, plan.join.features)
        versions.set(id, this.#task.versions.admit(reference, model, scorer))
      }
      await this.#task.restore(this.#saved && withoutMissing(this.#saved, versions), versions, rereadsModels)
    } catch (thrown) {
      // Those that have no place in the task's state yet are closed by nobody else.
      for (const { scorer } of versions.values()) scorer.close()
      throw thrown
    }
  }

  push(update: ModelUpdate): void {
    this.#task.push(update)
  }

  run(poll: () => void, onRunning: (position: number) => void): Promise<boolean> {
    return this.#task.run(poll, () => onRunning(this.#task.report().position))
  }

  stop(): void {
    this.#task.stop()
  }

  /** Ends the loop; nothing more is committed. */
  drop(): void {
    this.#isDropped = true
    this.#task.drop()
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  report(): TaskReport {
    return this.#task.report()
  }

  /** Closes scorers and streams, each whatever becomes of the others; errors are passed over when the task has failed already. */
  async close(hasFailed: boolean): Promise<void> {
    const failure = await closeAll([{ close: async () => this.#task.close() }, ...this.#opened])
    if (failure && !hasFailed) throw failure.thrown
  }
}

interface Closable {
  close(): Promise<void>
}

/** Closes one after another, each whatever becomes of the others; the first error, or null. */
async function closeAll(things: readonly Closable[]): Promise<{ readonly thrown: unknown } | null> {
  let failure: { readonly thrown: unknown } | null = null
  for (const thing of things) {
    try {
      await thing.close()
    } catch (thrown) {
      failure ??= { thrown }
    }
  }
  return failure
}

/** Opens a prepared version for scoring on this thread; `features` tells which fields it reads where names differ. */
export async function openScorer(
  registry: Registry,
  reference: VersionReference,
  prepared: PreparedModel,
  features: FeatureFields,
): Promise<Scorer> {
  const format = registry.get<ModelFormat>(
    'format',
    reference.format,
    `version ${reference.model}@${reference.version}`,
  )
  return readingFields(await format.open(prepared), features)
}

/** The checkpoint without the versions that are not there. */
function withoutMissing(saved: SavedTask, versions: ReadonlyMap<string, HeldVersion>): SavedTask {
  const { state } = saved
  if (!state) return saved
  const isThere = (reference: VersionReference) => versions.has(referenceId(reference))
  const found = (reference: VersionReference | null) => (reference && isThere(reference) ? reference : null)
  const keys = state.keys.map((key) => ({
    ...key,
    active: found(key.active),
    isPinned: key.isPinned && (key.active === null || isThere(key.active)),
    waiting: found(key.waiting),
    doneMs: found(key.waiting ?? key.active) && (key.doneMs ?? null),
    scheduled: key.scheduled.filter((s) => isThere(s.reference)),
    candidates: key.candidates.filter(isThere),
    shadows: key.shadows.filter(isThere),
  }))
  return { ...saved, state: { ...state, keys } }
}

function streamContext(
  context: HostContext & { readonly isResuming: boolean },
  stream: PlannedStream,
  partition: number,
  slot: number | null,
) {
  const { plan, clock, channels } = context
  return {
    clock,
    baseFolder: plan.baseFolder,
    partition,
    group: plan.group,
    place: stream.place,
    channel: slot === null ? null : (channels.get(slot) ?? null),
    isResuming: context.isResuming,
  }
}
