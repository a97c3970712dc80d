import { MillraceError } from '../core/errors.ts'
import type { RecordValue, Value } from '../schema/value.ts'

/** What a message on the model stream asks for. `activate` is what the seeds' messages mean: this model takes over. */
export const modelActions = ['activate', 'publish', 'retire', 'pin', 'unpin', 'shadow'] as const
export type ModelAction = (typeof modelActions)[number]

/**
 * One message of the model stream, checked. The protobuf and the JSON form have the same names (proto/model.proto).
 *
 * Example: `{action: 'activate', key: 'wine', model: 'tree', version: '', format: 'pmml', data: <bytes>, …}`.
 */
export interface ModelCommand {
  readonly action: ModelAction
  readonly key: string
  readonly model: string
  /** Empty when the publisher gave none; the loader then names the version after its digest. */
  readonly version: string
  /** Expected digest, or empty. */
  readonly digest: string
  readonly format: string
  readonly description: string
  /** Event time from which the version scores, in ms since the epoch; null = as soon as it is ready. */
  readonly effectiveFromMs: number | null
  /** The artifact by value, or null. */
  readonly data: Uint8Array | null
  /** The artifact by location, or empty. */
  readonly location: string
  readonly options: Readonly<Record<string, unknown>>
  /** Rows that the version must reproduce before it may take over. */
  readonly verification: readonly { readonly input: RecordValue; readonly expected: RecordValue }[]
}

/** The seeds' enum `modeltype`, by number and by name. */
const formatByModelType: ReadonlyMap<string, string> = new Map([
  ['0', 'tensorflow'],
  ['1', 'tensorflow'],
  ['2', 'pmml'],
  ['TENSORFLOW', 'tensorflow'],
  ['TENSORFLOWSAVED', 'tensorflow'],
  ['PMML', 'pmml'],
])
/** What protobuf reads where a publisher has set no modeltype: it says nothing then. */
const UNSET_MODEL_TYPES: readonly unknown[] = [undefined, null, 0, 'TENSORFLOW']

const MAX_NAME_LENGTH = 200

/** Checks a decoded message; `position` is where it stands, for errors of scope `model`. */
export function readModelMessage(value: Value | undefined, position: string): ModelCommand {
  const wrong = (reason: string) => new MillraceError('ENGINE_MESSAGE_WRONG', { position, reason })
  if (!isRecord(value)) throw wrong(`expected an object, got ${value === null ? 'null' : typeof value}`)
  const action = readAction(value, wrong)
  const location = readText(value, 'location', wrong)
  const data = readData(value, wrong)
  const command: ModelCommand = {
    action,
    key: readText(value, 'dataType', wrong),
    model: readText(value, 'name', wrong),
    version: readText(value, 'version', wrong),
    digest: readDigest(value, wrong),
    format: readFormat(value, location, wrong),
    description: readText(value, 'description', wrong, 10_000),
    effectiveFromMs: readTime(value, wrong),
    data,
    location,
    options: readOptions(value, wrong),
    verification: readVerification(value, wrong),
  }
  checkContent(command, wrong)
  return command
}

type Wrong = (reason: string) => MillraceError

function checkContent(command: ModelCommand, wrong: Wrong): void {
  const carriesArtifact = command.data !== null || command.location !== ''
  const refersToVersion = command.digest !== '' || command.version !== ''
  switch (command.action) {
    case 'activate':
    case 'publish':
    case 'shadow':
      if (!carriesArtifact && !refersToVersion)
        throw wrong('neither data nor location, and no digest or version of a model seen before')
      if (command.model === '') throw wrong('name is missing or empty')
      return
    case 'retire':
    case 'pin':
      if (command.model === '') throw wrong(`action "${command.action}" needs the name of a model`)
      return
    case 'unpin':
      return
    default:
      throw command.action satisfies never
  }
}

function isRecord(value: Value | undefined): value is RecordValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function readText(value: RecordValue, name: string, wrong: Wrong, maxLength = MAX_NAME_LENGTH): string {
  const text = value[name]
  if (text === undefined || text === null) return ''
  if (typeof text === 'number') return String(text)
  if (typeof text !== 'string') throw wrong(`field "${name}" is ${typeof text}, expected text`)
  const limit = name === 'location' ? 4_000 : maxLength
  if (text.length > limit) throw wrong(`field "${name}" has ${text.length} characters, more than the limit of ${limit}`)
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 0x20 && name !== 'description')
      throw wrong(`field "${name}" has the control character ${text.charCodeAt(i)} at ${i}`)
  }
  return text
}

