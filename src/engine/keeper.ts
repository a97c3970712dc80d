import { bytesAt } from '../core/bytes.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../core/frames.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { StreamDecoder } from '../streams/stream-decoder.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import { type Chunk, chunkDigest, chunkOf } from './chunk-assembler.ts'
import type { ModelUpdate } from './join-state.ts'
import { CarriedVersions, type KnownVersion, KnownVersions } from './known-versions.ts'
import { loadAgain } from './load-again.ts'
import type { LoadedVersion, LoadRequest } from './load-version.ts'
import { type DecodedMessage, decodeMessages } from './model-decoder.ts'
import { Supersession } from './model-journal.ts'
import { type ModelCommand, needsVersion, readModelMessage } from './model-message.ts'
import { type CollectorParts, PartCollector } from './part-collector.ts'

export type { KnownVersion } from './known-versions.ts'

/** Most messages of one read: models are large. */
const MESSAGES = 16
/** So many in one read mean that this instance was away: they are dealt with together, as at a start. Fewer are tried each, so that a bad one is told. */
const MANY_MESSAGES = 8
/** How long one read of the model stream waits. */
const WAIT_MS = 500
/** A stream that gives nothing for so many reads is taken as read, though it says that there is more. */
const IDLE_READS = 60

/** Where a message is, and where the next one starts. */
interface Place {
  readonly position: number
  readonly end: number
  readonly positionText: string
  /** Time of the message in ms, or null where the stream tells none. */
  readonly publishedMs: number | null
}

/** A message of the model stream on its way to the tasks. */
interface Message extends Place {
  /** The message, or why it cannot be read. */
  readonly content: ModelCommand | MillraceError
  /** True when it brings an artifact, false when it names one that was seen before. */
  readonly isCarrying: boolean
  /** Digest of an artifact that came in parts before it, which the message refers to by location; else null. */
  readonly parts: string | null
}

/** Where a step ends, position exclusive and time inclusive: what lies behind stays for the next one. */
type Limit = Readonly<{ position: number; timestampMs: number }>

const NO_LIMIT: Limit = { position: Number.POSITIVE_INFINITY, timestampMs: Number.POSITIVE_INFINITY }

/** What became of a message. */
type Outcome =
  | { readonly type: 'loaded'; readonly loaded: LoadedVersion }
  | { readonly type: 'rejected'; readonly error: MillraceError }
  /** It names a version that is held, or none. */
  | { readonly type: 'none' }
  /** A later message has made it void before a record was read. */
  | { readonly type: 'superseded' }

/** What a keeper works with, and whom it tells. */
export interface KeeperParts extends CollectorParts {
  /** The join key of every record, or null when keys differ. */
  readonly onlyKey: string | null
  readonly engine: string
  readonly reader: StreamReader
  readonly decode: StreamDecoder
  /** Text before a position number of the model stream: `models/0@`. */
  readonly positionPrefix: string
  readonly load: (request: LoadRequest) => Promise<LoadedVersion>
  /** True when versions are loaded even if a later message makes them void: the list of an engine file is checked as a whole. */
  readonly loadsAll: boolean
  /** Hands an update to every task; called in the order of the positions. */
  readonly broadcast: (update: ModelUpdate) => void
  /** Saves the list of known versions. */
  readonly save: (known: readonly KnownVersion[]) => Promise<void>
  readonly now: () => number
  /** `Clock.sleep`. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>
  readonly telemetry: Telemetry
}

/**
 * Reads a model stream, has versions loaded, and tells the tasks: one update per message, in order.
 *
 * A message that cannot be read or a version that cannot be loaded is an update too (`rejected`), so that the tasks' model
 * positions move on; no message stops an engine, only a stream that cannot be read or a list that cannot be saved. What was published
 * before the start is read as a whole first, and what has gathered while an instance stood still: versions that nobody would see score are not
 * loaded, but their artifacts are kept, so that a checkpoint may name them.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #known: KnownVersions
  readonly #collector: PartCollector
  /** Messages that were read but not dealt with yet. */
  #rest: FrameBatch | null = null
  #rejection: MillraceError | null = null
  readonly #stopped = new AbortController()
  /** Everything before this position has been dealt with. */
  #position = 0
  #waiting: { readonly position: number; readonly resolve: () => void }[] = []

