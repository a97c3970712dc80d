import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Registry } from '../config/registry.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { readFileOrFolder } from '../core/file-or-folder.ts'
import type { ModelFormat, PreparedModel, Scorer } from '../models/model.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import type { ArtifactStore } from '../state/state.ts'
import { type FeatureFields, readingFields, recordOfFeatures } from './features.ts'
import type { ModelCommand } from './model-message.ts'
import type { VersionReference } from './versions.ts'

/** What the operator allows and limits when versions are loaded. */
export interface LoadSettings {
  readonly allowsCode: boolean
  readonly maxArtifactBytes: number
  /** Folders and URL prefixes that a model's location may lie under. */
  readonly locations: readonly string[]
  /** Folder that relative locations start from. */
  readonly baseFolder: string
  /** Fields that features are read from, where the names differ. */
  readonly features: FeatureFields
}

/** A message whose version is to be loaded. */
export interface LoadRequest {
  readonly command: ModelCommand
  /** Position of the model-stream message as text. */
  readonly position: string
  /** The version that the message names without carrying it, when it was seen before. */
  readonly known:
    | (Pick<VersionReference, 'digest' | 'format' | 'options' | 'description'> & {
        /** Where it is to be had when it was never loaded. */
        readonly location?: string
      })
    | null
}

/** A version that was loaded, checked and put into the store. */
export interface LoadedVersion {
  readonly reference: VersionReference
  readonly prepared: PreparedModel
}

/**
 * Message to prepared version: fetch, check the digest, store, prepare, verify. Runs on the loader thread.
 *
 * Throws a MillraceError of scope `model`; nothing of the version is used then.
 */
export async function loadVersion(
  request: LoadRequest,
  settings: LoadSettings,
  registry: Registry,
  artifacts: ArtifactStore,
): Promise<LoadedVersion> {
  const command = request.known ? fillIn(request.command, request.known) : request.command
  checkNamed(command)
  const format = formatOf(command, registry)
  const bytes = await fetchArtifact(command, format, settings, artifacts)
  if (bytes.length > settings.maxArtifactBytes) {
    throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', {
      model: command.model,
      bytes: bytes.length,
      limit: settings.maxArtifactBytes,
    })
  }
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (command.digest !== '' && command.digest !== digest) {
    throw new MillraceError('ENGINE_DIGEST_DIFFERS', { model: command.model, actual: digest, expected: command.digest })
  }
  const source = command.location === '' ? command.model : command.location
  const prepared = await format.prepare(
    { bytes, digest, source },
    optionsOf(format, command.options, request.position),
    settings,
  )
  verifyOwnRows(command.model, prepared)
  await tryScorer(command, format, prepared)
  await artifacts.put(bytes)
  return { reference: referenceOf(command, digest, request.position), prepared: asRecords(prepared, settings) }
}

/** What names the version of a message whose artifact has this digest. */
export function referenceOf(command: ModelCommand, digest: string, modelPosition: string): VersionReference {
  const { key, model, version, format, description, options } = command
  const named = version === '' ? digest.slice(0, 12) : version
  return { key, model, version: named, digest, format, description, modelPosition, options }
}

/** Puts an artifact into the store without looking into it, for versions that may be wanted later; returns its digest. */
export async function keepArtifact(
  artifact: { readonly parts: readonly Uint8Array[]; readonly digest: string; readonly model: string },
  settings: LoadSettings,
  artifacts: ArtifactStore,
): Promise<string> {
  const { parts, model, digest: expected } = artifact
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  const limit = settings.maxArtifactBytes
  if (bytes > limit) throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', { model, bytes, limit })
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  const digest = hash.digest('hex')
  if (expected !== '' && expected !== digest)
    throw new MillraceError('ENGINE_DIGEST_DIFFERS', { model, actual: digest, expected })
  if (!(await artifacts.has(digest)))
    await artifacts.put(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts))
  return digest
}

/** A version of a checkpoint or of the activation log, prepared again from the artifact store. */
export async function reloadVersion(
  reference: VersionReference,
  settings: LoadSettings,
  registry: Registry,
  artifacts: ArtifactStore,
): Promise<PreparedModel> {
  const format = registry.get<ModelFormat>(
    'format',
    reference.format,
    `version ${reference.model}@${reference.version}`,
  )
  const bytes = await artifacts.get(reference.digest)
  if (!bytes) throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest: reference.digest, model: reference.model })
  const artifact = { bytes, digest: reference.digest, source: reference.model }
  return asRecords(
    await format.prepare(artifact, optionsOf(format, reference.options, reference.modelPosition), settings),
    settings,
  )
}

