import { resolve } from 'node:path'
import { boolean, choice, integer, json, text } from '../../config/option.ts'
import { isZip } from '../../core/archive.ts'
import { MillraceError } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { VersionAnswer } from '../../server/api.ts'
import { engineView, waitForVersion } from '../engine-view.ts'
import { linesOf } from '../lines.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { type ArtifactParts, actionValue, type ModelTarget, modelTarget, modelTargetOptions } from '../model-target.ts'
import { parsedJson } from '../record-encoding.ts'
import { timeOption } from '../times.ts'
import { unlessStopped } from '../unless-stopped.ts'
import { defineVerb, type World } from '../verb.ts'

/** Artifacts above this size are not put into a message unless the user says so. */
const LARGE_BYTES = 16 * 1024 * 1024

const options = {
  ...modelTargetOptions,
  name: text({ summary: 'Name of the model; by default the name of the file', isOptional: true }),
  version: text({ summary: 'Version; by default the start of the digest', isOptional: true, examples: ['3'] }),
  format: text({
    summary: 'Format; by default what the ending of the file says',
    isOptional: true,
    examples: ['pmml'],
  }),
  action: choice(['activate', 'publish', 'shadow'], {
    summary: 'Let it take over when it is ready, only load it, or let it score without being emitted',
    default: 'activate',
  }),
  description: text({ summary: 'Text for people', default: '' }),
  effectiveFrom: text({
    summary: 'Time of the first record that it scores: ISO 8601, or milliseconds since 1970',
    isOptional: true,
    examples: ['2026-01-01T00:00:00Z'],
  }),
  options: json({ summary: 'Options of the format, as JSON', isOptional: true }),
  verify: text({
    summary: 'File of JSON lines {"input": {…}, "expected": {…}} that the version must reproduce before it takes over',
    isOptional: true,
  }),
  byLocation: boolean({
    summary: 'Send where the file is, not its bytes; the engine must be able to read it',
    default: false,
  }),
  maxMessageBytes: integer(
    {
      summary:
        'Largest record; an artifact that is larger goes in several, which the engine puts together. By default what the topic of Kafka takes',
      unit: 'bytes',
      isOptional: true,
    },
    { min: 10_000 },
  ),
  allowLarge: boolean({ summary: 'Send a file of more than 16 MiB by value', default: false }),
  wait: boolean({
    summary: 'Wait until the engine has taken the version in, or rejected it; needs --url or --engine',
    default: false,
  }),
  url: text({
    summary: 'Server of the running engine, for --wait',
    isOptional: true,
    examples: ['http://127.0.0.1:8090'],
  }),
  waitMs: integer({ summary: 'Longest wait', unit: 'milliseconds', default: 60_000 }, { min: 0 }),
} as const

