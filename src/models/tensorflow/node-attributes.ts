import type { TfAttribute, TfFunctionName, TfNode, TfShape, TfTensor } from './graph.ts'
import type { TfDtype } from './tf-dtype.ts'

/** Why a node cannot be read; whoever knows the file makes a MODEL_ARTIFACT_UNSUPPORTED or MODEL_ARTIFACT_SYNTAX of it. */
export class NodeFault extends Error {
  readonly node: string
  readonly op: string

  constructor({ name, op }: Pick<TfNode, 'name' | 'op'>, reason: string) {
    super(reason)
    this.node = name
    this.op = op
  }
}

type Value<K extends TfAttribute['kind']> = Extract<TfAttribute, { kind: K }>

function read<K extends TfAttribute['kind']>(node: TfNode, name: string, kind: K): Value<K> | null {
  const attribute = node.attributes.get(name)
  if (attribute === undefined) return null
  if (attribute.kind !== kind)
    throw new NodeFault(node, `its attribute "${name}" is of the kind ${attribute.kind}, expected ${kind}`)
  return attribute as Value<K>
}

function given<T>(node: TfNode, name: string, value: T | undefined): T {
  if (value === undefined) throw new NodeFault(node, `its attribute "${name}" is missing`)
  return value
}

/** A number that is exact in a JavaScript number. */
function exact(node: TfNode, name: string, value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new NodeFault(node, `its attribute "${name}" is ${value}, too large`)
  return number
}

/** A whole number; `otherwise` (the default of the operator) when absent. */
export function intOf(node: TfNode, name: string, otherwise?: number): number {
  const found = read(node, name, 'int')
  return found === null ? given(node, name, otherwise) : exact(node, name, found.value)
}

/** A number. */
export function floatOf(node: TfNode, name: string, otherwise?: number): number {
  return read(node, name, 'float')?.value ?? given(node, name, otherwise)
}

/** True or false. */
export function boolOf(node: TfNode, name: string, otherwise?: boolean): boolean {
  return read(node, name, 'bool')?.value ?? given(node, name, otherwise)
}

const utf8 = new TextDecoder()

/** Text such as `SAME`. */
export function textOf(node: TfNode, name: string, otherwise?: string): string {
  const found = read(node, name, 'bytes')
  return found === null ? given(node, name, otherwise) : utf8.decode(found.value)
}

/** A type; references count as what they refer to. */
export function dtypeOf(node: TfNode, name: string, otherwise?: TfDtype): TfDtype {
  return read(node, name, 'dtype')?.value ?? given(node, name, otherwise)
}

/** A shape; null (unknown rank) when absent. */
export function shapeOf(node: TfNode, name: string): TfShape {
  return read(node, name, 'shape')?.value ?? null
}

/** A tensor, as the `value` of Const. */
export function tensorOf(node: TfNode, name: string): TfTensor {
  return given(node, name, read(node, name, 'tensor')?.value)
}

/** A function's name with its attributes. */
export function functionOf(node: TfNode, name: string): TfFunctionName {
  return given(node, name, read(node, name, 'function')?.value)
}

/** A list of whole numbers such as `strides`. */
export function intsOf(node: TfNode, name: string, otherwise?: readonly number[]): readonly number[] {
  const found = read(node, name, 'list')
  return found === null ? given(node, name, otherwise) : found.ints.map((value) => exact(node, name, value))
}

/** A list of numbers such as `boundaries`. */
export function floatsOf(node: TfNode, name: string, otherwise?: readonly number[]): readonly number[] {
  return read(node, name, 'list')?.floats ?? given(node, name, otherwise)
}

/** A list of texts. */
export function textsOf(node: TfNode, name: string, otherwise?: readonly string[]): readonly string[] {
  const found = read(node, name, 'list')
  return found === null ? given(node, name, otherwise) : found.bytes.map((bytes) => utf8.decode(bytes))
}

/** A list of types such as `Tdense`. */
export function dtypesOf(node: TfNode, name: string, otherwise?: readonly TfDtype[]): readonly TfDtype[] {
  const found = read(node, name, 'list')
  if (found === null) return given(node, name, otherwise)
  return found.dtypes.map((dtype) => given(node, name, dtype ?? undefined))
}

/** A list of shapes such as `dense_shapes`. */
export function shapesOf(node: TfNode, name: string, otherwise?: readonly TfShape[]): readonly TfShape[] {
  return read(node, name, 'list')?.shapes ?? given(node, name, otherwise)
}

/** A list of functions such as `branches` of Case. */
export function functionsOf(node: TfNode, name: string): readonly TfFunctionName[] {
  return given(node, name, read(node, name, 'list')?.functions)
}
