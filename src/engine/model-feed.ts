import { createHash } from 'node:crypto'
import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { PreparedModel } from '../models/model.ts'
import type { StreamDecoder } from '../streams/stream-decoder.ts'
import { openStreamReader, type StreamReader } from '../streams/stream-reader.ts'
import type { EnginePlan } from './engine-plan.ts'
import type { ModelUpdate } from './join-state.ts'
import { Keeper, type KnownVersion } from './keeper.ts'
import { type LoadedVersion, type LoadRequest, referenceOf } from './load-version.ts'
import type { Loader } from './loader.ts'
import { openModelDecoder } from './model-decoder.ts'
import { ModelJournal, updateOf } from './model-journal.ts'
import type { EarlierStretch } from './part-collector.ts'
import { deliver, type RemoteTask } from './scoring-thread.ts'
import type { VersionCache } from './version-cache.ts'
import type { VersionReference } from './versions.ts'

/** What a feed works with. */
export interface FeedParts {
  readonly plan: EnginePlan
  readonly registry: Registry
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly loader: Loader
  readonly versions: VersionCache
  /** The versions that earlier runs have seen. */
  readonly known: readonly KnownVersion[]
  /** Saves the list of known versions. */
  readonly save: (known: readonly KnownVersion[]) => Promise<void>
}

/** One partition of the model stream with the tasks that follow it: whoever comes later is given what came before. */
export class ModelFeed {
  /** True when a task applies the stream from its start, whatever its checkpoint says: a list in the engine file, or a stream that cannot be read again. */
  readonly isReread: boolean
  readonly #parts: FeedParts
  readonly #reader: StreamReader
  readonly #keeper: Keeper
  readonly #journal = new ModelJournal()
  #keepsJournal = true
  readonly #followers = new Set<RemoteTask>()
  /** Updates for tasks that are still being given what came before. */
  readonly #waiting = new Map<RemoteTask, ModelUpdate[]>()
  #run: Promise<void> | null = null

  private constructor(parts: FeedParts, reader: StreamReader, earlier: EarlierStretch | null) {
    this.#parts = parts
    this.#reader = reader
    const { plan, clock, telemetry, loader } = parts
    parts.versions.keep(this, this.#journal.named)
    this.isReread = plan.models?.isList === true || !reader.isSeekable
    this.#keeper = new Keeper(
      {
        engine: plan.name,
        onlyKey: plan.join.source.type === 'constant' ? plan.join.source.value : null,
        reader,
        decode: this.#decoder(),
        positionPrefix: reader.placeOf(0).slice(0, -1),
        load: async (request) => this.#atHand(request) ?? loader.load(request),
        keep: (artifact, digest, model) => loader.keep(artifact, digest, model),
        maxArtifactBytes: plan.versions.maxArtifactBytes,
        earlier,
        loadsAll: plan.models?.isList === true,
        broadcast: (update) => this.#onUpdate(update),
        save: parts.save,
        now: () => clock.now(),
        sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
        telemetry,
      },
      parts.known,
    )
  }

  /** Opens a partition at the least position that a task wants; `catchUp` reads what is there. */
  static async open(parts: FeedParts, partition: number, from: number): Promise<ModelFeed> {
    const { plan, registry } = parts
    if (!plan.models) throw new Error('an engine without a model stream has no feed')
    const { descriptor, isList } = plan.models
    const openFirst = () =>
      openStreamReader({ ...descriptor, start: 'earliest' }, registry, contextOf(parts, partition))
    const reader = await openFirst()
    try {
      const goesOn = reader.isSeekable && !isList && from > 0 && from !== reader.position
      if (goesOn) await reader.seek(from)
      return new ModelFeed(parts, reader, goesOn ? { open: openFirst, end: from } : null)
    } catch (thrown) {
      await reader.close()
      throw thrown
    }
  }

  get known(): readonly KnownVersion[] {
    return this.#keeper.known
  }

