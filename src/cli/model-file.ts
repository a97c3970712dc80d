import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { boolean, json, text } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import { MillraceError } from '../core/errors.ts'
import { readFileOrFolder } from '../core/file-or-folder.ts'
import { guessFormat } from '../models/guess-format.ts'
import type { ModelFormat, PreparedModel } from '../models/model.ts'
import { contentOf, fileError } from './lines.ts'
import type { World } from './verb.ts'

/** Options of verbs that load a model in this process. */
export const loadOptions = {
  format: text({
    summary: 'Format; by default what the ending of the file says, or its first bytes',
    isOptional: true,
    examples: ['pmml'],
  }),
  options: json({ summary: 'Options of the format, as JSON', isOptional: true }),
  allowCode: boolean({ summary: 'Accept a model that is code (JavaScript, TypeScript)', default: false }),
} as const

/** Values of `loadOptions`. */
export interface LoadChoice {
  readonly format?: string | undefined
  readonly options?: unknown
  readonly allowCode: boolean
}

/** The user names the file, so its size is the user's choice. */
const MAX_BYTES = 2 ** 31

/** What people save models as and no format reads, by its first bytes, and the way from there. */
const foreignFiles = [
  {
    // PROTO and the version of the pickle protocol, from 2; joblib's files begin alike
    starts: [2, 3, 4, 5].map((version) => [0x80, version]),
    what: 'a Python pickle',
    way: 'it holds a program; export the model as PMML or ONNX, or save it as its library does',
  },
  {
    starts: [[0x43, 0x42, 0x4d, 0x31]],
    what: 'the binary form of CatBoost',
    way: 'save it with format="json"',
  },
  {
    starts: [[0x89, 0x48, 0x44, 0x46]],
    what: 'an HDF5 file, as of Keras',
    way: 'save it as a SavedModel, with model.export',
  },
] as const

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte)
}

/** An artifact on disk. */
export interface ModelFile {
  readonly path: string
  /** File name without its ending. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Lower-case hex SHA-256. */
  readonly digest: string
  readonly format: ModelFormat
}

/** Reads an artifact; its format is `format`, or what the ending of the file or its bytes say. */
export async function readModelFile(
  world: World,
  path: string,
  format: string | undefined,
  registry: Registry,
): Promise<ModelFile> {
  const bytes = await artifactOf(world, path)
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { path, name: basename(path, extname(path)), bytes, digest, format: formatFor(path, bytes, format, registry) }
}

/** Bytes of a file or of standard input (`-`); a folder (a SavedModel) is packed as an archive. */
async function artifactOf(world: World, path: string): Promise<Uint8Array> {
  const absolute = resolve(world.cwd, path)
  if (path === '-' || !statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return contentOf(world, path)
  try {
    return await readFileOrFolder(absolute, MAX_BYTES)
  } catch (thrown) {
    throw fileError('read', path, thrown)
  }
}

/** Reads an artifact and prepares it for scoring. */
export async function loadModelFile(
  world: World,
  path: string,
  choice: LoadChoice,
  registry: Registry,
): Promise<ModelFile & { readonly prepared: PreparedModel }> {
  const file = await readModelFile(world, path, choice.format, registry)
  const { format, bytes, digest } = file
  const values = parseOptions(format.options, choice.options ?? {}, { source: 'option "--options"' })
  const context = { allowsCode: choice.allowCode, maxArtifactBytes: MAX_BYTES }
  return { ...file, prepared: await format.prepare({ bytes, digest, source: path }, values as never, context) }
}

/** The format of a file by name, by ending, or by its bytes. */
export function formatFor(
  path: string,
  bytes: Uint8Array,
  format: string | undefined,
  registry: Registry,
): ModelFormat {
  if (format !== undefined) return registry.get<ModelFormat>('format', format, 'option "--format"')
  const extension = extname(path).slice(1).toLowerCase()
  const formats = registry.list('format') as ModelFormat[]
  const found = guessFormat(formats, extension, bytes)
  if (found) return found
  const foreign = foreignFiles.find(({ starts }) => starts.some((start) => startsWith(bytes, start)))
  if (foreign) throw new MillraceError('CLI_FORMAT_FOREIGN', { path, what: foreign.what, way: foreign.way })
  throw new MillraceError('CLI_FORMAT_UNCLEAR', { path, known: formats.map(({ name }) => name).join(', ') })
}
