import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../core/frames.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { Value } from '../schema/value.ts'
import type { StreamDecoder } from '../streams/stream-decoder.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import type { ModelUpdate } from './join-state.ts'
import type { LoadedVersion, LoadRequest } from './load-version.ts'
import { type ModelCommand, readModelMessage } from './model-message.ts'
import type { VersionReference } from './versions.ts'

/** A version that the engine has seen, for listings and for loading it again by name. */
export interface KnownVersion {
  readonly key: string
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly format: string
  readonly description: string
  readonly options: Readonly<Record<string, unknown>>
  readonly position: string
  /** When its message was dealt with, in ms since the epoch. */
  readonly atMs: number
  /** Why it was rejected, or null. */
  readonly rejection: ErrorReport | null
}

/** Versions kept for listings; older ones are forgotten, their artifacts stay. */
const MAX_KNOWN = 200
/** Where a message is, and where the next one starts. */
interface Place {
  readonly position: number
  readonly end: number
}

/** Most messages of one read: models are large. */
const MESSAGES = 16
/** How long one read of the model stream waits. */
const WAIT_MS = 500

export interface KeeperParts {
  /** The join key of every record, or null when keys differ. */
  readonly onlyKey: string | null
  readonly engine: string
  readonly reader: StreamReader
  readonly decode: StreamDecoder
  /** Text before a position number of the model stream: `models/0@`. */
  readonly positionPrefix: string
  readonly load: (request: LoadRequest) => Promise<LoadedVersion>
  /** Hands an update to every task; called in the order of the positions. */
  readonly broadcast: (update: ModelUpdate) => void
  /** Saves the list of known versions. */
  readonly save: (known: readonly KnownVersion[]) => Promise<void>
  readonly now: () => number
  readonly telemetry: Telemetry
}

/**
 * Reads the model stream, has every version loaded, and tells the tasks: one update per message, in order.
 *
 * A message that cannot be read or a version that cannot be loaded is an update too (`rejected`), so that the tasks' model
 * positions move on; nothing on the model stream stops an engine.
 */
export class Keeper {
  readonly #parts: KeeperParts
  #known: KnownVersion[]
  /** Messages that were read but not dealt with yet. */
  #rest: FrameBatch | null = null
  #rejection: MillraceError | null = null
  #isStopping = false

  constructor(parts: KeeperParts, known: readonly KnownVersion[]) {
    this.#parts = parts
    this.#known = [...known]
  }

  /** The first rejection of a version or a message since the start. */
  get rejection(): MillraceError | null {
    return this.#rejection
  }

  get known(): readonly KnownVersion[] {
    return this.#known
  }

  /**
   * Deals with everything that is on the model stream now: the engine scores only after that. What is published meanwhile is
   * left for `run`, so that a busy publisher cannot keep an engine from starting.
   */
  async catchUp(): Promise<void> {
    const untilMs = this.#parts.now()
    while (!this.#isStopping && (await this.#step(0, untilMs)) === 'messages') {}
  }

  /** Goes on until the stream ends or `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopping && (await this.#step(WAIT_MS, Number.POSITIVE_INFINITY)) !== 'end') {}
  }

  stop(): void {
    this.#isStopping = true
    this.#parts.reader.interrupt()
  }

  /** Deals with a batch of messages; those that are younger than `untilMs` stay for the next step. */
  async #step(waitMs: number, untilMs: number): Promise<'messages' | 'nothing' | 'end'> {
    const batch = this.#rest ?? (await this.#parts.reader.next(MESSAGES, waitMs))
    this.#rest = null
    if (batch === null) return 'end'
    if (batch.length === 0) return 'nothing'
    const { values, errors } = this.#parts.decode(batch)
    for (let i = 0; i < batch.length && !this.#isStopping; i++) {
      if ((batch.timestampsMs?.[i] ?? 0) > untilMs) {
        this.#rest = sliceFrames(batch, i, batch.length)
        return 'nothing'
      }
      const end = i + 1 < batch.length ? (batch.positions[i + 1] as number) : batch.end
      await this.#handle(values[i], errors?.get(i) ?? null, { position: batch.positions[i] as number, end })
    }
    return 'messages'
  }