/** The samples as records of the stream: a warm-up scores them as it scores live ones. */
function asRecords(prepared: PreparedModel, { features }: LoadSettings): PreparedModel {
  if (Object.keys(features).length === 0) return prepared
  const { signature, samples } = prepared
  return { ...prepared, samples: samples.map((sample) => recordOfFeatures(sample, signature, features)) }
}

function formatOf(command: ModelCommand, registry: Registry): ModelFormat {
  if (registry.has('format', command.format))
    return registry.get<ModelFormat>('format', command.format, 'model message')
  const known = registry.list('format').map((f) => f.name)
  throw new MillraceError('ENGINE_FORMAT_UNKNOWN', {
    model: command.model,
    format: command.format,
    known: known.join(', '),
  })
}

/** Options of the message against the format's table; defaults filled in. */
function optionsOf(format: ModelFormat, given: Readonly<Record<string, unknown>>, position: string): never {
  const wrong = (reason: string) => new MillraceError('ENGINE_MESSAGE_WRONG', { position, reason })
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(format.options, name)) continue
    const known = Object.keys(format.options).join(', ') || 'none'
    throw wrong(`format "${format.name}" has no option "${name}"; known: ${known}`)
  }
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(format.options)) {
    const result = option.schema.safeParse(given[name])
    if (!result.success) throw wrong(`option "${name}" is ${printed(given[name])}, expected ${option.type}`)
    values[name] = result.data
  }
  return values as never
}

/** A message that carries no artifact names a version by its digest, or one that was seen before. */
function checkNamed({ data, location, digest, model, version, key }: ModelCommand): void {
  if (data === null && location === '' && digest === '')
    throw new MillraceError('ENGINE_VERSION_UNKNOWN', { version: `${model}@${version}`, key })
}

/** What the message leaves open, from the version that it names. */
function fillIn(command: ModelCommand, known: NonNullable<LoadRequest['known']>): ModelCommand {
  return {
    ...command,
    digest: command.digest === '' ? known.digest : command.digest,
    location: known.location ?? '',
    format: known.format,
    options: Object.keys(command.options).length > 0 ? command.options : known.options,
    description: command.description === '' ? known.description : command.description,
  }
}

async function fetchArtifact(
  command: ModelCommand,
  format: ModelFormat,
  settings: LoadSettings,
  artifacts: ArtifactStore,
): Promise<Uint8Array> {
  if (command.data) return command.data
  if (command.location !== '') return fetchLocation(command, format, settings)
  const { digest } = command
  const bytes = await artifacts.get(digest)
  if (!bytes) throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest, model: command.model })
  return bytes
}

async function fetchLocation(command: ModelCommand, format: ModelFormat, settings: LoadSettings): Promise<Uint8Array> {
  const { location, model } = command
  try {
    if (/^https?:/i.test(location)) return await fetchUrl(command, settings)
    const path = location.startsWith('file:///') ? fileURLToPath(location) : location.replace(/^file:/, '')
    const absolute = resolve(settings.baseFolder, path)
    const folders = allowedFolders(settings)
    if (!isUnder(absolute, folders)) throw refused(command, settings)
    const real = await realpath(absolute)
    // A symbolic link inside an allowed folder may lead out of it.
    if (!isUnder(real, await Promise.all(folders.map(realFolder)))) throw refused(command, settings)
    return await readLimited(real, command, format, settings)
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown
    throw new MillraceError('ENGINE_LOCATION_UNREADABLE', { location, model, reason: reasonOf(thrown) }, thrown)
  }
}

function allowedFolders({ locations, baseFolder }: LoadSettings): string[] {
  return locations.filter((allowed) => !/^https?:/i.test(allowed)).map((allowed) => resolve(baseFolder, allowed))
}

/** The folder behind symbolic links; one that is not there holds nothing. */
function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder)
}

function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const inside = relative(folder, path)
    return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
  })
}

function refused(command: ModelCommand, settings: LoadSettings): MillraceError {
  const allowed = settings.locations.join(', ') || 'none'
  return new MillraceError('ENGINE_LOCATION_REFUSED', { location: command.location, model: command.model, allowed })
}

async function readLimited(
  path: string,
  command: ModelCommand,
  format: ModelFormat,
  settings: LoadSettings,
): Promise<Uint8Array> {
  const facts = await stat(path)
  if (facts.isFile() && facts.size > settings.maxArtifactBytes) {
    throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', {
      model: command.model,
      bytes: facts.size,
      limit: settings.maxArtifactBytes,
    })
  }
  if (facts.isDirectory() && !format.takesFolders)
    throw new Error(`it is a folder, and format "${format.name}" takes a file`)
  return readFileOrFolder(path, settings.maxArtifactBytes)
}