  /** Deals with everything that is on the stream now. */
  async catchUp(): Promise<void> {
    await this.#keeper.catchUp()
    // A list in the engine file is part of it: an engine that cannot load its models does not start.
    if (this.#parts.plan.models?.isList && this.#keeper.rejection) throw this.#keeper.rejection
  }

  /** Goes on reading; `onError` is told when it cannot. */
  start(onError: (error: MillraceError) => void): void {
    this.#run ??= this.#keeper.run().catch((thrown) => onError(MillraceError.from(thrown, 'model stream')))
  }

  /** Resolves when the messages before `position` have been dealt with, as far as they are there. */
  reach(position: number): Promise<void> {
    return this.#keeper.reach(position)
  }

  /** A version whose artifact is not in the store here, from where its message said that it is to be had; null when it said nothing. */
  async fetch(reference: VersionReference): Promise<PreparedModel | null> {
    const { key, model, version, digest, format, description, options, modelPosition: position } = reference
    const isMeant = (v: KnownVersion) =>
      v.key === key && v.model === model && (v.version === version || v.digest === digest)
    const location = this.known.findLast((v) => v.location && isMeant(v))?.location
    if (location === undefined) return null
    const named = { key, model, version, digest, format, description, options }
    const nothing = { action: 'publish', effectiveFromMs: null, data: null, verification: [] } as const
    const { loader, versions } = this.#parts
    const { prepared } = await loader.load({ command: { ...nothing, ...named, location }, position, known: null })
    versions.put(reference, prepared)
    return prepared
  }

  /**
   * Gives a task the updates from `position` on, and from now on those that come. Rejects when a version cannot be prepared for a reason
   * that is not its own (a loader that died): the task must not pass it over for good.
   */
  async follow(task: RemoteTask, position: number): Promise<void> {
    const coming: ModelUpdate[] = []
    this.#waiting.set(task, coming)
    for (const entry of this.#journal.from(position)) {
      const { outcome } = entry
      const prepared = outcome.type === 'loaded' ? await this.#prepared(outcome.reference) : null
      if (!this.#waiting.has(task)) return
      const update: ModelUpdate =
        prepared instanceof MillraceError
          ? { ...entry, outcome: { type: 'rejected', error: prepared.toReport() } }
          : updateOf(entry, prepared)
      deliver(update, [task])
    }
    for (const update of coming) deliver(update, [task])
    this.#waiting.delete(task)
    this.#followers.add(task)
  }

  /** The task wants nothing more. Idempotent. */
  leave(task: RemoteTask): void {
    this.#waiting.delete(task)
    this.#followers.delete(task)
  }

  /** No task comes any more: what came before is not kept. */
  endJournal(): void {
    this.#keepsJournal = false
  }

  /** Ends reading; what is being loaded is given up. Idempotent. */
  stop(): void {
    this.#keeper.stop()
  }

  /** Waits for the end of reading and closes the stream; call `stop` before. */
  async close(): Promise<void> {
    this.#parts.versions.release(this)
    await this.#run
    await this.#reader.close()
  }

  #onUpdate(update: ModelUpdate): void {
    const { outcome } = update
    if (this.#keepsJournal) {
      this.#journal.append(update)
      if (outcome.type === 'loaded') this.#parts.versions.put(outcome.reference, outcome.prepared)
    }
    deliver(update, this.#followers)
    for (const coming of this.#waiting.values()) coming.push(update)
  }

  /**
   * The version of a message, if it is prepared already: by the standby, or for a task that was here before. A message with rows to
   * verify is loaded, as any instance would that has not seen it.
   */
  #atHand({ command, known, position }: LoadRequest): LoadedVersion | null {
    const { versions } = this.#parts
    if (known !== null || command.verification.length > 0 || !versions.hasNamed(command)) return null
    const digest = command.data ? createHash('sha256').update(command.data).digest('hex') : command.digest
    if (command.digest !== '' && command.digest !== digest) return null
    const reference = referenceOf(command, digest, position)
    const prepared = versions.find(reference)
    return prepared && { reference, prepared }
  }

  /** A version of the journal, prepared; the error when it is the version's own fault, as if it had never been loaded. */
  async #prepared(reference: VersionReference): Promise<PreparedModel | MillraceError> {
    const { plan, telemetry, versions } = this.#parts
    try {
      return await versions.get(reference)
    } catch (thrown) {
      const error = MillraceError.from(thrown, 'preparing a version again')
      if (error.scope !== 'model' || error.code === 'ENGINE_LOAD_TIMEOUT' || error.code === 'ENGINE_LOADER_DIED')
        throw error
      const { key, model, version, digest } = reference
      const move = { from: 'loading', to: 'rejected', reason: error.message }
      telemetry.emit('versionMoved', { engine: plan.name, key, model, version, digest, ...move })
      return error
    }
  }

  #decoder(): StreamDecoder {
    const { plan, registry } = this.#parts
    if (plan.models?.encoding !== 'either') return (batch) => this.#reader.decode(batch)
    return openModelDecoder(plan.models.descriptor, registry, contextOf(this.#parts, this.#reader.partition))
  }
}

function contextOf({ plan, clock }: FeedParts, partition: number) {
  const place = plan.models?.place ?? ''
  return { clock, baseFolder: plan.baseFolder, partition, group: '', place, channel: null }
}
