import { ArchiveFault, isZip, readZip } from '../../core/archive.ts'
import type { Artifact } from '../model.ts'
import { inFile, overLimit, syntaxFault, unsupported } from './faults.ts'
import { type GraphMessage, graphType } from './graph-messages.ts'
import { readBinary } from './message-binary.ts'
import { readText } from './message-text.ts'
import { type SavedModelMessage, savedModelType } from './saved-model-messages.ts'
import type { ReadFile } from './tensor-bundle.ts'

/** What an artifact holds: a graph without variables, or a SavedModel with its files. */
export type ModelFiles =
  | { readonly kind: 'graph'; readonly message: GraphMessage }
  | { readonly kind: 'savedModel'; readonly message: SavedModelMessage; readonly read: ReadFile }

const MAX_ENTRIES = 10_000
/** Text is read as one string. */
const MAX_TEXT_BYTES = 2 ** 28

/**
 * Reads an artifact: a ZIP archive of a SavedModel's folder, the bytes of `saved_model.pb` alone, or a GraphDef; each also as text.
 *
 * Throws MODEL_ARTIFACT_SYNTAX when it is none of them.
 */
export function readModelFiles({ bytes, source }: Pick<Artifact, 'bytes' | 'source'>, maxBytes: number): ModelFiles {
  if (isZip(bytes)) return readFolder(bytes, source, maxBytes)
  const kind = kindOf(bytes)
  if (kind === 'metaGraph') throw unsupported(source, 'the file', 'a MetaGraphDef (.meta) without its SavedModel')
  if (kind === 'graph') return { kind, message: readMessage(bytes, graphType, source, 'the graph') }
  if (kind === 'savedModel') {
    const message = readMessage(bytes, savedModelType, source, 'the SavedModel')
    return { kind, message, read: () => null }
  }
  throw syntaxFault(source, 'the file', 'it is no GraphDef, no SavedModel and no ZIP archive of one')
}

/** True when bytes look like one of the forms above. */
export function recognisesTensorflow(bytes: Uint8Array): boolean {
  if (!isZip(bytes))
    return kindOf(bytes) !== null && (textField(bytes) !== null || bytes[0] === 0x08 || looksNested(bytes))
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return tail.includes('saved_model.pb')
}

function readFolder(bytes: Uint8Array, source: string, maxBytes: number): ModelFiles {
  const guard = <T>(read: () => T): T => {
    try {
      return read()
    } catch (thrown) {
      if (thrown instanceof ArchiveFault) throw syntaxFault(source, 'the archive', thrown.message, thrown)
      throw thrown
    }
  }
  const files = guard(() => readZip(bytes, { maxEntries: MAX_ENTRIES, maxBytes }))
  const names = [...files.keys()].filter((name) => /(^|\/)saved_model\.pb(txt)?$/.test(name))
  // A folder above may be packed with it: `model/1/saved_model.pb`. The shortest path is the model's.
  const main = names.sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))[0]
  if (main === undefined) throw syntaxFault(source, 'the archive', 'it has no saved_model.pb')
  const root = main.slice(0, main.lastIndexOf('/') + 1)
  const read: ReadFile = (path) => {
    const entry = files.get(root + path)
    return entry ? guard(() => entry.read()) : null
  }
  const content = read(main.slice(root.length)) as Uint8Array
  return { kind: 'savedModel', message: readMessage(content, savedModelType, source, main), read }
}

function readMessage<T>(
  bytes: Uint8Array,
  type: Parameters<typeof readBinary<T>>[0],
  source: string,
  place: string,
): T {
  return inFile(source, place, () => {
    if (!isText(bytes)) return readBinary(type, bytes)
    if (bytes.length > MAX_TEXT_BYTES) throw overLimit(source, place, MAX_TEXT_BYTES, 'bytes of text')
    return readText(type, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  })
}

const graphFields = ['node', 'library', 'versions', 'version', 'debug_info']
const savedModelFields = ['saved_model_schema_version', 'meta_graphs']
const metaGraphFields = [
  'meta_info_def',
  'graph_def',
  'saver_def',
  'collection_def',
  'signature_def',
  'asset_file_def',
  'object_graph_def',
]
const firstField = /^(?:\uFEFF|\s|#[^\n]*\n)*([A-Za-z_]+)\s*[:{<]/

function isText(bytes: Uint8Array): boolean {
  return textField(bytes) !== null
}

/** The first field of a message in text; null when the bytes are no such text. */
function textField(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1')
  const [, name = ''] = firstField.exec(head) ?? []
  return [...graphFields, ...savedModelFields, ...metaGraphFields].includes(name) ? name : null
}

/** Which message bytes are, by their first fields: all three start with fields of small numbers. */
function kindOf(bytes: Uint8Array): 'graph' | 'savedModel' | 'metaGraph' | null {
  const name = textField(bytes)
  if (name !== null) {
    if (savedModelFields.includes(name)) return 'savedModel'
    return metaGraphFields.includes(name) ? 'metaGraph' : 'graph'
  }
  const [first = 0, second = 0] = bytes
  // SavedModel: field 1 is a varint, the version of the schema (1; an ONNX model has a larger number there), or field 2 comes first.
  if (first === 0x08) return second === 1 ? 'savedModel' : null
  if (first === 0x12 || first === 0x22) return looksNested(bytes) ? (first === 0x12 ? 'savedModel' : 'graph') : null
  if (first !== 0x0a) return null
  // GraphDef: field 1 is a NodeDef, which starts with its name (field 1, text); MetaGraphDef: field 1 is MetaInfoDef.
  const inner = bytes[skipVarint(bytes, 1)] ?? 0
  if (second === 0 || bytes.length < 4) return 'graph'
  if (inner !== 0x0a && inner !== 0x12) return 'metaGraph'
  return hasMetaFields(bytes) ? 'metaGraph' : 'graph'
}

function skipVarint(bytes: Uint8Array, at: number): number {
  let end = at
  while ((bytes[end] ?? 0) >= 128 && end < at + 10) end++
  return end + 1
}

function lengthAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i] ?? 0
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) break
  }
  return value
}

/** True when the first field has a length that lies within the bytes. */
function looksNested(bytes: Uint8Array): boolean {
  return skipVarint(bytes, 1) + lengthAt(bytes, 1) <= bytes.length
}

/** A MetaGraphDef has its GraphDef as field 2, behind the only field 1, whose second field is no operator's name. */
function hasMetaFields(bytes: Uint8Array): boolean {
  const next = skipVarint(bytes, 1) + lengthAt(bytes, 1)
  if (bytes[next] !== 0x12) return false
  const inner = bytes[skipVarint(bytes, next + 1)]
  const start = skipVarint(bytes, skipVarint(bytes, next + 1) + 1)
  // GraphDef within: field 1, a NodeDef that starts with its name. FunctionDefLibrary within: field 1, a FunctionDef that starts with its signature, an OpDef that starts with its name.
  return inner === 0x0a && bytes[start] === 0x0a && bytes[skipVarint(bytes, start + 1)] !== 0x0a
}
