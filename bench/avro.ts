// Question: how long does one record take from and to Avro binary, against avsc, the library that DEPENDENCIES names? A small record (two longs, an
// enum, a short text, three doubles, a nullable double) and one of a list of 100 doubles, in batches of 1,000.
//
//   node bench/avro.ts
import { BytesWriter } from '../src/core/bytes.ts'
import { AvroDecoder } from '../src/encodings/avro-binary/decoder.ts'
import { AvroEncoder } from '../src/encodings/avro-binary/encoder.ts'
import { parseAvro } from '../src/schema/avro.ts'
import type { Value } from '../src/schema/value.ts'
import { compare, type Samples } from './trial.ts'

const BATCH = 1_000
const TRIAL_MS = 1_500

const small = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: 'long' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['OPEN', 'PAID', 'SENT'] } },
    { name: 'country', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'weight', type: 'double' },
    { name: 'discount', type: 'double' },
    { name: 'rating', type: ['null', 'double'] },
  ],
}
const list = {
  type: 'record',
  name: 'Window',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'values', type: { type: 'array', items: 'double' } },
  ],
}

function smallRecord(i: number): Value {
  return {
    id: i,
    customer: (i * 7919) % 100_000,
    status: ['OPEN', 'PAID', 'SENT'][i % 3] as string,
    country: ['Portugal', 'Spain', 'Austria'][i % 3] as string,
    amount: i / 7,
    weight: i * 1.5,
    discount: 0.25,
    rating: i % 4 === 0 ? null : i / 3,
  }
}
const listRecord = (i: number) => ({ id: i, values: Float64Array.from({ length: 100 }, (_, k) => (i + k) / 3) })

function nanoseconds(once: () => void): number {
  const run = (forMs: number) => {
    const from = performance.now()
    let rounds = 0
    while (performance.now() - from < forMs) {
      once()
      rounds++
    }
    return ((performance.now() - from) * 1e6) / (rounds * BATCH)
  }
  run(TRIAL_MS / 3)
  return run(TRIAL_MS)
}

function ours(document: unknown, record: (i: number) => Value): Samples {
  const schema = parseAvro(document)
  const values = Array.from({ length: BATCH }, (_, i) => record(i))
  const encoder = new AvroEncoder(schema)
  const decoder = new AvroDecoder(schema, schema)
  const writer = new BytesWriter(BATCH, 1000)
  const encode = () => {
    for (const value of values) encoder.encode(value, writer)
    return writer.finish()
  }
  const frames = encode()
  return {
    decodeNanoseconds: nanoseconds(() => void decoder.decode(frames)),
    encodeNanoseconds: nanoseconds(() => writer.takeBack(encode())),
  }
}

async function avsc(document: unknown, record: (i: number) => Value): Promise<Samples> {
  const { default: library } = await import('avsc')
  const type = library.Type.forSchema(document as never)
  const values = Array.from({ length: BATCH }, (_, i) => {
    const value = record(i) as Record<string, unknown>
    return { ...value, ...('values' in value ? { values: Array.from(value['values'] as Float64Array) } : {}) }
  })
  const buffer = Buffer.alloc(1_000_000)
  const starts = [0]
  const encode = () => {
    let at = 0
    for (let i = 0; i < BATCH; i++) {
      at = type.encode(values[i], buffer, at)
      starts[i + 1] = at
    }
  }
  encode()
  const read = new Array(BATCH)
  return {
    decodeNanoseconds: nanoseconds(() => {
      for (let i = 0; i < BATCH; i++) read[i] = type.decode(buffer, starts[i] as number).value
    }),
    encodeNanoseconds: nanoseconds(encode),
  }
}

await compare(
  import.meta.filename,
  'avro',
  {
    'small-millrace': async () => ours(small, smallRecord),
    'small-avsc': () => avsc(small, smallRecord),
    'list-millrace': async () => ours(list, listRecord),
    'list-avsc': () => avsc(list, listRecord),
  },
  Number(process.env['TRIALS'] ?? 3),
)
