import { type GraphMessage, graphType, type ShapeMessage, shapeType } from './graph-messages.ts'
import {
  byteStrings,
  choice,
  fixed32,
  int32,
  int64,
  type MessageType,
  mapOf,
  message,
  messages,
  optional,
  text,
  texts,
} from './message-type.ts'
import { tfDtypeNumbers } from './tf-dtype.ts'

/* Messages of saved_model.proto, meta_graph.proto, tensor_bundle.proto and trackable_object_graph.proto (TensorFlow 2.21). */

/** TensorInfo: a tensor of the graph by its name, or a sparse tensor by three. */
export interface TensorInfoMessage {
  readonly name: string
  readonly dtype: number
  readonly tensor_shape: ShapeMessage | undefined
  readonly coo_sparse:
    | {
        readonly values_tensor_name: string
        readonly indices_tensor_name: string
        readonly dense_shape_tensor_name: string
      }
    | undefined
  readonly composite_tensor: { readonly components: readonly TensorInfoMessage[] } | undefined
}

const cooType: MessageType<TensorInfoMessage['coo_sparse'] & object> = {
  name: 'CooSparse',
  fields: { values_tensor_name: text(1), indices_tensor_name: text(2), dense_shape_tensor_name: text(3) },
}

const compositeType: MessageType<TensorInfoMessage['composite_tensor'] & object> = {
  name: 'CompositeTensor',
  fields: { components: messages(2, () => tensorInfoType) },
}

const tensorInfoType: MessageType<TensorInfoMessage> = {
  name: 'TensorInfo',
  fields: {
    name: text(1),
    dtype: choice(2, tfDtypeNumbers),
    tensor_shape: message(3, () => shapeType),
    coo_sparse: message(4, () => cooType),
    composite_tensor: message(5, () => compositeType),
  },
}

/** SignatureDef. */
export interface SignatureMessage {
  readonly inputs: ReadonlyMap<string, TensorInfoMessage>
  readonly outputs: ReadonlyMap<string, TensorInfoMessage>
  readonly method_name: string
}

const signatureType: MessageType<SignatureMessage> = {
  name: 'SignatureDef',
  fields: { inputs: mapOf(1, () => tensorInfoType), outputs: mapOf(2, () => tensorInfoType), method_name: text(3) },
}

/** AssetFileDef: a tensor that is fed with the path of a file below `assets/`. */
export interface AssetMessage {
  readonly tensor_info: TensorInfoMessage | undefined
  readonly filename: string
}

export const assetType: MessageType<AssetMessage> = {
  name: 'AssetFileDef',
  fields: { tensor_info: message(1, () => tensorInfoType), filename: text(2) },
}

/** CollectionDef, as far as names of nodes and packed messages go. */
export interface CollectionMessage {
  readonly node_list: { readonly value: readonly string[] } | undefined
  readonly bytes_list: { readonly value: readonly Uint8Array[] } | undefined
  readonly any_list: { readonly value: readonly { readonly value: Uint8Array }[] } | undefined
}

const nodeListType: MessageType<{ readonly value: readonly string[] }> = {
  name: 'NodeList',
  fields: { value: texts(1) },
}
const bytesListType: MessageType<{ readonly value: readonly Uint8Array[] }> = {
  name: 'BytesList',
  fields: { value: byteStrings(1) },
}
const anyType: MessageType<{ readonly value: Uint8Array }> = {
  name: 'Any',
  fields: { value: { number: 2, kind: 'bytes', isList: false, absent: new Uint8Array(0) } },
}
const anyListType: MessageType<{ readonly value: readonly { readonly value: Uint8Array }[] }> = {
  name: 'AnyList',
  fields: { value: messages(1, () => anyType) },
}

const collectionType: MessageType<CollectionMessage> = {
  name: 'CollectionDef',
  fields: {
    node_list: message(1, () => nodeListType),
    bytes_list: message(2, () => bytesListType),
    any_list: message(5, () => anyListType),
  },
}

