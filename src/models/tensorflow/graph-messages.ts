import {
  bool,
  bools,
  byteStrings,
  bytes,
  choice,
  choices,
  doubles,
  floats,
  int32,
  int32s,
  int64,
  int64s,
  type MessageType,
  mapOf,
  message,
  messages,
  optional,
  optionalFloat,
  text,
  textMap,
  texts,
  uint32s,
  uint64s,
} from './message-type.ts'
import { tfDtypeNumbers } from './tf-dtype.ts'

/* Messages of tensorflow/core/framework/*.proto (TensorFlow 2.21), as far as they are read. Names are those of the files. */

/** TensorShapeProto: a size of -1 is unknown. */
export interface ShapeMessage {
  readonly dim: readonly { readonly size: bigint }[]
  readonly unknown_rank: boolean
}

const dimType: MessageType<{ readonly size: bigint }> = { name: 'Dim', fields: { size: int64(1) } }

export const shapeType: MessageType<ShapeMessage> = {
  name: 'TensorShapeProto',
  fields: { dim: messages(2, () => dimType), unknown_rank: bool(3) },
}

/** TensorProto: elements are in `tensor_content`, or in the list of their type, of which the last element repeats. */
export interface TensorMessage {
  readonly dtype: number
  readonly tensor_shape: ShapeMessage | undefined
  readonly tensor_content: Uint8Array
  readonly half_val: Int32Array
  readonly float_val: Float32Array
  readonly double_val: Float64Array
  readonly int_val: Int32Array
  readonly string_val: readonly Uint8Array[]
  readonly scomplex_val: Float32Array
  readonly int64_val: BigInt64Array
  readonly bool_val: Uint8Array
  readonly dcomplex_val: Float64Array
  readonly uint32_val: Uint32Array
  readonly uint64_val: BigUint64Array
  readonly float8_val: Uint8Array
}

export const tensorType: MessageType<TensorMessage> = {
  name: 'TensorProto',
  fields: {
    dtype: choice(1, tfDtypeNumbers),
    tensor_shape: message(2, () => shapeType),
    tensor_content: bytes(4),
    half_val: int32s(13),
    float_val: floats(5),
    double_val: doubles(6),
    int_val: int32s(7),
    string_val: byteStrings(8),
    scomplex_val: floats(9),
    int64_val: int64s(10),
    bool_val: bools(11),
    dcomplex_val: doubles(12),
    uint32_val: uint32s(16),
    uint64_val: uint64s(17),
    float8_val: bytes(18),
  },
}

/** NameAttrList: a function with attributes. */
export interface FunctionNameMessage {
  readonly name: string
  readonly attr: ReadonlyMap<string, AttributeMessage>
}

const functionNameType: MessageType<FunctionNameMessage> = {
  name: 'NameAttrList',
  fields: { name: text(1), attr: mapOf(2, () => attributeType) },
}

/** AttrValue.ListValue. */
export interface ListMessage {
  readonly s: readonly Uint8Array[]
  readonly i: BigInt64Array
  readonly f: Float32Array
  readonly b: Uint8Array
  readonly type: Int32Array
  readonly shape: readonly ShapeMessage[]
  readonly tensor: readonly TensorMessage[]
  readonly func: readonly FunctionNameMessage[]
}

const listType: MessageType<ListMessage> = {
  name: 'ListValue',
  fields: {
    s: byteStrings(2),
    i: int64s(3),
    f: floats(4),
    b: bools(5),
    type: choices(6, tfDtypeNumbers),
    shape: messages(7, () => shapeType),
    tensor: messages(8, () => tensorType),
    func: messages(9, () => functionNameType),
  },
}

/** AttrValue: one of its members is there. */
export interface AttributeMessage {
  readonly list: ListMessage | undefined
  readonly s: Uint8Array | undefined
  readonly i: bigint | undefined
  readonly f: number | undefined
  readonly b: boolean | undefined
  readonly type: number | undefined
  readonly shape: ShapeMessage | undefined
  readonly tensor: TensorMessage | undefined
  readonly placeholder: string | undefined
  readonly func: FunctionNameMessage | undefined
}