  async #handle(value: Value | undefined, decodeError: MillraceError | null, { position, end }: Place): Promise<void> {
    const positionText = this.#parts.positionPrefix + position
    const place = { position, end, positionText }
    let command: ModelCommand
    try {
      if (decodeError) throw decodeError
      command = this.#keyed(readModelMessage(value, positionText), positionText)
    } catch (thrown) {
      this.#rejectMessage(place, MillraceError.from(thrown, `model message at ${positionText}`))
      return
    }
    const { action, key, model, version, effectiveFromMs } = command
    const base = { ...place, action, key, model, version, effectiveFromMs }
    if (!needsVersion(command)) {
      this.#parts.broadcast({ ...base, outcome: { type: 'none' } })
      return
    }
    this.#announce(command, command.digest, 'published', 'loading', '')
    let loaded: LoadedVersion
    try {
      loaded = await this.#parts.load({ command, position: positionText, known: this.#knownOf(command) })
    } catch (thrown) {
      if (this.#isStopping) return // the loader was taken down: the message is dealt with at the next start
      const error = MillraceError.from(thrown, `loading model "${model}"`)
      this.#rejection ??= error
      await this.#remember(command, positionText, error.toReport())
      this.#announce(command, command.digest, 'loading', 'rejected', error.message)
      this.#parts.broadcast({ ...base, outcome: { type: 'rejected', error: error.toReport() } })
      return
    }
    const { reference, prepared } = loaded
    await this.#remember(reference, positionText, null)
    this.#announce(command, reference.digest, 'loading', 'candidate', '')
    this.#parts.broadcast({ ...base, version: reference.version, outcome: { type: 'loaded', reference, prepared } })
  }

  /** A message without a key is for the only key of the engine, when it has just one. */
  #keyed(command: ModelCommand, position: string): ModelCommand {
    if (command.key !== '') return command
    const { onlyKey } = this.#parts
    if (onlyKey !== null) return { ...command, key: onlyKey }
    const reason = 'dataType is missing: it says which records the model scores'
    throw new MillraceError('ENGINE_MESSAGE_WRONG', { position, reason })
  }

  #rejectMessage(place: Pick<ModelUpdate, 'position' | 'end' | 'positionText'>, error: MillraceError): void {
    this.#rejection ??= error
    const report = error.toReport()
    const { positionText: position } = place
    this.#parts.telemetry.emit('modelMessageRejected', { engine: this.#parts.engine, position, error: report })
    const nothing = { action: 'publish', key: '', model: '', version: '', effectiveFromMs: null } as const
    this.#parts.broadcast({ ...nothing, ...place, outcome: { type: 'rejected', error: report } })
  }

  /** The version that an earlier message brought, for a message that only names it. */
  #knownOf(command: ModelCommand): KnownVersion | null {
    if (command.data !== null || command.location !== '') return null
    const { key, model, version, digest } = command
    const isMeant = (v: KnownVersion) =>
      v.key === key && v.model === model && (digest !== '' ? v.digest === digest : v.version === version)
    return this.#known.findLast((v) => v.rejection === null && isMeant(v)) ?? null
  }

  async #remember(
    version: Pick<VersionReference, 'key' | 'model' | 'version' | 'digest' | 'format' | 'description' | 'options'>,
    position: string,
    rejection: ErrorReport | null,
  ): Promise<void> {
    const { key, model, version: name, digest, format, description, options } = version
    this.#known = this.#known.filter((v) => v.position !== position) // a message that is read again
    this.#known.push({
      key,
      model,
      version: name,
      digest,
      format,
      description,
      options,
      position,
      atMs: this.#parts.now(),
      rejection,
    })
    if (this.#known.length > MAX_KNOWN) this.#known = this.#known.slice(-MAX_KNOWN)
    await this.#parts.save(this.#known)
  }

  #announce(command: ModelCommand, digest: string, from: string, to: string, reason: string): void {
    const { key, model, version } = command
    this.#parts.telemetry.emit('versionMoved', {
      engine: this.#parts.engine,
      key,
      model,
      version,
      digest,
      from,
      to,
      reason,
    })
  }
}

/** True when the message asks for a version that must be loaded; retire, unpin and a pin without a version only name one. */
function needsVersion(command: ModelCommand): boolean {
  if (command.action === 'retire' || command.action === 'unpin') return false
  if (command.action === 'pin')
    return command.data !== null || command.location !== '' || command.version !== '' || command.digest !== ''
  return true
}
