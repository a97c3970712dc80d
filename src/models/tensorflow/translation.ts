import type { Tensor, TensorDtype } from '../../schema/tensor.ts'
import type { TfShape } from './graph.ts'
import type { KernelNode } from './ops/operator.ts'

/**
 * A signature made ready to run: structured-cloneable data. Values have numbers (slots); steps run in order.
 *
 * Example: a dense network is `{slots: 2, inputs: [{key: 'x', slot: 0, …}], steps: [{kind: 'graph', …}], outputs: [{key: 'y', slot: 1, …}]}`.
 */
export interface Translation {
  readonly slots: number
  readonly inputs: readonly TranslationPort[]
  readonly outputs: readonly TranslationPort[]
  /** Variables that the signature reads or changes. */
  readonly states: readonly { readonly variable: string; readonly input: number; readonly output: number }[]
  readonly constants: readonly { readonly slot: number; readonly tensor: Tensor }[]
  readonly steps: readonly Step[]
}

/** An input or output; a slot of -1 is an input that nothing reads. */
export interface TranslationPort {
  readonly key: string
  readonly slot: number
  readonly dtype: TensorDtype
  readonly shape: TfShape
}

/** One step. Slots of outputs may be -1: nothing reads them. */
export type Step =
  | {
      readonly kind: 'graph'
      /** ONNX ModelProto. */
      readonly model: Uint8Array
      readonly inputs: readonly { readonly name: string; readonly slot: number }[]
      readonly outputs: readonly { readonly name: string; readonly slot: number }[]
    }
  | {
      readonly kind: 'kernel'
      readonly node: KernelNode
      readonly inputs: readonly number[]
      readonly outputs: readonly number[]
    }
  | {
      /** Control flow whose bodies hold kernels. Bodies take the inputs behind the condition or index, in order; a loop takes all. */
      readonly kind: 'branch' | 'loop'
      readonly node: KernelNode
      readonly inputs: readonly number[]
      readonly outputs: readonly number[]
      /** Branches by index (else, then), or condition and body of a loop. */
      readonly bodies: readonly Translation[]
    }
