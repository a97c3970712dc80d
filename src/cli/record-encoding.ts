import { json } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import { defaultSecretsFolder, resolveSecrets } from '../config/secrets.ts'
import { type BytesColumn, BytesWriter, bytesAt, columnOf } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import type { Encoding } from '../encodings/encoding.ts'
import type { Value } from '../schema/value.ts'
import type { World } from './verb.ts'

/** Option of verbs whose lines of JSON stand for records of another encoding. */
export const encodingOption = {
  encoding: json({
    summary: 'Encoding of the records, by name or as JSON with its options; without it lines are records as they are',
    isOptional: true,
    examples: ['json', { type: 'protobuf', file: 'wine.proto', message: 'WineRecord' }],
  }),
}

/** Lines of JSON to records and back. */
export interface RecordForm {
  /** Fetches what `fromLine` needs to know for records of a topic (a schema registry); called once before. */
  prepareLines(topic: string): Promise<void>
  /** Fetches what `valueOf` needs to know of these records. */
  prepareRecords(records: BytesColumn): Promise<void>
  /** The record that a line stands for; throws an error of scope `record`. */
  fromLine(line: Uint8Array): Uint8Array
  /** The value of a record; throws an error of scope `record`. */
  valueOf(bytes: Uint8Array): Value
}

/** The form that the option chooses, or null when it is absent. */
export async function recordForm(world: World, choice: unknown): Promise<RecordForm | null> {
  if (choice === undefined) return null
  const { type, ...given } = typeof choice === 'string' ? { type: choice } : (choice as { readonly type?: unknown })
  const { registry } = await world.components()
  const encoding = registry.get<Encoding>('encoding', String(type), 'option "--encoding"')
  const options = parseOptions(encoding.options, given, { source: 'option "--encoding"' })
  const opened = resolveSecrets(options, { folder: defaultSecretsFolder(world.env) })
  const context = { schema: null, baseFolder: world.cwd, place: 'option "--encoding"', clock: world.clock }
  let encoder: ReturnType<Encoding['openEncoder']> | null = null
  let decoder: ReturnType<Encoding['openDecoder']> | null = null
  return {
    async prepareLines(topic) {
      encoder ??= encoding.openEncoder(opened, { ...context, topic })
      await encoder.prepare?.()
    },
    async prepareRecords(records) {
      decoder ??= encoding.openDecoder(opened, context)
      await decoder.prepare?.(records)
    },
    fromLine(line) {
      encoder ??= encoding.openEncoder(opened, context)
      const writer = new BytesWriter(1, line.length)
      encoder.encode(parsedJson(line), writer)
      return bytesAt(writer.finish(), 0) as Uint8Array
    },
    valueOf(bytes) {
      decoder ??= encoding.openDecoder(opened, context)
      const { values, errors } = decoder.decode(columnOf([bytes]))
      const error = errors?.get(0)
      if (error) throw error
      return values[0] as Value
    },
  }
}

/** A line as JSON; the error shows the start of the line. */
export function parsedJson(line: Uint8Array): Value {
  const content = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
  try {
    return JSON.parse(content) as Value
  } catch (thrown) {
    const shown = content.length > 60 ? `${content.slice(0, 57)}...` : content
    throw new MillraceError(
      'CLI_INPUT_WRONG',
      { place: 'input', reason: `${JSON.stringify(shown)} is not JSON` },
      thrown,
    )
  }
}