async function fetchUrl(command: ModelCommand, settings: LoadSettings): Promise<Uint8Array> {
  const url = new URL(command.location)
  if (!settings.locations.some((allowed) => /^https?:/i.test(allowed) && isBelow(url, new URL(allowed))))
    throw refused(command, settings)
  const { location, model } = command
  try {
    const response = await fetch(url, { redirect: 'manual' })
    if (response.ok) return await bodyOf(response, model, settings.maxArtifactBytes)
    const parameters = { location, model, reason: `HTTP status ${response.status}` }
    const isAway = response.status >= 500 || PASSING_STATUSES.has(response.status)
    throw new MillraceError(isAway ? 'ENGINE_LOCATION_AWAY' : 'ENGINE_LOCATION_UNREADABLE', parameters)
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown
    throw new MillraceError('ENGINE_LOCATION_AWAY', { location, model, reason: networkReasonOf(thrown) }, thrown)
  }
}

/** The server asks to come back: request timeout, too early, too many requests. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429])

async function bodyOf({ body }: Response, model: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > limit) throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', { model, bytes, limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** `fetch` says "fetch failed", and its cause why. */
function networkReasonOf(thrown: unknown): string {
  const { cause } = thrown as Error
  return reasonOf(cause instanceof Error && cause.message !== '' ? cause : thrown)
}

/** True for a URL that the prefix names as a whole or as a folder: `…/models` allows `…/models/a`, not `…/models-b`. */
function isBelow(url: URL, prefix: URL): boolean {
  if (url.origin !== prefix.origin || url.username !== '' || url.password !== '') return false
  const folder = prefix.pathname.endsWith('/') ? prefix.pathname : `${prefix.pathname}/`
  return url.pathname === prefix.pathname || url.pathname.startsWith(folder)
}

function verifyOwnRows(model: string, prepared: PreparedModel): void {
  const report = prepared.verification
  const first = report?.differences[0]
  if (!report || !first) return
  throw new MillraceError('ENGINE_VERSION_UNVERIFIED', {
    model,
    count: report.differences.length,
    rows: report.rows,
    row: first.row + 1,
    output: first.output,
    actual: first.actual,
    expected: first.expected,
  })
}

/**
 * Scores the rows of the message, and the model's own samples: what is loaded makes the version before it void, so that a version that
 * no task could warm must not count as loaded.
 */
async function tryScorer(command: ModelCommand, format: ModelFormat, prepared: PreparedModel): Promise<void> {
  if (command.verification.length === 0 && prepared.samples.length === 0) return
  let scorer: Scorer | null = null
  try {
    scorer = await openTried(command, format, prepared)
    await verifyMessageRows(command, scorer)
    await trySamples(command, scorer, prepared)
  } finally {
    scorer?.close()
  }
}

async function openTried({ model }: ModelCommand, format: ModelFormat, prepared: PreparedModel): Promise<Scorer> {
  try {
    return readingFields(await format.open(prepared), {})
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown
    throw new MillraceError('ENGINE_WARM_UP_ERROR', { model, reason: reasonOf(thrown) }, thrown)
  }
}

async function trySamples({ model }: ModelCommand, scorer: Scorer, { samples }: PreparedModel): Promise<void> {
  if (samples.length === 0) return
  const { predictions, errors } = await scorer.score(samples)
  if (samples.some((_, i) => !errors?.has(i) || predictions[i] !== null)) return
  const reason = errors?.get(0)?.message ?? 'every sample is an error'
  throw new MillraceError('ENGINE_WARM_UP_ERROR', { model, reason })
}

async function verifyMessageRows(command: ModelCommand, scorer: Scorer): Promise<void> {
  const rows = command.verification
  if (rows.length === 0) return
  const { predictions, errors } = await scorer.score(rows.map((row) => row.input))
  for (let r = 0; r < rows.length; r++) {
    const expected = (rows[r] as { expected: RecordValue }).expected
    for (const [output, value] of Object.entries(expected)) {
      const actual = predictions[r]?.[output] ?? null
      if (isNear(value ?? null, actual)) continue
      const shown = errors?.get(r)?.message ?? printed(actual)
      throw new MillraceError('ENGINE_VERSION_UNVERIFIED', {
        model: command.model,
        count: 1,
        rows: rows.length,
        row: r + 1,
        output,
        actual: shown,
        expected: printed(value),
      })
    }
  }
}

/** Relative tolerance of the numbers in verification rows: what PMML's ModelVerification takes by default. */
const PRECISION = 1e-6

function isNear(expected: Value, actual: Value): boolean {
  if (isNumber(expected) && isNumber(actual)) {
    const wanted = Number(expected)
    return expected === actual || Math.abs(wanted - Number(actual)) <= PRECISION * Math.abs(wanted)
  }
  return printed(expected) === printed(actual)
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** JSON text of a value; whole numbers of 64 bits as numbers. */
function printed(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)) ?? 'nothing'
}
