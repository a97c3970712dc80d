import type { RecordField, Schema } from '../../src/schema/schema.ts'
import type { Value } from '../../src/schema/value.ts'

const letters = ['a', 'b', '"', '\\', '\n', 'é', '€', '😀', ' ', '\u0000', '}', ',', '_']

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

/** Text of up to `max` letters, among them the ones that encodings trip over. */
export function randomText(random: () => number, max: number): string {
  return Array.from({ length: Math.floor(random() * max) }, () => pick(random, letters)).join('')
}

/** A double of any shape: small integers, decimals, and raw bit patterns; always finite. */
export function randomNumber(random: () => number): number {
  const kind = random()
  if (kind < 0.3) return Math.floor(random() * 2000) - 1000
  if (kind < 0.5) return Math.round(random() * 1e6) / 10 ** Math.floor(random() * 7)
  if (kind < 0.7) return random() - 0.5
  const bits = new DataView(new ArrayBuffer(8))
  bits.setUint32(0, random() * 2 ** 32)
  bits.setUint32(4, random() * 2 ** 32)
  const value = bits.getFloat64(0)
  return Number.isFinite(value) ? value + 0 : 0
}

/** A random schema; named types get fresh names from `names`. */
export function randomSchema(random: () => number, depth: number, names = { next: 0 }): Schema {
  const kind = random()
  if (depth <= 0 || kind < 0.5) {
    return { type: pick(random, ['null', 'boolean', 'int', 'long', 'double', 'string', 'bytes'] as const) }
  }
  names.next++
  if (kind < 0.6) return { type: 'array', items: randomSchema(random, depth - 1, names) }
  if (kind < 0.65) return { type: 'map', values: randomSchema(random, depth - 1, names) }
  if (kind < 0.7) return { type: 'enum', name: `E${names.next}`, symbols: ['red', 'green', 'blue'] }
  if (kind < 0.75) return { type: 'fixed', name: `F${names.next}`, size: 3 }
  if (kind < 0.85) {
    const branch = randomSchema(random, depth - 1, names)
    return branch.type === 'union' || branch.type === 'null'
      ? branch
      : { type: 'union', branches: [{ type: 'null' }, branch] }
  }
  return randomRecord(random, depth, names)
}

/** A random record schema of 1 to 5 fields. */
export function randomRecord(random: () => number, depth: number, names = { next: 0 }): Schema {
  names.next++
  const name = `ns.R${names.next}`
  const fields: RecordField[] = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, i) => ({
    name: `${pick(random, ['x', 'field', '__proto__', 'constructor', 'naïve', 'with "quote"'])}${i === 0 ? '' : i}`,
    schema: randomSchema(random, depth - 1, names),
  }))
  return { type: 'record', name, fields }
}

/** A random value of the type. */
export function randomValue(random: () => number, schema: Schema): Value {
  switch (schema.type) {
    case 'null':
      return null
    case 'boolean':
      return random() < 0.5
    case 'int':
      return Math.floor((random() - 0.5) * 2 ** 31)
    case 'long':
      return random() < 0.5
        ? Math.floor((random() - 0.5) * 2 ** 53)
        : BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 53)) * 1_000_003n + 2n ** 62n)
    case 'float':
      return Math.fround(random())
    case 'double':
      return randomNumber(random)
    case 'string':
      return randomText(random, 12)
    case 'bytes':
      return randomBytes(random, Math.floor(random() * 9))
    case 'fixed':
      return randomBytes(random, schema.size)
    case 'enum':
      return pick(random, schema.symbols)
    case 'union':
      return randomValue(random, pick(random, schema.branches))
    case 'array': {
      const items = Array.from({ length: Math.floor(random() * 5) }, () => randomValue(random, schema.items))
      return schema.items.type === 'double' ? Float64Array.from(items as number[]) : items
    }
    case 'map':
      return record(
        Array.from({ length: Math.floor(random() * 4) }, (_, i) => [
          `${randomText(random, 4)}${i}`,
          randomValue(random, schema.values),
        ]),
      )
    case 'record':
      return record(schema.fields.map((f) => [f.name, randomValue(random, f.schema)]))
    default:
      return schema satisfies never
  }
}

function record(entries: readonly (readonly [string, Value])[]): Value {
  const object = {}
  // Defined, not assigned: a field may be called `__proto__`.
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return object
}

export function randomBytes(random: () => number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => Math.floor(random() * 256))
}