export const attributeType: MessageType<AttributeMessage> = {
  name: 'AttrValue',
  fields: {
    list: message(1, () => listType),
    s: optional(bytes(2)),
    i: optional(int64(3)),
    f: optionalFloat(4),
    b: optional(bool(5)),
    type: optional(choice(6, tfDtypeNumbers)),
    shape: message(7, () => shapeType),
    tensor: message(8, () => tensorType),
    placeholder: optional(text(9)),
    func: message(10, () => functionNameType),
  },
}

/** NodeDef. */
export interface NodeMessage {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly device: string
  readonly attr: ReadonlyMap<string, AttributeMessage>
}

const nodeType: MessageType<NodeMessage> = {
  name: 'NodeDef',
  fields: { name: text(1), op: text(2), input: texts(3), device: text(4), attr: mapOf(5, () => attributeType) },
}

/** OpDef.ArgDef. */
export interface ArgumentMessage {
  readonly name: string
  readonly type: number
  readonly type_attr: string
  readonly number_attr: string
  readonly type_list_attr: string
}

const argumentType: MessageType<ArgumentMessage> = {
  name: 'ArgDef',
  fields: {
    name: text(1),
    type: choice(3, tfDtypeNumbers),
    type_attr: text(4),
    number_attr: text(5),
    type_list_attr: text(6),
  },
}

const functionSignatureType: MessageType<FunctionMessage['signature'] & object> = {
  name: 'OpDef',
  fields: { name: text(1), input_arg: messages(2, () => argumentType), output_arg: messages(3, () => argumentType) },
}

/** FunctionDef. */
export interface FunctionMessage {
  readonly signature:
    | {
        readonly name: string
        readonly input_arg: readonly ArgumentMessage[]
        readonly output_arg: readonly ArgumentMessage[]
      }
    | undefined
  readonly attr: ReadonlyMap<string, AttributeMessage>
  readonly node_def: readonly NodeMessage[]
  /** Where each output argument comes from: `node:out:0`, or an input argument. */
  readonly ret: ReadonlyMap<string, string>
  readonly control_ret: ReadonlyMap<string, string>
  /** Attributes of arguments by index. */
  readonly arg_attr: ReadonlyMap<string, { readonly attr: ReadonlyMap<string, AttributeMessage> }>
}

const argumentAttributesType: MessageType<{ readonly attr: ReadonlyMap<string, AttributeMessage> }> = {
  name: 'ArgAttrs',
  fields: { attr: mapOf(1, () => attributeType) },
}

const functionType: MessageType<FunctionMessage> = {
  name: 'FunctionDef',
  fields: {
    signature: message(1, () => functionSignatureType),
    attr: mapOf(5, () => attributeType),
    node_def: messages(3, () => nodeType),
    ret: textMap(4),
    control_ret: textMap(6),
    arg_attr: mapOf(7, () => argumentAttributesType, true),
  },
}

/** GraphDef. */
export interface GraphMessage {
  readonly node: readonly NodeMessage[]
  readonly library: { readonly function: readonly FunctionMessage[] } | undefined
  readonly versions: { readonly producer: number; readonly min_consumer: number } | undefined
}

const libraryType: MessageType<{ readonly function: readonly FunctionMessage[] }> = {
  name: 'FunctionDefLibrary',
  fields: { function: messages(1, () => functionType) },
}

const versionType: MessageType<{ readonly producer: number; readonly min_consumer: number }> = {
  name: 'VersionDef',
  fields: { producer: int32(1), min_consumer: int32(2) },
}

export const graphType: MessageType<GraphMessage> = {
  name: 'GraphDef',
  fields: {
    node: messages(1, () => nodeType),
    library: message(2, () => libraryType),
    versions: message(4, () => versionType),
  },
}
