import protobuf from 'protobufjs'
import { BytesWriter, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { protobufEncoding } from '../../../src/encodings/protobuf/protobuf.ts'
import type { RecordValue, Value } from '../../../src/schema/value.ts'
import { pick, randomBytes, randomNumber, randomText } from '../../schema/generate.ts'

/** One field of every kind, in both syntaxes' ways. */
export const everything = `syntax = "proto3";
package test;
enum Colour { RED = 0; GREEN = 1; BLUE = -7; }
message Inner { double x = 1; string note = 2; Inner next = 3; }
message Everything {
  double d = 1; float f = 2; int32 i32 = 3; uint32 u32 = 4; sint32 s32 = 5; int64 i64 = 6; uint64 u64 = 7; sint64 s64 = 8;
  fixed32 f32 = 9; sfixed32 sf32 = 10; fixed64 f64 = 11; sfixed64 sf64 = 12; bool b = 13; string text = 14; bytes raw = 15;
  Colour colour = 16; Inner inner = 17; optional int32 maybe = 18;
  repeated double ds = 19; repeated int32 is = 20; repeated string texts = 21; repeated Inner inners = 22;
  repeated Colour colours = 23; repeated float fs = 24; repeated sint64 longs = 25 [packed = false];
  map<string, double> byName = 26; map<int32, Inner> byNumber = 27; map<bool, string> byFlag = 28;
  oneof choice { int32 number = 29; string word = 30; Inner thing = 31; }
  int32 constructor = 536870911;
}`

const open = { schema: null, baseFolder: '.', place: 'test' }

/** Encodes values one after the other. */
export function encodeAll(schema: string, message: string, values: readonly Value[]): Uint8Array[] {
  const encoder = protobufEncoding.openEncoder({ schema, message, file: undefined }, open)
  const writer = new BytesWriter(1, 1)
  for (const value of values) encoder.encode(value, writer)
  const column = writer.finish()
  return values.map((_, i) => bytesAt(column, i) as Uint8Array)
}

/** Decodes frames; errors come as their messages. */
export function decodeAll(schema: string, message: string, frames: readonly (Uint8Array | null)[]): unknown[] {
  const decoder = protobufEncoding.openDecoder({ schema, message, file: undefined }, open)
  const { values, errors } = decoder.decode(columnOf(frames))
  return Array.from(values, (value, i) => errors?.get(i)?.message ?? value)
}

/** The same message by protobufjs' own reflection, as an independent opinion. */
export function typeOf(schema: string, message: string): protobuf.Type {
  return protobuf.parse(schema, new protobuf.Root(), { keepCase: true }).root.lookupType(message)
}

const int = (random: () => number, bits: number) => Math.floor((random() - 0.5) * 2 ** bits)
/** A long as the decoder gives it: a number where that is exact. */
const long = (random: () => number) => {
  const value = BigInt.asIntN(
    64,
    BigInt(int(random, 53)) * (random() < 0.5 ? 1n : 9973n) + (random() < 0.5 ? 0n : 2n ** 60n),
  )
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
const natural = (value: number | bigint) => (value < 0 ? (typeof value === 'bigint' ? -(value + 1n) : -value) : value)

function inner(random: () => number): RecordValue {
  const next = random() < 0.3 ? { next: inner(random) } : {}
  return { x: randomNumber(random), note: randomText(random, random() < 0.1 ? 300 : 5), ...next }
}

/** A random `Everything`, as the decoder gives it. */
export function randomEverything(random: () => number): RecordValue {
  const many = <T>(make: () => T): T[] => Array.from({ length: Math.floor(random() * 4) }, make)
  const some = <T>(value: T, none: T): T => (random() < 0.3 ? none : value)
  const value: Record<string, Value> = {
    d: some(randomNumber(random), 0),
    f: Math.fround(random()),
    i32: int(random, 32),
    u32: Math.floor(random() * 2 ** 32),
    s32: int(random, 32),
    i64: some<number | bigint>(long(random), 0),
    u64: natural(long(random)),
    s64: long(random),
    f32: Math.floor(random() * 2 ** 32),
    sf32: int(random, 32),
    f64: natural(long(random)),
    sf64: long(random),
    b: random() < 0.5,
    text: some(randomText(random, 60), ''),
    raw: randomBytes(random, Math.floor(random() * 200)),
    colour: pick(random, ['RED', 'GREEN', 'BLUE']),
    ds: Float64Array.from(many(() => randomNumber(random))),
    is: many(() => int(random, 32)),
    texts: many(() => randomText(random, 5)),
    inners: many(() => inner(random)),
    colours: many(() => pick(random, ['RED', 'BLUE'])),
    fs: Float32Array.from(many(random)),
    longs: many(() => long(random)),
    byName: Object.fromEntries(many(() => [randomText(random, 3), randomNumber(random)])),
    byNumber: Object.fromEntries(many(() => [String(int(random, 32)), inner(random)])),
    byFlag: Object.fromEntries(many(() => [String(random() < 0.5), randomText(random, 3)])),
  }
  if (random() < 0.5) value['inner'] = inner(random)
  if (random() < 0.5) value['maybe'] = pick(random, [0, 5])
  const choice = random()
  if (choice < 0.3) value['number'] = pick(random, [0, 9])
  else if (choice < 0.6) value['word'] = randomText(random, 3)
  else if (choice < 0.8) value['thing'] = inner(random)
  value['constructor'] = int(random, 8)
  return value
}