/** MetaGraphDef. */
export interface MetaGraphMessage {
  readonly meta_info_def:
    | {
        readonly tags: readonly string[]
        readonly tensorflow_version: string
      }
    | undefined
  readonly graph_def: GraphMessage | undefined
  readonly saver_def: { readonly filename_tensor_name: string; readonly restore_op_name: string } | undefined
  readonly collection_def: ReadonlyMap<string, CollectionMessage>
  readonly signature_def: ReadonlyMap<string, SignatureMessage>
  readonly asset_file_def: readonly AssetMessage[]
}

const metaInfoType: MessageType<MetaGraphMessage['meta_info_def'] & object> = {
  name: 'MetaInfoDef',
  fields: { tags: texts(4), tensorflow_version: text(5) },
}

const saverType: MessageType<MetaGraphMessage['saver_def'] & object> = {
  name: 'SaverDef',
  fields: { filename_tensor_name: text(1), restore_op_name: text(3) },
}

const metaGraphType: MessageType<MetaGraphMessage> = {
  name: 'MetaGraphDef',
  fields: {
    meta_info_def: message(1, () => metaInfoType),
    graph_def: message(2, () => graphType),
    saver_def: message(3, () => saverType),
    collection_def: mapOf(4, () => collectionType),
    signature_def: mapOf(5, () => signatureType),
    asset_file_def: messages(6, () => assetType),
  },
}

/** SavedModel. */
export interface SavedModelMessage {
  readonly saved_model_schema_version: bigint
  readonly meta_graphs: readonly MetaGraphMessage[]
}

export const savedModelType: MessageType<SavedModelMessage> = {
  name: 'SavedModel',
  fields: { saved_model_schema_version: int64(1), meta_graphs: messages(2, () => metaGraphType) },
}

/** BundleHeaderProto: endianness 0 is little, 1 big. */
export interface BundleHeaderMessage {
  readonly num_shards: number
  readonly endianness: number
}

export const bundleHeaderType: MessageType<BundleHeaderMessage> = {
  name: 'BundleHeaderProto',
  fields: { num_shards: int32(1), endianness: choice(2, new Map()) },
}

/** TensorSliceProto: an extent without a length is the whole dimension. */
export interface SliceMessage {
  readonly extent: readonly { readonly start: bigint; readonly length: bigint | undefined }[]
}

const extentType: MessageType<SliceMessage['extent'][number]> = {
  name: 'Extent',
  fields: { start: int64(1), length: optional(int64(2)) },
}

const sliceType: MessageType<SliceMessage> = {
  name: 'TensorSliceProto',
  fields: { extent: messages(1, () => extentType) },
}

/** BundleEntryProto. */
export interface BundleEntryMessage {
  readonly dtype: number
  readonly shape: ShapeMessage | undefined
  readonly shard_id: number
  readonly offset: bigint
  readonly size: bigint
  readonly crc32c: number
  readonly slices: readonly SliceMessage[]
}

export const bundleEntryType: MessageType<BundleEntryMessage> = {
  name: 'BundleEntryProto',
  fields: {
    dtype: choice(1, tfDtypeNumbers),
    shape: message(2, () => shapeType),
    shard_id: int32(3),
    offset: int64(4),
    size: int64(5),
    crc32c: fixed32(6),
    slices: messages(7, () => sliceType),
  },
}

/** TrackableObjectGraph: which key of the checkpoint holds the variable of a name. */
export interface ObjectGraphMessage {
  readonly nodes: readonly {
    readonly attributes: readonly {
      readonly name: string
      readonly full_name: string
      readonly checkpoint_key: string
    }[]
  }[]
}

const serializedTensorType: MessageType<ObjectGraphMessage['nodes'][number]['attributes'][number]> = {
  name: 'SerializedTensor',
  fields: { name: text(1), full_name: text(2), checkpoint_key: text(3) },
}

const trackableType: MessageType<ObjectGraphMessage['nodes'][number]> = {
  name: 'TrackableObject',
  fields: { attributes: messages(2, () => serializedTensorType) },
}

export const objectGraphType: MessageType<ObjectGraphMessage> = {
  name: 'TrackableObjectGraph',
  fields: { nodes: messages(1, () => trackableType) },
}