  constructor(parts: KeeperParts, known: readonly KnownVersion[]) {
    this.#parts = parts
    this.#known = new KnownVersions(known)
    this.#collector = new PartCollector(parts)
  }

  /** The first rejection of a version or a message since the start. */
  get rejection(): MillraceError | null {
    return this.#rejection
  }

  get known(): readonly KnownVersion[] {
    return this.#known.list
  }

  /**
   * Deals with everything that is on the model stream now: the engine scores only after that. What is published meanwhile is
   * left for `run`, so that a busy publisher cannot keep an engine from starting. Where nobody can tell the stream's end, times do:
   * nowhere else, as the publisher's clock may be ahead of ours.
   */
  async catchUp(): Promise<void> {
    const timestampMs = this.#parts.now()
    const target = await this.#parts.reader.end()
    const limit = target === null ? { ...NO_LIMIT, timestampMs } : { ...NO_LIMIT, position: target }
    const messages: Message[] = []
    for (let idle = 0; !this.#isStopping && idle < IDLE_READS && this.#position < limit.position; ) {
      const { found, end } = await this.#step(target === null ? 0 : WAIT_MS, limit, messages)
      if (!this.#isStopping) this.#moveTo(end)
      if (found === 'end' || found === 'limit' || (found === 'nothing' && target === null)) break
      idle = found === 'nothing' ? idle + 1 : 0
    }
    await this.#dealWith(messages)
  }

  /** Goes on until the stream ends or `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      const messages: Message[] = []
      const { found, end } = await this.#step(WAIT_MS, NO_LIMIT, messages)
      if (messages.length >= MANY_MESSAGES) await this.#dealWith(messages)
      else for (const message of messages) await this.#dealWith([message])
      if (!this.#isStopping) this.#moveTo(end)
      if (found === 'end') return
    }
  }

  /**
   * Resolves when every message before `position` has been dealt with, as far as the stream has them now: another instance may have read
   * further than this one.
   */
  async reach(position: number): Promise<void> {
    const end = await this.#parts.reader.end()
    const target = end === null ? position : Math.min(position, end)
    if (this.#position >= target || this.#isStopping || end === null) return
    await new Promise<void>((resolve) => this.#waiting.push({ position: target, resolve }))
  }

  stop(): void {
    this.#stopped.abort()
    this.#parts.reader.interrupt()
    this.#moveTo(this.#position)
  }

  get #isStopping(): boolean {
    return this.#stopped.signal.aborted
  }

  /** Reads a batch and collects its messages; those behind the limit stay for the next step. Everything before `end` has been read then. */
  async #step(
    waitMs: number,
    limit: Limit,
    messages: Message[],
  ): Promise<{ readonly found: 'messages' | 'nothing' | 'limit' | 'end'; readonly end: number }> {
    const batch = this.#rest ?? (await this.#parts.reader.next(MESSAGES, waitMs))
    this.#rest = null
    if (batch === null) return { found: 'end', end: this.#position }
    const decoded = decodeMessages(batch, this.#parts.decode)
    const areMany = batch.length >= MANY_MESSAGES || limit !== NO_LIMIT
    for (let i = 0; i < batch.length && !this.#isStopping; i++) {
      const isBehind = (batch.positions[i] as number) >= limit.position
      if (isBehind || (batch.timestampsMs?.[i] ?? 0) > limit.timestampMs) {
        this.#rest = sliceFrames(batch, i, batch.length)
        return { found: 'limit', end: batch.positions[i] as number }
      }
      const chunk = chunkOf(batch.headers, i)
      // A message gets the parts that stand before it, also where more follow in the same read.
      if (chunk !== null && messages.length > 0 && limit === NO_LIMIT) {
        this.#rest = sliceFrames(batch, i, batch.length)
        return { found: 'messages', end: batch.positions[i] as number }
      }
      const end = i + 1 < batch.length ? (batch.positions[i + 1] as number) : batch.end
      const position = batch.positions[i] as number
      const timeMs = batch.timestampsMs?.[i] ?? Number.NaN
      const publishedMs = timeMs >= 0 ? timeMs : null
      const place = { position, end, positionText: this.#parts.positionPrefix + position, publishedMs }
      if (chunk !== null) await this.#takeChunk(chunk, bytesAt(batch.values, i), place)
      // null deletes a key of a compacted topic
      else if (bytesAt(batch.values, i) !== null) {
        const message = this.#read(decoded(i), place)
        messages.push(areMany ? await this.#withoutData(message) : message)
      }
    }
    return { found: batch.length === 0 ? 'nothing' : 'messages', end: Math.max(batch.end, this.#position) }
  }

  #moveTo(position: number): void {
    this.#position = position
    if (this.#waiting.length === 0) return
    const isOver = (wait: { readonly position: number }) => this.#isStopping || wait.position <= position
    const over = this.#waiting.filter(isOver)
    this.#waiting = this.#waiting.filter((wait) => !isOver(wait))
    for (const { resolve } of over) resolve()
  }

  #read({ value, error }: DecodedMessage, place: Place): Message {
    const { positionText } = place
    try {
      if (error) throw error
      const command = this.#keyed(readModelMessage(value, positionText), positionText)
      const isCarrying = command.data !== null || command.location !== ''
      const digest = chunkDigest(command.location)
      if (digest === null) return { ...place, content: command, isCarrying, parts: null }
      const { model, digest: stated } = command
      if (stated !== '' && stated !== digest)
        throw new MillraceError('ENGINE_DIGEST_DIFFERS', { model, actual: digest, expected: stated })
      return { ...place, content: { ...command, location: '', digest }, isCarrying, parts: digest }
    } catch (thrown) {
      const content = MillraceError.from(thrown, `model message at ${positionText}`)
      this.#refuse(content, positionText)
      return { ...place, content, isCarrying: false, parts: null }
    }
  }

  async #takeChunk(chunk: Chunk | string, bytes: Uint8Array | null, { positionText }: Place): Promise<void> {
    try {
      if (typeof chunk === 'string') throw new Error(chunk)
      await this.#collector.take(chunk, bytes)
    } catch (thrown) {
      if (this.#isStopping) return
      const parameters = { position: positionText, reason: reasonOf(thrown) }
      const isOurs = thrown instanceof MillraceError
      this.#refuse(isOurs ? thrown : new MillraceError('ENGINE_MESSAGE_WRONG', parameters, thrown), positionText)
    }
  }

  #refuse(error: MillraceError, position: string): void {
    this.#rejection ??= error
    const { engine, telemetry } = this.#parts
    telemetry.emit('modelMessageRejected', { engine, position, error: error.toReport() })
  }

  /** A message without a key is for the only key of the engine, when it has just one. */
  #keyed(command: ModelCommand, position: string): ModelCommand {
    if (command.key !== '') return command
    const { onlyKey } = this.#parts
    if (onlyKey !== null) return { ...command, key: onlyKey }
    const reason = 'dataType is missing: it says which records the model scores'
    throw new MillraceError('ENGINE_MESSAGE_WRONG', { position, reason })
  }

  /** The message with its artifact in the store instead of in memory: a long model stream is many artifacts. */
  async #withoutData(message: Message): Promise<Message> {
    const { content } = message
    if (content instanceof MillraceError || !content.data || this.#parts.loadsAll) return message
    try {
      const digest = await this.#parts.keep([content.data], content.digest, content.model)
      return { ...message, content: { ...content, data: null, digest } }
    } catch {
      return message // loading it says what is wrong
    }
  }

  /** Loads what is needed of a stretch of messages and tells the tasks, in order. */
  async #dealWith(messages: readonly Message[]): Promise<void> {
    const outcomes = new Map<Message, Outcome>()
    const supersession = new Supersession()
    const { loadsAll } = this.#parts
    const carried = new CarriedVersions(messages.map(({ isCarrying, content }) => (isCarrying ? content : null)))
    const order = [...messages.keys()]
    // From the last to the first: only a version that does load makes those before it void.
    for (const i of loadsAll ? order : order.reverse()) {
      if (this.#isStopping) return
      const message = messages[i] as Message
      const known = (command: ModelCommand) => carried.before(i, command) ?? this.#known.find(command)
      outcomes.set(message, await this.#outcomeOf(message, known, supersession))
    }
    if (this.#isStopping) return // what was torn down is dealt with at the next start
    await this.#remember(messages, outcomes)
    for (const message of messages) this.#tell(message, outcomes.get(message) as Outcome)
  }

  /** `knownOf` gives the version that an earlier message brought, for a message that only names it. */
  async #outcomeOf(
    message: Message,
    knownOf: (command: ModelCommand) => LoadRequest['known'],
    supersession: Supersession,
  ): Promise<Outcome> {
    const { content: command } = message
    if (command instanceof MillraceError) return { type: 'rejected', error: command }
    const { key, action, effectiveFromMs } = command
    const bringsVersion = needsVersion(command)
    const takesOver = bringsVersion && action === 'activate' && effectiveFromMs === null
    if (!this.#parts.loadsAll && takesOver && supersession.replaces(key)) {
      this.#announce(
        command,
        command.digest,
        'published',
        'retired',
        'a later message replaced it before it was loaded',
      )
      return { type: 'superseded' }
    }
    const known = message.isCarrying ? null : knownOf(command)
    const outcome: Outcome = bringsVersion ? await this.#load(message, command, known) : { type: 'none' }
    supersession.note({ key, takesOver, isVoid: outcome.type === 'rejected' })
    return outcome
  }

  async #load(message: Message, command: ModelCommand, known: LoadRequest['known']): Promise<Outcome> {
    const { positionText: position, parts } = message
    this.#announce(command, command.digest, 'published', 'loading', '')
    const loaded = await this.#loadWithParts({ command, position, known }, parts)
    if (!(loaded instanceof MillraceError)) return { type: 'loaded', loaded }
    if (!this.#isStopping) {
      this.#rejection ??= loaded
      this.#announce(command, command.digest, 'loading', 'rejected', loaded.message)
    }
    return { type: 'rejected', error: loaded }
  }

  /** `digest`: of an artifact in parts, else null. Some of them may stand before where the stream is read from. */
  async #loadWithParts(request: LoadRequest, digest: string | null): Promise<LoadedVersion | MillraceError> {
    const { signal } = this.#stopped
    const { model } = request.command
    const load = () =>
      loadAgain(request, this.#parts, signal).catch((e) => MillraceError.from(e, `loading model "${model}"`))
    const loaded = await load()
    const isMissing = loaded instanceof MillraceError && loaded.code === 'ENGINE_ARTIFACT_MISSING'
    if (digest === null || !isMissing) return loaded
    if (await this.#collector.complete(digest, signal)) return load()
    return new MillraceError('ENGINE_PARTS_MISSING', { digest, model, progress: this.#collector.progress(digest) })
  }

  async #remember(messages: readonly Message[], outcomes: ReadonlyMap<Message, Outcome>): Promise<void> {
    let hasChanged = false
    for (const message of messages) {
      const outcome = outcomes.get(message) as Outcome
      const { content, positionText } = message
      if (content instanceof MillraceError || outcome.type === 'none') continue
      const version = outcome.type === 'loaded' ? outcome.loaded.reference : content
      const rejection = outcome.type === 'rejected' ? outcome.error.toReport() : null
      this.#known.add(version, positionText, this.#parts.now(), rejection)
      hasChanged = true
    }
    if (hasChanged) await this.#parts.save(this.#known.list)
  }

  #tell({ content, position, end, positionText, publishedMs }: Message, outcome: Outcome): void {
    const place = { position, end, positionText, publishedMs }
    const { broadcast } = this.#parts
    if (content instanceof MillraceError) {
      const nothing = { action: 'publish', key: '', model: '', version: '', effectiveFromMs: null } as const
      broadcast({ ...nothing, ...place, outcome: { type: 'rejected', error: content.toReport() } })
      return
    }
    const { action, key, model, version, effectiveFromMs } = content
    const base = { ...place, action, key, model, version, effectiveFromMs }
    switch (outcome.type) {
      case 'loaded': {
        const { reference, prepared } = outcome.loaded
        this.#announce(content, reference.digest, 'loading', 'candidate', '')
        broadcast({ ...base, version: reference.version, outcome: { type: 'loaded', reference, prepared } })
        return
      }
      case 'rejected':
        broadcast({ ...base, outcome: { type: 'rejected', error: outcome.error.toReport() } })
        return
      case 'none':
        broadcast({ ...base, outcome: { type: 'none' } })
        return
      case 'superseded':
        // As the loader names it: a task may hold the version from before.
        broadcast({ ...base, version: version || content.digest.slice(0, 12), outcome: { type: 'none' } })
        return
      default:
        outcome satisfies never
    }
  }

  #announce(command: ModelCommand, digest: string, from: string, to: string, reason: string): void {
    const { key, model, version } = command
    const { engine, telemetry } = this.#parts
    telemetry.emit('versionMoved', { engine, key, model, version, digest, from, to, reason })
  }
}