/** Sends a model to a model stream. */
export const modelPublishVerb = defineVerb({
  name: 'model publish',
  summary: 'Publish a model file on a model stream',
  operands: [{ name: 'file', summary: 'The artifact' }],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace model publish tree.pmml --key iris', summary: 'on topic "models" of data/millrace.db' },
    {
      command: 'millrace model publish forest.pmml --engine engine.yaml --version 2 --wait',
      summary: 'on the model stream of an engine, and wait until it scores',
    },
    {
      command: 'millrace model publish forest.pmml --stream kafka:127.0.0.1:9092/models --key iris --version 3',
      summary: 'on a topic of Kafka, in as many records as it takes',
    },
    { command: 'millrace model publish rules.js --key iris --action shadow', summary: 'to be compared, not emitted' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const path = operands[0] as string
    const file = await readModelFile(world, path, options.format, registry)
    const target = await modelTarget(world, options)
    if (target.key === '') {
      const reason = 'option "--key" is missing: the key of the records that the model scores'
      throw new MillraceError('CLI_OPTION_WRONG', { reason })
    }
    const { encoding, action, description } = options
    const name = options.name ?? file.name
    const version = options.version ?? file.digest.slice(0, 12)
    const isJson = encoding === 'json'
    const common = {
      name,
      version,
      description,
      dataType: target.key,
      format: file.format.name,
      digest: file.digest,
      action: actionValue(action, encoding),
      ...modelType(file),
      ...(options.effectiveFrom === undefined
        ? {}
        : { effectiveFrom: timeOption('effective-from', options.effectiveFrom) }),
      ...(options.options === undefined ? {} : { options: isJson ? options.options : JSON.stringify(options.options) }),
      ...(options.verify === undefined ? {} : { verificationRows: await rowsOf(world, options.verify, isJson) }),
    }
    const parts = await unlessStopped(
      world.stop,
      partsOf(file, target, options, Buffer.byteLength(JSON.stringify(common))),
    )
    const content = parts ? { location: `chunks:${file.digest}` } : contentOf(world, file, options, isJson)
    const subject = { action, dataType: target.key, name, version }
    const value = { ...common, ...content } as unknown as RecordValue
    const position = await unlessStopped(world.stop, target.send({ ...subject, value }, parts ?? undefined))
    const facts = {
      name,
      version,
      key: target.key,
      action,
      digest: file.digest,
      bytes: file.bytes.length,
      position,
      ...(parts ? { parts: Math.ceil(parts.bytes.length / parts.chunkBytes) } : {}),
    }
    const at = position === null ? '' : ` at ${position}`
    if (!options.wait) {
      await print.result(facts, `${name}@${version} for "${target.key}"${at}, sha256:${file.digest}`)
      return 0
    }
    const awaited = {
      key: target.key,
      model: name,
      version,
      digest: file.digest,
      position,
      states: statesAfter(action, options.effectiveFrom !== undefined),
    }
    const known = await waitForVersion(world, engineView(world, options), awaited, options.waitMs)
    await print.result(
      { ...facts, state: known.state },
      `${name}@${version} for "${target.key}"${at} is ${known.state}`,
    )
    return 0
  },
})

/** States in which a version is where its message wants it. */
function statesAfter(action: 'activate' | 'publish' | 'shadow', isLater: boolean): readonly VersionAnswer['state'][] {
  if (action === 'shadow') return ['shadow', 'active']
  return action === 'activate' && !isLater ? ['active'] : ['held', 'active', 'shadow']
}

/** The seeds' enum, so that their own readers understand the message too. */
function modelType({ format, bytes }: ModelFile): { readonly modeltype?: number } {
  if (format.name === 'pmml') return { modeltype: 2 }
  // A SavedModel is a folder, and its artifact an archive.
  return format.name === 'tensorflow' ? { modeltype: isZip(bytes) ? 1 : 0 } : {}
}

/** Room in a record for headers, key and the frame of a batch. */
const OVERHEAD_BYTES = 1_024

/** The artifact in parts, when a record cannot hold the message with it. */
async function partsOf(
  file: ModelFile,
  target: ModelTarget,
  options: { readonly byLocation: boolean; readonly maxMessageBytes?: number | undefined; readonly encoding: string },
  otherBytes: number,
): Promise<ArtifactParts | null> {
  if (options.byLocation) return null
  const limit = options.maxMessageBytes ?? (await target.maxMessageBytes())
  if (limit === null) return null
  const { bytes, digest } = file
  const dataBytes = options.encoding === 'json' ? Math.ceil(bytes.length / 3) * 4 : bytes.length
  if (dataBytes + otherBytes + OVERHEAD_BYTES <= limit) return null
  return { bytes, digest, chunkBytes: Math.max(1, limit - OVERHEAD_BYTES) }
}

function contentOf(
  world: World,
  file: { readonly path: string; readonly bytes: Uint8Array },
  { byLocation, allowLarge }: { readonly byLocation: boolean; readonly allowLarge: boolean },
  isJson: boolean,
): { readonly location: string } | { readonly data: Uint8Array | string } {
  if (byLocation) return { location: resolve(world.cwd, file.path) }
  if (file.bytes.length > LARGE_BYTES && !allowLarge) {
    const reason = `it has ${file.bytes.length} bytes; send it with --by-location, or by value with --allow-large`
    throw new MillraceError('CLI_FILE_UNUSABLE', { action: 'send', path: file.path, reason })
  }
  return { data: isJson ? Buffer.from(file.bytes).toString('base64') : file.bytes }
}

/** Rows as the message holds them: objects in JSON, JSON text in protobuf. */
async function rowsOf(world: World, path: string, isJson: boolean): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const lines of linesOf(world, path)) {
    for (const line of lines) {
      if (line.length > 0) rows.push(isJson ? parsedJson(line) : JSON.stringify(parsedJson(line)))
    }
  }
  return rows
}