function readAction(value: RecordValue, wrong: Wrong): ModelAction {
  const raw = value['action']
  if (raw === undefined || raw === null) return 'activate'
  if (typeof raw === 'number' && modelActions[raw]) return modelActions[raw]
  const name = shown(raw).toLowerCase()
  const action = modelActions.find((known) => known === name)
  if (!action) throw wrong(`action "${shown(raw)}" is not one of: ${modelActions.join(', ')}`)
  return action
}

function readDigest(value: RecordValue, wrong: Wrong): string {
  const digest = readText(value, 'digest', wrong)
    .toLowerCase()
    .replace(/^sha256:/, '')
  if (digest !== '' && !/^[0-9a-f]{64}$/.test(digest))
    throw wrong(`digest "${digest}" is not 64 hexadecimal digits (SHA-256)`)
  return digest
}

function readFormat(value: RecordValue, location: string, wrong: Wrong): string {
  const format = readText(value, 'format', wrong)
  if (format !== '') return format.toLowerCase()
  const extension = /\.(pmml|js|mjs|ts|onnx|pb|pbtxt)$/i.exec(location)?.[1]?.toLowerCase()
  if (extension === 'js' || extension === 'mjs' || extension === 'ts') return 'javascript'
  const type = value['modeltype'] ?? value['modelType']
  if (extension && UNSET_MODEL_TYPES.includes(type)) return /^pb/.test(extension) ? 'tensorflow' : extension
  if (type === undefined || type === null) return ''
  const known = formatByModelType.get(shown(type))
  if (!known) throw wrong(`modeltype "${shown(type)}" is not one of: TENSORFLOW (0), TENSORFLOWSAVED (1), PMML (2)`)
  return known
}

function readTime(value: RecordValue, wrong: Wrong): number | null {
  const raw = value['effectiveFrom']
  if (raw === undefined || raw === null || raw === '') return null
  const isText = typeof raw === 'string'
  const isNumber = typeof raw === 'number' || typeof raw === 'bigint'
  const time = isText && !/^\d+$/.test(raw) ? Date.parse(raw) : isText || isNumber ? Number(raw) : Number.NaN
  if (!Number.isFinite(time))
    throw wrong(`effectiveFrom "${shown(raw)}" is neither milliseconds since 1970 nor an ISO 8601 time`)
  return time === 0 ? null : time
}

/** Data is bytes in protobuf and base64 text in JSON. */
function readData(value: RecordValue, wrong: Wrong): Uint8Array | null {
  const data = value['data']
  if (data === undefined || data === null) return null
  if (data instanceof Uint8Array) return data.length > 0 ? data : null
  if (typeof data !== 'string') throw wrong(`field "data" is ${typeof data}, expected bytes (base64 text in JSON)`)
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) throw wrong('field "data" is not base64 text')
  return data === '' ? null : Buffer.from(data, 'base64')
}

function readOptions(value: RecordValue, wrong: Wrong): Readonly<Record<string, unknown>> {
  const options = parsed(value['options'], 'options', wrong)
  if (options === undefined || options === null || options === '') return {}
  if (typeof options !== 'object' || Array.isArray(options)) throw wrong('field "options" is not an object')
  return options as Readonly<Record<string, unknown>>
}

function readVerification(value: RecordValue, wrong: Wrong): ModelCommand['verification'] {
  const rows = value['verificationRows']
  if (rows === undefined || rows === null) return []
  if (!Array.isArray(rows)) throw wrong('field "verificationRows" is not a list')
  return rows.map((item, i) => {
    const row = parsed(item, `verificationRows[${i}]`, wrong) as { input?: Value; expected?: Value } | null
    if (!isRecord(row?.input) || !isRecord(row.expected))
      throw wrong(`verificationRows[${i}] is not {"input": {…}, "expected": {…}}`)
    return { input: row.input, expected: row.expected }
  })
}

/** A scalar as text for messages; of anything else its type. */
function shown(value: Value): string {
  return typeof value === 'object' ? `a value of type ${Array.isArray(value) ? 'list' : 'object'}` : String(value)
}

/** JSON text (in protobuf) or the value itself (in JSON). */
function parsed(value: unknown, name: string, wrong: Wrong): unknown {
  if (typeof value !== 'string' || value === '') return value
  try {
    return JSON.parse(value)
  } catch {
    throw wrong(`field "${name}" is not valid JSON`)
  }
}

/** True when the message asks for a version that must be loaded; retire, unpin and a pin without a version only name one. */
export function needsVersion(command: ModelCommand): boolean {
  if (command.action === 'retire' || command.action === 'unpin') return false
  if (command.action === 'pin')
    return command.data !== null || command.location !== '' || command.version !== '' || command.digest !== ''
  return true
}
