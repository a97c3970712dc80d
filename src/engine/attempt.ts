import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError, reasonOf } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { workerUrl } from '../core/worker-url.ts'
import type { PreparedModel } from '../models/model.ts'
import type { CheckpointStore, StateComponent } from '../state/state.ts'
import type { SlotQueue } from '../streams/slot-queue.ts'
import { streamPartitions } from '../streams/stream-context.ts'
import type { StreamDecoder } from '../streams/stream-decoder.ts'
import { openStreamReader, type StreamReader } from '../streams/stream-reader.ts'
import { checkpointName, KNOWN_VERSIONS } from './checkpoint-names.ts'
import { engineGuarantee } from './engine-guarantee.ts'
import type { EnginePlan, PlannedTask } from './engine-plan.ts'
import type { ModelUpdate } from './join-state.ts'
import { Keeper, type KnownVersion } from './keeper.ts'
import { Loader } from './loader.ts'
import { openModelDecoder } from './model-decoder.ts'
import { planTasks } from './plan-tasks.ts'
import { serveSlot } from './slot-port.ts'
import type { TaskReport } from './task.ts'
import type { HostAnswer, HostRequest, TaskStart } from './task-host.ts'
import type { TaskWorkerData } from './task-worker.ts'
import type { VersionReference } from './versions.ts'
import { referenceId } from './versions.ts'

/** Young generation of a scoring thread: short-lived records are collected often and cheaply, and resident memory stays level. */
const YOUNG_GENERATION_MIB = 16

/** How long a thread may take to end by itself. */
const THREAD_END_MS = 2_000

export interface AttemptParts {
  readonly plan: EnginePlan
  readonly registry: Registry
  readonly registryUrl: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The HTTP ends of the REST slots, kept over restarts. */
  readonly slots: ReadonlyMap<number, SlotQueue>
}

interface HostThread {
  readonly worker: Worker
  readonly tasks: readonly PlannedTask[]
  readonly running: Set<string>
}

/** How an attempt ended: all inputs at their end, stopped, or by an error. */
export type AttemptEnd =
  | { readonly type: 'finished' | 'stopped' }
  | { readonly type: 'failed'; readonly error: MillraceError }

/**
 * One run of an engine's threads, from checkpoint to end: the loader thread, the scoring threads and the keeper. After an
 * error everything is taken down; the engine may then make a new attempt, which resumes from the checkpoint.
 */
export class Attempt {
  readonly #parts: AttemptParts
  readonly #loader: Loader
  readonly #ends = Promise.withResolvers<AttemptEnd>()
  readonly #reports = new Map<
    number,
    { missing: number; readonly found: TaskReport[]; readonly resolve: (reports: TaskReport[]) => void }
  >()
  readonly #ports: MessagePort[] = []
  #threads: HostThread[] = []
  #keeper: Keeper | null = null
  #keeperRun: Promise<void> | null = null
  #modelReader: StreamReader | null = null
  #store: CheckpointStore | null = null
  #known: readonly KnownVersion[] = []
  #opened: TaskStart[] = []
  #step: { missing: number; readonly resolve: () => void; readonly reject: (error: MillraceError) => void } | null =
    null
  /** The error of a thread: no step that needs all threads can be done any more. */
  #failure: MillraceError | null = null
  #isStopping = false
  #nextReportId = 1
  /** Last reports of the tasks that have ended. */
  readonly #endReports: TaskReport[] = []

  constructor(parts: AttemptParts) {
    this.#parts = parts
    const { plan, registryUrl } = parts
    const { allowsCode, maxArtifactBytes, locations, baseFolder, loadTimeoutMs } = plan.versions
    const { features } = plan.join
    const settings = { allowsCode, maxArtifactBytes, locations, baseFolder, features }
    this.#loader = new Loader({ registryUrl, settings, state: plan.state }, loadTimeoutMs, parts.clock)
  }

