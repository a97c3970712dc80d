import type { TfNode } from './graph.ts'
import type { TfDtype } from './tf-dtype.ts'

/** Attribute that tells the type of the first output, where it is not the type of the inputs. */
const typeAttributes = ['DstT', 'output_type', 'out_type', 'output_dtype', 'Tout', 'out_dtype', 'dtype', 'Tparams', 'T']

const booleans =
  /^(Equal|NotEqual|Less|LessEqual|Greater|GreaterEqual|Logical(And|Or|Not)|All|Any|IsNan|IsInf|IsFinite|InTopK(V2)?|StringRegexFullMatch)$/
const texts =
  /^(AsString|String(Join|Lower|Upper|Strip)|Substr|RegexReplace|StaticRegexReplace|ReduceJoin(V2)?|EncodeBase64)$/
const defaults: Readonly<Record<string, TfDtype>> = {
  ArgMax: 'int64',
  ArgMin: 'int64',
  Shape: 'int32',
  Size: 'int32',
  Rank: 'int32',
  StringToHashBucketFast: 'int64',
  StringToNumber: 'float32',
  Where: 'int64',
  Bucketize: 'int32',
}
/** Types of further outputs. */
const others: Readonly<Record<string, Readonly<Record<number, TfDtype>>>> = {
  TopKV2: { 1: 'int32' },
  TopK: { 1: 'int32' },
  Unique: { 1: 'int32' },
}

/** Type of an output as far as the attributes of its node tell it; float32 where they do not. */
export function outputDtype(node: TfNode, output: number): TfDtype {
  const other = Object.hasOwn(others, node.op) ? others[node.op]?.[output] : undefined
  if (other !== undefined) return other
  if (booleans.test(node.op)) return 'boolean'
  if (texts.test(node.op)) return 'string'
  for (const name of typeAttributes) {
    const attribute = node.attributes.get(name)
    if (attribute?.kind === 'dtype' && attribute.value !== null && !(name === 'T' && Object.hasOwn(defaults, node.op)))
      return attribute.value
    if (attribute?.kind === 'list' && attribute.dtypes[output]) return attribute.dtypes[output]
  }
  return (Object.hasOwn(defaults, node.op) ? defaults[node.op] : undefined) ?? 'float32'
}
