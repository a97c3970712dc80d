import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Registry } from '../config/registry.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { ModelFormat, PreparedModel, Scorer } from '../models/model.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import type { ArtifactStore } from '../state/state.ts'
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
}

export interface LoadRequest {
  readonly command: ModelCommand
  /** Position of the model-stream message as text. */
  readonly position: string
  /** The version that the message names without carrying it, when it was seen before. */
  readonly known: Pick<VersionReference, 'digest' | 'format' | 'options' | 'description'> | null
}

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
  const format = formatOf(command, registry)
  const bytes = await fetchArtifact(command, settings, artifacts)
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
  await verifyMessageRows(command, format, prepared)
  await artifacts.put(bytes)
  const reference: VersionReference = {
    key: command.key,
    model: command.model,
    version: command.version === '' ? digest.slice(0, 12) : command.version,
    digest,
    format: format.name,
    description: command.description,
    modelPosition: request.position,
    options: command.options,
  }
  return { reference, prepared }
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
  return format.prepare(artifact, optionsOf(format, reference.options, reference.modelPosition), settings)
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
    if (name in format.options) continue
    const known = Object.keys(format.options).join(', ') || 'none'
    throw wrong(`format "${format.name}" has no option "${name}"; known: ${known}`)
  }
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(format.options)) {
    const result = option.schema.safeParse(given[name])
    if (!result.success) throw wrong(`option "${name}" is ${JSON.stringify(given[name])}, expected ${option.type}`)
    values[name] = result.data
  }
  return values as never
}

/** What the message leaves open, from the version that it names. */
function fillIn(command: ModelCommand, known: NonNullable<LoadRequest['known']>): ModelCommand {
  return {
    ...command,
    digest: command.digest === '' ? known.digest : command.digest,
    format: known.format,
    options: Object.keys(command.options).length > 0 ? command.options : known.options,
    description: command.description === '' ? known.description : command.description,
  }
}

async function fetchArtifact(
  command: ModelCommand,
  settings: LoadSettings,
  artifacts: ArtifactStore,
): Promise<Uint8Array> {
  if (command.data) return command.data
  if (command.location !== '') return fetchLocation(command, settings)
  const { digest } = command
  if (digest === '') {
    throw new MillraceError('ENGINE_VERSION_UNKNOWN', {
      version: `${command.model}@${command.version}`,
      key: command.key,
    })
  }
  const bytes = await artifacts.get(digest)
  if (!bytes) throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest, model: command.model })
  return bytes
}

async function fetchLocation(command: ModelCommand, settings: LoadSettings): Promise<Uint8Array> {
  const { location, model } = command
  try {
    if (/^https?:/i.test(location)) return await fetchUrl(command, settings)
    const path = location.startsWith('file:///') ? fileURLToPath(location) : location.replace(/^file:/, '')
    const absolute = resolve(settings.baseFolder, path)
    if (!isUnderAllowedFolder(absolute, settings)) throw refused(command, settings)
    return await readLimited(absolute, command, settings)
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown
    throw new MillraceError('ENGINE_LOCATION_UNREADABLE', { location, model, reason: reasonOf(thrown) }, thrown)
  }
}

function isUnderAllowedFolder(path: string, settings: LoadSettings): boolean {
  return settings.locations.some((allowed) => {
    if (/^https?:/i.test(allowed)) return false
    const inside = relative(resolve(settings.baseFolder, allowed), path)
    return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)
  })
}

function refused(command: ModelCommand, settings: LoadSettings): MillraceError {
  const allowed = settings.locations.join(', ') || 'none'
  return new MillraceError('ENGINE_LOCATION_REFUSED', { location: command.location, model: command.model, allowed })
}

async function readLimited(path: string, command: ModelCommand, settings: LoadSettings): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > settings.maxArtifactBytes) {
      throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', {
        model: command.model,
        bytes: size,
        limit: settings.maxArtifactBytes,
      })
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function fetchUrl(command: ModelCommand, settings: LoadSettings): Promise<Uint8Array> {
  const url = new URL(command.location)
  const isAllowed = settings.locations.some(
    (allowed) => /^https?:/i.test(allowed) && url.href.startsWith(new URL(allowed).href),
  )
  if (!isAllowed) throw refused(command, settings)
  const response = await fetch(url, { redirect: 'error' })
  if (!response.ok) {
    throw new MillraceError('ENGINE_LOCATION_UNREADABLE', {
      location: command.location,
      model: command.model,
      reason: `HTTP status ${response.status}`,
    })
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > settings.maxArtifactBytes) {
      throw new MillraceError('ENGINE_ARTIFACT_TOO_LARGE', {
        model: command.model,
        bytes,
        limit: settings.maxArtifactBytes,
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
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

async function verifyMessageRows(command: ModelCommand, format: ModelFormat, prepared: PreparedModel): Promise<void> {
  const rows = command.verification
  if (rows.length === 0) return
  let scorer: Scorer | null = null
  try {
    scorer = await format.open(prepared)
    const { predictions, errors } = await scorer.score(rows.map((row) => row.input))
    for (let r = 0; r < rows.length; r++) {
      const expected = (rows[r] as { expected: RecordValue }).expected
      for (const [output, value] of Object.entries(expected)) {
        const actual = predictions[r]?.[output] ?? null
        if (isNear(value ?? null, actual)) continue
        const shown = errors?.get(r)?.message ?? JSON.stringify(actual)
        throw new MillraceError('ENGINE_VERSION_UNVERIFIED', {
          model: command.model,
          count: 1,
          rows: rows.length,
          row: r + 1,
          output,
          actual: shown,
          expected: JSON.stringify(value),
        })
      }
    }
  } finally {
    scorer?.close()
  }
}

/** Relative tolerance of the numbers in verification rows: what PMML's ModelVerification takes by default. */
const PRECISION = 1e-6

function isNear(expected: Value, actual: Value): boolean {
  if (typeof expected === 'number' && typeof actual === 'number') {
    return expected === actual || Math.abs(expected - actual) <= PRECISION * Math.abs(expected)
  }
  return JSON.stringify(expected) === JSON.stringify(actual)
}