  get known(): readonly KnownVersion[] {
    return this.#keeper?.known ?? this.#known
  }

  get #knownName(): string {
    return checkpointName(this.#parts.plan.name, KNOWN_VERSIONS)
  }

  get tasks(): readonly PlannedTask[] {
    return this.#threads.flatMap((t) => t.tasks)
  }

  /** Starts everything and resolves when the attempt is over; it never rejects. */
  async run(onRunning: () => void): Promise<AttemptEnd> {
    try {
      await this.#start()
      if (!this.#isStopping) onRunning()
    } catch (thrown) {
      this.#end({ type: 'failed', error: MillraceError.from(thrown, `engine "${this.#parts.plan.name}"`) })
    }
    const end = await this.#ends.promise
    await this.#takeDown()
    return end
  }

  /** Lets every task commit what it has in hand and end. Idempotent. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#keeper?.stop()
    this.#broadcast({ kind: 'stop' })
    if (this.#threads.every((t) => t.running.size === 0)) this.#end({ type: 'stopped' })
  }

  /** What every task says about itself now. */
  report(waitMs: number): Promise<readonly TaskReport[]> {
    const threads = this.#threads.filter((t) => t.running.size > 0)
    if (threads.length === 0) return Promise.resolve([...this.#endReports])
    const id = this.#nextReportId++
    return new Promise((resolve) => {
      const timer = new AbortController()
      const finish = (reports: TaskReport[]) => {
        timer.abort()
        this.#reports.delete(id)
        const running = reports.filter((report) => !this.#endReports.some((ended) => ended.task === report.task))
        resolve([...this.#endReports, ...running])
      }
      const entry = { missing: threads.length, found: [] as TaskReport[], resolve: finish }
      this.#reports.set(id, entry)
      void this.#parts.clock.sleep(waitMs, timer.signal).then(() => finish(entry.found))
      for (const { worker } of threads) worker.postMessage({ kind: 'report', id } satisfies HostRequest)
    })
  }

  async #start(): Promise<void> {
    const { plan } = this.#parts
    this.#store = await this.#openStore()
    this.#known =
      ((await this.#store.load(this.#knownName))?.state as { known?: readonly KnownVersion[] } | null)?.known ?? []
    const tasks = await planTasks(plan, this.#parts.registry)
    await this.#allThreads(() => this.#startThreads(tasks))
    this.#modelReader = await this.#openModelReader()
    const rereadsModels = plan.models !== null && (plan.models.isList || this.#modelReader?.isSeekable === false)
    const prepared = await this.#reloadVersions()
    await this.#allThreads(() => this.#broadcast({ kind: 'restore', prepared, rereadsModels }))
    await this.#startKeeper()
    for (const thread of this.#threads) for (const task of thread.tasks) thread.running.add(task.name)
    this.#parts.telemetry.emit('engineStarted', {
      engine: plan.name,
      tasks: tasks.length,
      guarantee: engineGuarantee(plan, this.#parts.registry).level,
    })
    await this.#allAnswers(tasks.length, () => this.#broadcast({ kind: 'start' }))
    if (this.#isStopping) this.#broadcast({ kind: 'stop' })
    this.#keeperRun =
      this.#keeper
        ?.run()
        .catch((thrown) => this.#end({ type: 'failed', error: MillraceError.from(thrown, 'model stream') })) ?? null
  }

  #openStore(): Promise<CheckpointStore> {
    const { plan, registry } = this.#parts
    const component = registry.get<StateComponent>('state', plan.state.type, 'state')
    return component.open(plan.state as never, { baseFolder: plan.baseFolder, place: 'state' })
  }

  #startThreads(tasks: readonly PlannedTask[]): void {
    const count = Math.min(tasks.length, this.#parts.plan.threads ?? availableParallelism())
    const shares = Array.from({ length: count }, (_, n) => tasks.filter((task) => task.rank % count === n))
    this.#threads = shares.map((share) => this.#startThread(share))
  }

  #startThread(tasks: readonly PlannedTask[]): HostThread {
    const { plan, registryUrl, slots } = this.#parts
    const ports: [number, MessagePort][] = []
    for (const [slot, queue] of slots) {
      const { port1, port2 } = new MessageChannel()
      serveSlot(port1, queue)
      this.#ports.push(port1)
      ports.push([slot, port2])
    }
    const data: TaskWorkerData = { registryUrl, plan, tasks, slots: ports }
    const worker = new Worker(workerUrl(import.meta.url, 'task-worker'), {
      workerData: data,
      transferList: ports.map(([, port]) => port),
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
      name: `millrace-tasks-${tasks.map((t) => t.name).join(',')}`,
    })
    const thread: HostThread = { worker, tasks, running: new Set() }
    worker.on('message', (answer: HostAnswer) => this.#onAnswer(thread, answer))
    worker.on('error', (thrown) =>
      this.#fail(new MillraceError('ENGINE_THREAD_DIED', { tasks: nameOf(tasks), reason: reasonOf(thrown) }, thrown)),
    )
    worker.on('exit', (code) =>
      this.#fail(new MillraceError('ENGINE_THREAD_DIED', { tasks: nameOf(tasks), reason: `exit code ${code}` })),
    )
    return thread
  }

  /** Opens the model stream at the least position that a task wants. */
  async #openModelReader(): Promise<StreamReader | null> {
    const { plan, registry, clock } = this.#parts
    if (!plan.models) return null
    const { descriptor, place, isList } = plan.models
    const partitions = await streamPartitions(descriptor, registry, { baseFolder: plan.baseFolder, place })
    if (partitions !== 1)
      throw new MillraceError('ENGINE_DOCUMENT_WRONG', {
        place,
        reason: `the model stream has ${partitions} partitions, expected 1`,
      })
    const context = { clock, baseFolder: plan.baseFolder, partition: 0, group: '', place, channel: null }
    const reader = await openStreamReader({ ...descriptor, start: 'earliest' }, registry, context)
    const from = Math.min(...this.#opened.map((start) => start.modelPosition))
    if (reader.isSeekable && !isList && from > 0 && from !== reader.position) await reader.seek(from)
    return reader
  }

  /** Prepares the versions that checkpoints name, each once. */
  async #reloadVersions(): Promise<(readonly [string, PreparedModel])[]> {
    const references = new Map<string, VersionReference>()
    for (const start of this.#opened)
      for (const reference of start.references) references.set(referenceId(reference), reference)
    const prepared: (readonly [string, PreparedModel])[] = []
    for (const [id, reference] of references) prepared.push([id, await this.#loader.reload(reference)])
    return prepared
  }

  async #startKeeper(): Promise<void> {
    if (!this.#modelReader) return
    const { plan, clock, telemetry } = this.#parts
    const reader = this.#modelReader
    this.#keeper = new Keeper(
      {
        engine: plan.name,
        onlyKey: plan.join.source.type === 'constant' ? plan.join.source.value : null,
        reader,
        decode: this.#modelDecoder(reader),
        positionPrefix: reader.placeOf(0).slice(0, -1),
        load: (request) => this.#loader.load(request),
        broadcast: (update: ModelUpdate) => this.#broadcast({ kind: 'update', update }),
        save: (known) => this.#saveKnown(known),
        now: () => clock.now(),
        telemetry,
      },
      this.#known,
    )
    if (this.#isStopping) this.#keeper.stop()
    await this.#keeper.catchUp()
    // A list in the engine file is part of it: an engine that cannot load its models does not start.
    if (plan.models?.isList && this.#keeper.rejection) throw this.#keeper.rejection
  }

  #modelDecoder(reader: StreamReader): StreamDecoder {
    const { plan, registry, clock } = this.#parts
    if (!plan.models || plan.models.encoding === 'stated') return (batch) => reader.decode(batch)
    const { descriptor, place } = plan.models
    const context = { clock, baseFolder: plan.baseFolder, partition: 0, group: '', place, channel: null }
    return openModelDecoder(descriptor, registry, context)
  }

  #saveKnown(known: readonly KnownVersion[]): Promise<void> {
    const store = this.#store as CheckpointStore
    const transaction = store.begin(this.#knownName)
    store.saveState(this.#knownName, { known }, transaction)
    return transaction.commit()
  }

  #broadcast(request: HostRequest): void {
    for (const { worker } of this.#threads) worker.postMessage(request)
  }

  /** Runs a step that every thread answers once. */
  #allThreads(step: () => void): Promise<void> {
    return this.#allAnswers(null, step)
  }

  /** Runs a step and waits for its answers: so many, or one of each thread. */
  #allAnswers(count: number | null, step: () => void): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#step = { missing: 0, resolve, reject }
      step()
      this.#step.missing = count ?? this.#threads.length
      if (this.#step.missing === 0) resolve()
    })
  }

  #onAnswer(thread: HostThread, answer: HostAnswer): void {
    switch (answer.kind) {
      case 'opened':
        this.#opened.push(...answer.starts)
        this.#advanceStep()
        return
      case 'restored':
      case 'running':
        this.#advanceStep()
        return
      case 'ended':
        thread.running.delete(answer.task)
        this.#endReports.push(answer.report)
        this.#parts.telemetry.emit('taskStopped', {
          engine: this.#parts.plan.name,
          task: answer.task,
          reason: answer.hasFinished ? 'end of stream' : 'stopped',
        })
        if (this.#threads.every((t) => t.running.size === 0))
          this.#end({ type: this.#isStopping ? 'stopped' : 'finished' })
        return
      case 'failed':
        this.#onTaskError(answer.task, answer.error, answer.stack)
        return
      case 'report': {
        const waiting = this.#reports.get(answer.id)
        if (!waiting) return
        waiting.found.push(...answer.reports)
        if (--waiting.missing === 0) waiting.resolve(waiting.found)
        return
      }
      case 'telemetry':
        this.#parts.telemetry.emit(answer.name as never, answer.payload as never)
        return
      default:
        answer satisfies never
    }
  }

  #onTaskError(task: string, report: ErrorReport, stack: string): void {
    this.#parts.telemetry.emit('taskError', { engine: this.#parts.plan.name, task, error: report })
    const error = MillraceError.fromReport(report)
    if (stack !== '') error.stack = stack
    this.#fail(error)
  }

  #advanceStep(): void {
    if (this.#step && --this.#step.missing === 0) this.#step.resolve()
  }

  #fail(error: MillraceError): void {
    this.#failure ??= error
    this.#step?.reject(error)
    this.#end({ type: 'failed', error })
  }

  #end(end: AttemptEnd): void {
    this.#ends.resolve(end)
  }

  /** Lets a thread end by itself, which is gentler to the runtime than termination; one that does not is terminated. */
  async #endThread(worker: Worker): Promise<void> {
    worker.removeAllListeners('exit')
    const exit = new Promise((resolve) => worker.once('exit', resolve))
    const patience = new AbortController()
    worker.postMessage({ kind: 'close' } satisfies HostRequest)
    const late = this.#parts.clock.sleep(THREAD_END_MS, patience.signal)
    await Promise.race([exit, late])
    patience.abort()
    await worker.terminate()
  }

  async #takeDown(): Promise<void> {
    this.#keeper?.stop()
    for (const report of this.#reports.values()) report.resolve(report.found)
    await Promise.all(this.#threads.map(({ worker }) => this.#endThread(worker)))
    for (const port of this.#ports) port.close()
    await this.#loader.close()
    await this.#keeperRun
    await this.#modelReader?.close()
    await this.#store?.close()
  }
}

function nameOf(tasks: readonly PlannedTask[]): string {
  return tasks.map((t) => t.name).join(', ')
}
