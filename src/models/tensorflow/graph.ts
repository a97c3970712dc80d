import type { NumericTensorData } from '../../schema/tensor.ts'
import type { TfDtype } from './tf-dtype.ts'

/** Sizes of dimensions, null where unknown; null as a whole = unknown rank. Example: `[null, 784]`. */
export type TfShape = readonly (number | null)[] | null

/**
 * A constant or the value of a variable, row-major.
 *
 * Example: `{dtype: 'float32', shape: [2, 3], data: Float32Array(6)}`. Text is a list of byte strings. `data` may be made at its first
 * use (and throws then what is wrong with it): a graph has constants that nothing reachable reads. It is not to be changed.
 */
export interface TfTensor {
  readonly dtype: TfDtype
  readonly shape: readonly number[]
  /** Number of elements by the shape; known without touching `data`. */
  readonly size: number
  readonly data: TfData
}

/** Elements, see tfArrays for the array of each type. */
export type TfData = NumericTensorData | readonly Uint8Array[]

/** A function named by an attribute, with the attributes of the call: `then_branch` of If. */
export interface TfFunctionName {
  readonly name: string
  readonly attributes: TfAttributes
}

/**
 * The value of an attribute (AttrValue of attr_value.proto). An empty list of the file tells no type: `list` has empty lists then.
 *
 * Example: strides of a convolution are `{kind: 'list', ints: [1n, 2n, 2n, 1n], floats: [], …}`.
 */
export type TfAttribute =
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'dtype'; readonly value: TfDtype | null; readonly isReference: boolean }
  | { readonly kind: 'shape'; readonly value: TfShape }
  | { readonly kind: 'tensor'; readonly value: TfTensor }
  | { readonly kind: 'function'; readonly value: TfFunctionName }
  | { readonly kind: 'placeholder'; readonly value: string }
  | {
      readonly kind: 'list'
      readonly bytes: readonly Uint8Array[]
      readonly ints: readonly bigint[]
      readonly floats: readonly number[]
      readonly bools: readonly boolean[]
      readonly dtypes: readonly (TfDtype | null)[]
      readonly shapes: readonly TfShape[]
      readonly tensors: readonly TfTensor[]
      readonly functions: readonly TfFunctionName[]
    }

/** Attributes by name; `node-attributes.ts` has functions that read them by type. */
export type TfAttributes = ReadonlyMap<string, TfAttribute>

/** One output of a node. Example: `split:1` is `{node: 'split', output: 1}`, counted over all output arguments. */
export interface TfEndpoint {
  readonly node: string
  readonly output: number
}

/** An operator of a graph. */
export interface TfNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly TfEndpoint[]
  /** Names of nodes that run before this one. Translation needs none of them: state is threaded, see TfProgram. */
  readonly controls: readonly string[]
  readonly attributes: TfAttributes
  readonly device: string
}

/**
 * A function that If, While, Case and other operators name, as its own graph: its calls are inlined, its variables and resources are
 * resolved for the one operator that names it (functions are specialised by call, hence names such as `while_body@while/7`).
 *
 * Arguments are nodes with the operator `_Arg` (attributes `index` and `T`), one per argument in order, each with output 0.
 */
export interface TfFunction {
  readonly name: string
  readonly arguments: readonly { readonly node: string; readonly dtype: TfDtype | null; readonly shape: TfShape }[]
  /** Where each result comes from, in order. */
  readonly results: readonly (TfEndpoint & { readonly name: string; readonly dtype: TfDtype | null })[]
  readonly nodes: ReadonlyMap<string, TfNode>
}

/** Content of a lookup table. */
export interface TfTable {
  readonly keys: TfTensor
  readonly values: TfTensor
  readonly keyDtype: TfDtype
  readonly valueDtype: TfDtype
}

/**
 * Nodes by name and what they name. Nodes of a map stand in topological order, save for the cycles of TF 1.x loops, which close at
 * NextIteration.
 */
export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>
  readonly functions: ReadonlyMap<string, TfFunction>
  /** Tables by the name of the node that makes them (HashTableV2 and the like): what a LookupTableFindV2 has as its first input. */
  readonly tables: ReadonlyMap<string, TfTable>
}

/** An input or output of a signature. `key` is the name in the signature, `endpoint` where it is in the graph. */
export interface TfPort {
  readonly key: string
  readonly endpoint: TfEndpoint
  readonly dtype: TfDtype
  readonly shape: TfShape
}

/** A named way to run a model. Example: `serving_default` with input `input_1` and output `dense`. */
export interface TfSignature {
  readonly name: string
  /** `tensorflow/serving/predict` and the like; empty where the file names none. */
  readonly method: string
  readonly inputs: readonly TfPort[]
  readonly outputs: readonly TfPort[]
}

/** A variable that a program reads before it may change, and what it holds afterwards. */
export interface TfState {
  /** Name of the variable, unique in the model. */
  readonly variable: string
  readonly dtype: TfDtype
  readonly shape: TfShape
  /** A node with the operator Placeholder, as the inputs of the signature are. */
  readonly input: TfEndpoint
  /** What the variable holds after the run; equal to `input` where the program only reads it. */
  readonly output: TfEndpoint
}

/**
 * One signature as a self-contained pure graph: what translation gets.
 *
 * Only nodes are left that outputs or states need. Inputs are nodes with the operator Placeholder (attributes `dtype` and `shape`, the
 * shape of the signature), whatever was cut there. Constants are Const (attribute `value`): variables that nothing assigns are too.
 * Calls are inlined; Identity, control edges, NoOp, Assert, Print, CheckNumerics, StopGradient, PreventGradient and Placeholder-with-default
 * that is not fed are resolved. If, StatelessIf, While, StatelessWhile, Case, StatelessCase name functions in `graph.functions`; resources are
 * no longer among their inputs and outputs, save for tables. Switch, Merge, Enter, Exit, NextIteration and LoopCond stand as they were.
 * Assignments are gone: the values that they thread are ordinary tensors.
 */
export interface TfProgram {
  readonly signature: TfSignature
  readonly graph: TfGraph
  readonly state: readonly TfState[]
}

/** `name` for output 0, `name:2` for others. */
export function endpointText({ node, output }: TfEndpoint): string {
  return output === 0 ? node : `${node}:${output}`
}
