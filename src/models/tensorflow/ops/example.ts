import { WireReader } from '../../../core/protobuf-wire.ts'
import type { Tensor } from '../../../schema/tensor.ts'
import { byteString } from '../bytes-text.ts'
import type { TfNode, TfShape } from '../graph.ts'
import { dtypesOf, intOf, shapesOf, textsOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import { type Kernel, KernelFault, type Operator, type OperatorTable } from './operator.ts'
import { generate, largest, take, texts, vector } from './plain.ts'

/*
 * tf.train.Example (example.proto, feature.proto):
 *   Example  = { 1: Features }          Features = { 1: entry { 1: key, 2: Feature } }
 *   Feature  = { 1: BytesList { 1: bytes } | 2: FloatList { 1: float } | 3: Int64List { 1: varint } }
 *   SequenceExample = { 1: Features context, 2: FeatureLists { 1: entry { 1: key, 2: FeatureList { 1: Feature } } } }
 */

/** Values of one feature; `null` as its type when it has none. */
interface FeatureValues {
  readonly dtype: 'string' | 'float32' | 'int64' | null
  readonly values: readonly (string | number | bigint)[]
}

function readFeature(reader: WireReader): FeatureValues {
  let found: FeatureValues = { dtype: null, values: [] }
  while (reader.next()) {
    if (reader.field < 1 || reader.field > 3) continue
    const dtype = (['string', 'float32', 'int64'] as const)[reader.field - 1] as 'string' | 'float32' | 'int64'
    const values: (string | number | bigint)[] = []
    const list = reader.message('List')
    while (list.next()) {
      if (list.field !== 1) continue
      if (dtype === 'string') values.push(byteString(list.bytes()))
      else if (dtype === 'float32')
        for (const value of list.wire === 5 ? [list.float()] : packedFloats(list.bytes())) values.push(value)
      else for (const value of list.wire === 0 ? [list.int64()] : packedLongs(list.bytes())) values.push(value)
    }
    found = { dtype, values }
  }
  return found
}

function packedFloats(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0) throw new KernelFault('a list of floats is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

function packedLongs(bytes: Uint8Array): bigint[] {
  const values: bigint[] = []
  for (let i = 0; i < bytes.length; ) {
    let value = 0n
    let shift = 0n
    for (;;) {
      const byte = bytes[i++]
      if (byte === undefined || shift > 63n) throw new KernelFault('a list of whole numbers is cut off')
      value |= BigInt(byte & 127) << shift
      shift += 7n
      if (byte < 128) break
    }
    values.push(BigInt.asIntN(64, value))
  }
  return values
}

function readFeatures(reader: WireReader): Map<string, FeatureValues> {
  const features = new Map<string, FeatureValues>()
  while (reader.next()) {
    if (reader.field !== 1) continue
    const entry = reader.message('Features')
    let key = ''
    let feature: FeatureValues = { dtype: null, values: [] }
    while (entry.next()) {
      if (entry.field === 1) key = byteString(entry.bytes())
      else if (entry.field === 2) feature = readFeature(entry.message('Feature'))
    }
    features.set(key, feature)
  }
  return features
}

/** Features of a serialised Example by name. Throws a KernelFault for bytes that are none. */
export function readExample(bytes: string): Map<string, FeatureValues> {
  try {
    const reader = new WireReader(Buffer.from(bytes, 'latin1'), 'Example')
    let features = new Map<string, FeatureValues>()
    while (reader.next()) if (reader.field === 1) features = readFeatures(reader.message('Features'))
    return features
  } catch (fault) {
    if (fault instanceof KernelFault) throw fault
    throw new KernelFault(`a text is no serialised tf.train.Example: ${fault instanceof Error ? fault.message : ''}`)
  }
}

/** What is asked of a feature. */
interface Wish {
  readonly key: string
  readonly dtype: TfDtype
}

function valuesOf(example: ReadonlyMap<string, FeatureValues>, { key, dtype }: Wish): FeatureValues['values'] | null {
  const found = example.get(key)
  if (!found || found.dtype === null) return null
  if (found.dtype !== dtype)
    throw new KernelFault(`feature ${JSON.stringify(key)} holds ${found.dtype}, expected ${dtype}`)
  return found.values
}

function tensorFrom(dtype: TfDtype, shape: readonly number[], values: readonly (string | number | bigint)[]): Tensor {
  return generate(dtype as Tensor['dtype'], shape, (i) => values[i] as number)
}

/** Values of a feature that every example has as many of, or a default for. */
function dense(
  examples: readonly ReadonlyMap<string, FeatureValues>[],
  wish: Wish,
  shape: TfShape,
  otherwise: Tensor,
  isSingle: boolean,
): Tensor {
  const list = otherwise.data as unknown as ArrayLike<string | number | bigint>
  if (shape === null) throw new KernelFault(`feature ${JSON.stringify(wish.key)} has no shape`)
  if (shape[0] === null) return ragged(examples, wish, shape.slice(1) as number[], list[0])
  const size = (shape as readonly number[]).reduce((a, b) => a * b, 1)
  const values = examples.flatMap((example) => {
    const own = valuesOf(example, wish)
    if (own) {
      if (own.length !== size)
        throw new KernelFault(`feature ${JSON.stringify(wish.key)} has ${own.length} values, expected ${size}`)
      return own
    }
    if (list.length === 0 && size > 0) throw new KernelFault(`feature ${JSON.stringify(wish.key)} is missing`)
    return Array.from({ length: size }, (_, i) => list[list.length === 1 ? 0 : i] as never)
  })
  return tensorFrom(wish.dtype, isSingle ? (shape as number[]) : [examples.length, ...(shape as number[])], values)
}

/** Rows of different lengths, padded. */
function ragged(
  examples: readonly ReadonlyMap<string, FeatureValues>[],
  wish: Wish,
  inner: readonly number[],
  padding: string | number | bigint | undefined,
): Tensor {
  const width = inner.reduce((a, b) => a * b, 1)
  const rows = examples.map((example) => valuesOf(example, wish) ?? [])
  const most = largest(
    rows.map((row) => Math.ceil(row.length / width)),
    0,
  )
  const none = padding ?? (wish.dtype === 'string' ? '' : wish.dtype === 'int64' ? 0n : 0)
  const values = rows.flatMap((row) => Array.from({ length: most * width }, (_, i) => row[i] ?? none))
  return tensorFrom(wish.dtype, [examples.length, most, ...inner], values)
}

function sparse(
  examples: readonly ReadonlyMap<string, FeatureValues>[],
  wish: Wish,
  isSingle: boolean,
): [Tensor, Tensor, Tensor] {
  const rows = examples.map((example) => valuesOf(example, wish) ?? [])
  const places = rows.flatMap((row, r) => row.flatMap((_, c) => (isSingle ? [c] : [r, c])))
  const values = rows.flat()
  const rank = isSingle ? 1 : 2
  const most = largest(
    rows.map((row) => row.length),
    0,
  )
  const indices = generate('int64', [values.length, rank], (i) => BigInt(places[i] as number))
  return [
    indices,
    tensorFrom(wish.dtype, [values.length], values),
    vector('int64', isSingle ? [most] : [rows.length, most]),
  ]
}

function rows(examples: readonly ReadonlyMap<string, FeatureValues>[], wish: Wish, splits: TfDtype): [Tensor, Tensor] {
  const lists = examples.map((example) => valuesOf(example, wish) ?? [])
  const ends = [0]
  for (const list of lists) ends.push((ends.at(-1) as number) + list.length)
  const values = lists.flat()
  return [tensorFrom(wish.dtype, [values.length], values), vector(splits as 'int32', ends)]
}

interface Plan {
  readonly sparse: readonly Wish[]
  readonly dense: readonly (Wish & { readonly shape: TfShape; readonly otherwise: Tensor })[]
  readonly ragged: readonly (Wish & { readonly splits: TfDtype })[]
}

function parse(plan: Plan, serialised: Tensor): readonly Tensor[] {
  const isSingle = serialised.shape.length === 0
  const examples = texts(serialised).map(readExample)
  const found = plan.sparse.map((wish) => sparse(examples, wish, isSingle))
  const parts = plan.ragged.map((wish) => rows(examples, wish, wish.splits))
  return [
    ...[0, 1, 2].flatMap((k) => found.map((one) => one[k] as Tensor)),
    ...plan.dense.map((wish) => dense(examples, wish, wish.shape, wish.otherwise, isSingle)),
    ...[0, 1].flatMap((k) => parts.map((one) => one[k] as Tensor)),
  ]
}

/** The one text of a key, or its texts. */
const keysOf = (tensor: Tensor) => texts(tensor)

const parseExample: Kernel = (node, inputs) => {
  const one = node as TfNode
  const [sparseCount, denseCount] = [intOf(one, 'Nsparse'), intOf(one, 'Ndense')]
  const sparseTypes = dtypesOf(one, 'sparse_types', [])
  const types = dtypesOf(one, 'Tdense', [])
  const shapes = shapesOf(one, 'dense_shapes', [])
  const key = (i: number) => keysOf(take(inputs, i))[0] as string
  const from = 2 + sparseCount
  const plan: Plan = {
    sparse: sparseTypes.map((dtype, i) => ({ key: key(2 + i), dtype })),
    dense: types.map((dtype, i) => ({
      key: key(from + i),
      dtype,
      shape: shapes[i] ?? null,
      otherwise: take(inputs, from + denseCount + i),
    })),
    ragged: [],
  }
  return parse(plan, take(inputs, 0))
}

const parseExampleV2: Kernel = (node, inputs) => {
  const one = node as TfNode
  const [sparseKeys, denseKeys, raggedKeys] = [2, 3, 4].map((i) => keysOf(take(inputs, i))) as [
    readonly string[],
    readonly string[],
    readonly string[],
  ]
  const shapes = shapesOf(one, 'dense_shapes', [])
  const splits = dtypesOf(one, 'ragged_split_types', [])
  const plan: Plan = {
    sparse: dtypesOf(one, 'sparse_types', []).map((dtype, i) => ({ key: sparseKeys[i] as string, dtype })),
    dense: dtypesOf(one, 'Tdense', []).map((dtype, i) => ({
      key: denseKeys[i] as string,
      dtype,
      shape: shapes[i] ?? null,
      otherwise: take(inputs, 5 + i),
    })),
    ragged: dtypesOf(one, 'ragged_value_types', []).map((dtype, i) => ({
      key: raggedKeys[i] as string,
      dtype,
      splits: splits[i] ?? 'int64',
    })),
  }
  return parse(plan, take(inputs, 0))
}

const parseSingle: Kernel = (node, inputs) => {
  const one = node as TfNode
  const shapes = shapesOf(one, 'dense_shapes', [])
  const key = (text: string) => byteString(text)
  const denseKeys = textsOf(one, 'dense_keys', [])
  const sparseKeys = textsOf(one, 'sparse_keys', [])
  const plan: Plan = {
    sparse: dtypesOf(one, 'sparse_types', []).map((dtype, i) => ({ key: key(sparseKeys[i] as string), dtype })),
    dense: dtypesOf(one, 'Tdense', []).map((dtype, i) => ({
      key: key(denseKeys[i] as string),
      dtype,
      shape: shapes[i] ?? null,
      otherwise: take(inputs, 1 + i),
    })),
    ragged: [],
  }
  return parse(plan, { ...take(inputs, 0), shape: [] })
}

function typesOf(node: TfNode): TfDtype[] {
  const sparseTypes = dtypesOf(node, 'sparse_types', [])
  const longs = sparseTypes.map((): TfDtype => 'int64')
  return [
    ...longs,
    ...sparseTypes,
    ...longs,
    ...dtypesOf(node, 'Tdense', []),
    ...dtypesOf(node, 'ragged_value_types', []),
    ...dtypesOf(node, 'ragged_split_types', []),
  ]
}

/** Shapes of dense features are those that the node names, behind the batch. */
function shapesAfter(isSingle: boolean): NonNullable<Operator['infer']> {
  return (node, inputs) => {
    const isOne = isSingle || inputs[0]?.rank === 0
    const count = dtypesOf(node, 'sparse_types', []).length
    const rank = isOne ? 1 : 2
    const fill = (shape: TfShape) => Array.from({ length: count }, () => shape)
    const batch = isOne ? [] : [inputs[0]?.shape?.[0] ?? null]
    const shapes = shapesOf(node, 'dense_shapes', []).map((shape): TfShape => (shape ? [...batch, ...shape] : null))
    return [...fill([null, rank]), ...fill([null]), ...fill([rank]), ...shapes]
  }
}

const examples = (evaluate: Kernel, isSingle = false): Operator => ({
  types: typesOf,
  infer: shapesAfter(isSingle),
  evaluate,
  evaluates: () => true,
})

/** Serialised examples, as TensorFlow Serving gets them. */
export const exampleOperators: OperatorTable = {
  ParseExample: examples(parseExample),
  ParseExampleV2: {
    ...examples(parseExampleV2),
    except: 'partitions of ragged features other than row splits of one level',
  },
  ParseSingleExample: examples(parseSingle, true),
}
