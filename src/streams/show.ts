import { redact } from '../config/redact.ts'
import type { Registry } from '../config/registry.ts'
import type { Transport } from '../transports/transport.ts'
import type { ComponentChoice, StreamDescriptor } from './descriptor.ts'
import { NO_LIMIT, streamOptions } from './stream-options.ts'

/** The normal form of a descriptor in our spelling, with secrets masked; it can be read again. */
export function showStream(descriptor: StreamDescriptor, registry: Registry): Record<string, unknown> {
  return redact(streamOptions(registry), { ...descriptor })
}

/**
 * The descriptor as FastScore's `stream verify` prints it (specification 1.11): snake_case, keys that do not apply left out,
 * secrets masked.
 *
 * Example: `{"transport":{"type":"inline","data":["1"]},"loop":false,"encoding":"json","schema":"undefined",
 * "batching":{"watermark":1000,"nagle_time":500},"linger_time":3000}`.
 */
export function showFastscore(descriptor: StreamDescriptor, registry: Registry): Record<string, unknown> {
  const shown = showStream(descriptor, registry) as unknown as StreamDescriptor
  const { transport, envelope, encoding, schema, batching, loop, start, lingerMs } = shown
  const { keepsRecords } = registry
    .get<Transport>('transport', transport.type, 'transport')
    .traits(descriptor.transport)
  const isDefaultStart = start === 'earliest'
  return {
    transport: snakeChoice(transport, transportNames),
    loop,
    ...(isDefaultStart ? {} : { [keepsRecords ? 'skip_to_record' : 'skip_to']: start }),
    ...(envelope === null ? {} : { envelope: snakeChoice(envelope, {}) }),
    encoding: encodingName(encoding),
    ...(schema === null ? {} : { schema: schema === '$inherit' ? 'undefined' : schema }),
    batching: {
      watermark: limit(batching.maxRecords),
      nagle_time: batching.maxRecords === 1 ? null : limit(batching.maxDelayMs),
    },
    linger_time: limit(lingerMs),
  }
}

/** FastScore's names of options that ours has under several. */
const transportNames: Readonly<Record<string, string>> = {
  records: 'data',
  text: 'data',
  binaryRecords: 'data_binary',
  binary: 'data_binary',
}

/** Options of ours that FastScore does not have, by component: they are not printed. */
const ours: Readonly<Record<string, readonly string[]>> = {
  file: ['follow', 'mode'],
  delimited: ['lineEndings', 'maxFrameBytes'],
}

function snakeChoice(choice: ComponentChoice, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const { type, ...options } = choice
  const members = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !(ours[type] ?? []).includes(name))
    .map(([name, value]) => [names[name] ?? snake(name), value])
  return { type, ...Object.fromEntries(members) }
}

/** An encoding without options is shown by its name; raw bytes are FastScore's null. */
function encodingName(encoding: ComponentChoice): unknown {
  const { type, ...options } = encoding
  if (type === 'raw') return null
  const given = Object.values(options).filter((value) => value !== undefined)
  return given.length === 0 || type === 'json' || type === 'utf-8' ? type : snakeChoice(encoding, {})
}

function limit(value: number): number | null {
  return value === NO_LIMIT ? null : value
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
