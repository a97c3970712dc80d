import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { Telemetry } from '../core/telemetry.ts'
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
import type { HeldVersion, KeySnapshot, ModelUpdate } from './join-state.ts'
import { BatchScorer } from './score-batch.ts'
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
  readonly #reader: StreamReader
  readonly #writers: readonly StreamWriter[]
  readonly #task: Task
  readonly #saved: SavedTask | null

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
    saved: SavedTask | null,
  ) {
    const { plan, clock } = context
    const positionPrefix = streams.reader.placeOf(0).slice(0, -1)
    this.planned = planned
    this.#context = context
    this.#reader = streams.reader
    this.#writers = [...streams.predictions, streams.deadLetters, ...(streams.activations ? [streams.activations] : [])]
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

  /** Opens the streams of a task and reads its checkpoint. */
  static async open(planned: PlannedTask, host: HostContext): Promise<HostedTask> {
    const { plan, store } = host
    const input = plan.inputs.find((i) => i.slot === planned.slot) as PlannedStream
    const source = streamSource(input.descriptor, host.registry, input.place)
    const checkpoint = taskCheckpoint(plan.name, planned.name, source)
    await store.acquire(checkpoint, { partition: planned.partition })
    const saved = await store.load(checkpoint)
    const context = { ...host, isResuming: saved !== null }
    const reader = await openStreamReader(
      input.descriptor,
      context.registry,
      streamContext(context, input, planned.partition, planned.slot),
    )
    const predictions: StreamWriter[] = []
    for (const output of plan.outputs) {
      predictions.push(
        await openStreamWriter(
          output.descriptor,
          context.registry,
          streamContext(context, output, planned.partition, output.slot),
        ),
      )
    }
    const side = (stream: PlannedStream) =>
      openStreamWriter(stream.descriptor, context.registry, streamContext(context, stream, planned.rank, null))
    const deadLetters = await side(plan.deadLetters)
    const activations = plan.activations ? await side(plan.activations) : null
    return new HostedTask(
      planned,
      context,
      { checkpoint, reader, predictions, deadLetters, activations },
      saved as SavedTask | null,
    )
  }

  get start(): TaskStart {
    const references = (this.#saved?.state?.keys ?? []).flatMap(referencesOf)
    return { task: this.planned.name, modelPosition: this.#saved?.positions['models'] ?? 0, references }
  }

  /** Opens the versions of the checkpoint and puts the task where it stood. */
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
    await this.#task.restore(this.#saved, versions, rereadsModels)
  }

  push(update: ModelUpdate): void {
    this.#task.push(update)
  }

  run(poll: () => void, onRunning: () => void): Promise<boolean> {
    return this.#task.run(poll, onRunning)
  }

  stop(): void {
    this.#task.stop()
  }

  report(): TaskReport {
    return this.#task.report()
  }

  /** Closes streams and scorers; errors of closing are passed over when the task has failed already. */
  async close(hasFailed: boolean): Promise<void> {
    this.#task.close()
    for (const stream of [this.#reader, ...this.#writers]) {
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

function referencesOf(key: KeySnapshot): VersionReference[] {
  const single = [key.active, key.waiting].filter((r) => r !== null)
  return [...single, ...key.scheduled.map((s) => s.reference), ...key.candidates, ...key.shadows]
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

/** Messages to a scoring thread. */
export type HostRequest =
  | {
      readonly kind: 'restore'
      readonly prepared: readonly (readonly [string, PreparedModel])[]
      readonly rereadsModels: boolean
    }
  | { readonly kind: 'update'; readonly update: ModelUpdate }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  /** Nothing comes any more: the thread may end. */
  | { readonly kind: 'close' }
  | { readonly kind: 'report'; readonly id: number }

/** Messages from a scoring thread. */
export type HostAnswer =
  | { readonly kind: 'opened'; readonly starts: readonly TaskStart[] }
  | { readonly kind: 'restored' }
  /** A task has the versions that were published before and reads records now. */
  | { readonly kind: 'running'; readonly task: string }
  | { readonly kind: 'ended'; readonly task: string; readonly hasFinished: boolean; readonly report: TaskReport }
  | { readonly kind: 'failed'; readonly task: string; readonly error: ErrorReport; readonly stack: string }
  | { readonly kind: 'report'; readonly id: number; readonly reports: readonly TaskReport[] }
  | { readonly kind: 'telemetry'; readonly name: string; readonly payload: unknown }

/** The tasks of one scoring thread, driven by messages. */
export class TaskHost {
  readonly #context: Omit<HostContext, 'store' | 'telemetry'>
  readonly #planned: readonly PlannedTask[]
  readonly #openStore: () => Promise<CheckpointStore>
  readonly #answer: (answer: HostAnswer) => void
  readonly #telemetry = new Telemetry()
  #store: CheckpointStore | null = null
  #tasks: HostedTask[] = []

  constructor(
    context: Omit<HostContext, 'store' | 'telemetry'>,
    planned: readonly PlannedTask[],
    openStore: () => Promise<CheckpointStore>,
    answer: (answer: HostAnswer) => void,
  ) {
    this.#context = context
    this.#planned = planned
    this.#openStore = openStore
    this.#answer = answer
    this.#telemetry.listen((name, payload) => answer({ kind: 'telemetry', name, payload }))
  }

  /** Opens every task's streams and tells what they need. */
  async open(): Promise<void> {
    try {
      const store = await this.#openStore()
      this.#store = store
      for (const planned of this.#planned) {
        this.#tasks.push(await HostedTask.open(planned, { ...this.#context, store, telemetry: this.#telemetry }))
      }
      this.#answer({ kind: 'opened', starts: this.#tasks.map((t) => t.start) })
    } catch (thrown) {
      this.#fail(this.#planned[this.#tasks.length]?.name ?? 'start', thrown)
    }
  }

  /** Deals with one message; `poll` is what running tasks call between two batches to have messages dealt with. */
  handle(request: Exclude<HostRequest, { kind: 'close' }>, poll: () => void): void {
    switch (request.kind) {
      case 'restore':
        void this.#restore(request)
        return
      case 'update':
        for (const task of this.#tasks) task.push(request.update)
        return
      case 'start':
        for (const task of this.#tasks) void this.#run(task, poll)
        return
      case 'stop':
        for (const task of this.#tasks) task.stop()
        return
      case 'report':
        this.#answer({ kind: 'report', id: request.id, reports: this.#tasks.map((t) => t.report()) })
        return
      default:
        request satisfies never
    }
  }

  async #restore(request: Extract<HostRequest, { kind: 'restore' }>): Promise<void> {
    const prepared = new Map(request.prepared)
    try {
      for (const task of this.#tasks) await task.restore(prepared, request.rereadsModels)
      this.#answer({ kind: 'restored' })
    } catch (thrown) {
      this.#fail(this.#planned[0]?.name ?? 'restore', thrown)
    }
  }

  async #run(task: HostedTask, poll: () => void): Promise<void> {
    try {
      const onRunning = () => this.#answer({ kind: 'running', task: task.planned.name })
      const hasFinished = await task.run(poll, onRunning)
      const report = task.report()
      await task.close(false)
      await this.#closeStoreAfterLast(task)
      this.#answer({ kind: 'ended', task: task.planned.name, hasFinished, report })
    } catch (thrown) {
      await task.close(true)
      this.#fail(task.planned.name, thrown)
    }
  }

  async #closeStoreAfterLast(ended: HostedTask): Promise<void> {
    this.#tasks = this.#tasks.filter((task) => task !== ended)
    if (this.#tasks.length === 0) await this.#store?.close()
  }

  #fail(task: string, thrown: unknown): void {
    const error = MillraceError.from(thrown, `task ${task}`).toReport()
    this.#answer({ kind: 'failed', task, error, stack: thrown instanceof Error ? (thrown.stack ?? '') : '' })
  }
}
