import type { Tensor } from '../../../schema/tensor.ts'
import type { Emission } from '../emission.ts'
import { workingType } from '../emission.ts'
import type { TfNode, TfShape } from '../graph.ts'
import { dtypeOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Value } from '../value.ts'

/** What a kernel sees of its node; attributes that are tensors or functions are left out. */
export type KernelNode = Pick<TfNode, 'name' | 'op' | 'attributes'> & {
  /** Content of the table that the node looks up. */
  readonly table?: { readonly keys: Tensor; readonly values: Tensor }
}

/**
 * Computes a node on tensors. Text is byte strings: each character is one byte. Throws a KernelFault where TensorFlow gives an error.
 * Inputs are not changed; outputs may share their data.
 */
export type Kernel = (node: KernelNode, inputs: readonly Tensor[]) => readonly Tensor[]

/** How an operator of TensorFlow is run: as ONNX nodes, by a kernel in TypeScript, or by either. */
export interface Operator {
  /** Adds ONNX nodes. */
  readonly emit?: (emission: Emission) => Value | readonly Value[]
  /** True when `emit` can take inputs of these types; always when absent. Text never gets into ONNX. */
  readonly accepts?: (node: TfNode, inputs: readonly TfDtype[]) => boolean
  readonly evaluate?: Kernel
  /** True when `evaluate` can take inputs of these types; all but 16-bit floats when absent. */
  readonly evaluates?: (node: TfNode, inputs: readonly TfDtype[]) => boolean
  /** True for kernels that know complex numbers as a further dimension; `evaluates` tells where. They are never computed in advance. */
  readonly isComplex?: true
  /** Types of the outputs; that of the first input when absent. */
  readonly types?: (node: TfNode, inputs: readonly TfDtype[]) => readonly TfDtype[]
  /** Shapes of the outputs of the kernel, as far as they are known before it runs. */
  readonly infer?: (node: TfNode, inputs: readonly Value[]) => readonly TfShape[]
  /** What of the operator is refused, as the list of operators says it. */
  readonly except?: string
}

/** Operators by name. */
export type OperatorTable = Readonly<Record<string, Operator>>

/** What is wrong with the values that a node gets. */
export class KernelFault extends Error {}

/** Accepts what onnxruntime computes in the type of input `index` or a larger one. */
export function needs(ops: string, index = 0): NonNullable<Operator['accepts']> {
  const names = ops.split(' ')
  return (_node, inputs) => {
    const dtype = inputs[index]
    return dtype !== undefined && names.every((op) => workingType(op, dtype) !== null)
  }
}

/** Outputs of always the same types. */
export function gives(...types: readonly TfDtype[]): NonNullable<Operator['types']> {
  return () => types
}

/** One output of the type that an attribute names. */
export function givesAttribute(name: string, otherwise?: TfDtype): NonNullable<Operator['types']> {
  return (node) => [dtypeOf(node, name, otherwise)]
}

/** The shape of an input. */
export function sameShape(index = 0): NonNullable<Operator['infer']> {
  return (_node, inputs) => [inputs[index]?.shape ?? null]
}
