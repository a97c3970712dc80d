import { describeSchema, isNullable, type RecordSchema, type Schema } from './schema.ts'
import type { Dtype, Feature, Signature } from './signature.ts'

/**
 * Types that a reader's type also takes (Avro specification, "Schema Resolution"), without bytes for text and the reverse: a
 * value stays as its stream's decoder made it.
 */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
}

/**
 * Why values of `written` are not all values of `read`, in words, one sentence per fault; empty when they are. Record and enum
 * names do not have to agree (streams and models name their types independently); field names do.
 */
export function schemaFaults(written: Schema, read: Schema): string[] {
  const faults: string[] = []
  compare(written, read, '', new Map(), faults)
  return faults
}

/** Pairs under comparison are assumed compatible, which ends the recursion of recursive types. */
type Pairs = Map<Schema, Set<Schema>>

function compare(written: Schema, read: Schema, path: string, pairs: Pairs, faults: string[]): void {
  const seen = pairs.get(written) ?? new Set()
  if (seen.has(read)) return
  pairs.set(written, seen.add(read))
  if (written.type === 'union') {
    for (const branch of written.branches) compareBranch(branch, read, path, pairs, faults)
    return
  }
  compareBranch(written, read, path, pairs, faults)
}

function compareBranch(written: Schema, read: Schema, path: string, pairs: Pairs, faults: string[]): void {
  if (read.type === 'union') {
    const trials = read.branches.map((branch) => {
      const found: string[] = []
      compare(written, branch, path, copyOf(pairs), found)
      return { branch, found }
    })
    if (trials.some((t) => t.found.length === 0)) return
    const near = trials.find((t) => t.branch.type === written.type)
    faults.push(...(near ? near.found : [sentence(path, written, read)]))
    return
  }
  if (written.type === 'record' && read.type === 'record') {
    compareRecords(written, read, path, pairs, faults)
    return
  }
  if (written.type === 'array' && read.type === 'array') {
    compare(written.items, read.items, `${path}[]`, pairs, faults)
    return
  }
  if (written.type === 'map' && read.type === 'map') {
    compare(written.values, read.values, `${path}{}`, pairs, faults)
    return
  }
  if (written.type === 'enum' && read.type === 'enum') {
    if (read.default !== undefined) return
    const unknown = written.symbols.filter((s) => !read.symbols.includes(s)).map((s) => JSON.stringify(s))
    if (unknown.length > 0)
      faults.push(`${subject(path)} may be ${unknown.join(', ')}, which ${read.name} does not have`)
    return
  }
  if (written.type === 'fixed' && read.type === 'fixed' && written.size === read.size) return
  if (written.type === 'enum' && read.type === 'string') return
  const isSame = written.type === read.type && written.type !== 'fixed'
  if (!isSame && !promotions[read.type]?.includes(written.type)) faults.push(sentence(path, written, read))
}

function compareRecords(written: RecordSchema, read: RecordSchema, path: string, pairs: Pairs, faults: string[]): void {
  const fields = new Map(written.fields.map((f) => [f.name, f]))
  for (const field of read.fields) {
    const at = path === '' ? field.name : `${path}.${field.name}`
    const found = fields.get(field.name)
    if (found) compare(found.schema, field.schema, at, pairs, faults)
    else if (!('default' in field) && !isNullable(field.schema)) {
      faults.push(`${subject(at)} is missing, expected ${describeSchema(field.schema)}`)
    }
  }
}

function copyOf(pairs: Pairs): Pairs {
  return new Map([...pairs].map(([written, reads]) => [written, new Set(reads)]))
}

function sentence(path: string, written: Schema, read: Schema): string {
  return `${subject(path)} is ${describeSchema(written)}, expected ${describeSchema(read)}`
}

function subject(path: string): string {
  return path === '' ? 'the record' : `field "${path}"`
}

/**
 * Why records of this schema cannot all be scored by a model of this signature, in words; empty when they can. Scorers cast text
 * and numbers to what the model declares, so only what no cast bridges is a fault: a missing field, a list for a scalar.
 */
export function signatureFaults(schema: Schema, signature: Signature): string[] {
  if (signature.inputs.every((input) => input.dtype === 'any')) return []
  if (schema.type !== 'record') {
    return schema.type === 'map'
      ? []
      : [`the record is ${describeSchema(schema)}, expected a record with the model's inputs`]
  }
  const fields = new Map(schema.fields.map((f) => [f.name, f.schema]))
  const faults: string[] = []
  for (const input of signature.inputs) {
    const field = fields.get(input.name)
    if (field === undefined) {
      if (!input.isOptional)
        faults.push(`${subject(input.name)} is missing, the model expects ${describeFeature(input)}`)
    } else if (!feeds(field, input)) {
      faults.push(`${subject(input.name)} is ${describeSchema(field)}, the model expects ${describeFeature(input)}`)
    }
  }
  return faults
}

/** True when some value of the type can be cast to the feature. */
function feeds(schema: Schema, feature: Feature): boolean {
  if (feature.dtype === 'any') return true
  if (schema.type === 'union') return schema.branches.some((b) => b.type !== 'null' && feeds(b, feature))
  if (feature.shape.length > 0) {
    // Tensors come as nested or flat lists, or raw bytes; the scorer checks the shape of each.
    return schema.type === 'array' || schema.type === 'bytes' || schema.type === 'fixed'
  }
  switch (schema.type) {
    case 'null':
      return feature.isOptional
    case 'boolean':
      return feature.dtype === 'boolean' || feature.dtype === 'string'
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return feature.dtype !== 'boolean'
    case 'string':
    case 'enum':
      return true
    default:
      return false
  }
}

function describeFeature(feature: Feature): string {
  return feature.shape.length === 0
    ? feature.dtype
    : `${feature.dtype} of shape [${feature.shape.map((d) => d ?? '?').join(', ')}]`
}

/** Avro type of each dtype; `any` is what JSON can say without parts. */
const avroOfDtype = {
  float64: { type: 'double' },
  float32: { type: 'float' },
  float16: { type: 'float' },
  int64: { type: 'long' },
  int32: { type: 'int' },
  int16: { type: 'int' },
  int8: { type: 'int' },
  uint64: { type: 'long' },
  uint32: { type: 'long' },
  uint16: { type: 'int' },
  uint8: { type: 'int' },
  boolean: { type: 'boolean' },
  string: { type: 'string' },
  date: { type: 'string' },
  time: { type: 'string' },
  datetime: { type: 'string' },
  any: { type: 'union', branches: [{ type: 'boolean' }, { type: 'double' }, { type: 'string' }] },
} as const satisfies Record<Dtype, Schema>

/** Schemas of the records that a model takes and gives. An optional input and every output may be null. */
export function schemaOfSignature(signature: Signature): {
  readonly input: RecordSchema
  readonly output: RecordSchema
} {
  return {
    input: recordOf('Input', signature.inputs, (feature) => feature.isOptional),
    output: recordOf('Output', signature.outputs, () => true),
  }
}

function recordOf(name: string, features: readonly Feature[], mayMiss: (feature: Feature) => boolean): RecordSchema {
  const fields = features.map((feature) => {
    let schema: Schema = avroOfDtype[feature.dtype]
    for (let i = 0; i < feature.shape.length; i++) schema = { type: 'array', items: schema }
    if (!mayMiss(feature)) return { name: feature.name, schema }
    const branches = schema.type === 'union' ? schema.branches : [schema]
    return {
      name: feature.name,
      schema: { type: 'union', branches: [{ type: 'null' }, ...branches] } as const,
      default: null,
    }
  })
  return { type: 'record', name, fields }
}
