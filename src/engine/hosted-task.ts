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
import type { VersionReference } from './versions.ts'
import { referenceId } from './versions.ts'

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
  /** What `close` closes, in this order; what keeps the task ours comes last. */
  readonly #opened: readonly { close(): Promise<void> }[]
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
    opened: readonly { close(): Promise<void> }[],
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

  /** Opens the streams of a task and reads its checkpoint; `membership` is that of its input's assignment, where it has one. */
  static async open(planned: PlannedTask, host: HostContext, membership: unknown = undefined): Promise<HostedTask> {
    const { plan, store, registry } = host
    const input = plan.inputs.find((i) => i.slot === planned.slot) as PlannedStream
    const source = streamSource(input.descriptor, registry, input.place)
    const checkpoint = taskCheckpoint(plan.name, planned.name, source)
    const opened: { close(): Promise<void> }[] = [{ close: async () => store.release?.(checkpoint) }]
    const keep = <T extends { close(): Promise<void> }>(stream: T): T => {
      opened.unshift(stream)
      return stream
    }
    try {
      await store.acquire(checkpoint, { partition: planned.partition })
      const saved = await store.load(checkpoint)
      const context = { ...host, isResuming: saved !== null }
      const writer = async (stream: PlannedStream, partition: number, slot: number | null) =>
        keep(await openStreamWriter(stream.descriptor, registry, streamContext(context, stream, partition, slot)))
      const place = { ...streamContext(context, input, planned.partition, planned.slot), membership }
      const reader = keep(await openStreamReader(input.descriptor, registry, place))
      const predictions: StreamWriter[] = []
      for (const output of plan.outputs) predictions.push(await writer(output, planned.partition, output.slot))
      const deadLetters = await writer(plan.deadLetters, planned.rank, null)
      const activations = plan.activations ? await writer(plan.activations, planned.rank, null) : null
      const streams = { checkpoint, reader, predictions, deadLetters, activations }
      return new HostedTask(planned, context, streams, opened, saved as SavedTask | null)
    } catch (thrown) {
      for (const stream of opened) await stream.close().catch(() => {})
      throw thrown
    }
  }

  get start(): TaskStart {
    const references = (this.#saved?.state?.keys ?? []).flatMap(referencesOf)
    return { task: this.planned.name, modelPosition: this.#saved?.positions['models'] ?? 0, references }
  }

  /**
   * Opens the versions of the checkpoint and puts the task where it stood. A version that is not among `prepared` is not to be
   * had any more: the task starts without it.
   */
  async restore(prepared: ReadonlyMap<string, PreparedModel>, rereadsModels: boolean): Promise<void> {
    const versions = new Map<string, HeldVersion>()
    for (const reference of this.start.references) {
      const id = referenceId(reference)
      const model = prepared.get(id)
      if (!model || versions.has(id)) continue
      const { registry, plan } = this.#context
      const scorer = await openScorer(registry, reference, model, plan.join.features)
      versions.set(id, this.#task.versions.admit(reference, model, scorer))
    }
    await this.#task.restore(this.#saved && withoutMissing(this.#saved, versions), versions, rereadsModels)
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

  /** Closes streams and scorers; errors of closing are passed over when the task has failed already. */
  async close(hasFailed: boolean): Promise<void> {
    this.#task.close()
    for (const stream of this.#opened) {
      try {
        await stream.close()
      } catch (thrown) {
        if (!hasFailed) throw thrown
      }
    }
  }
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
