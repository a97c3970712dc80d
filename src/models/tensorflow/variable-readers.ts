import type { FlatNode } from './flatten.ts'
import type { TfAttribute, TfAttributes } from './graph.ts'
import { intOf } from './node-attributes.ts'

/** Operators that take a variable by its handle and read it themselves, with the operator that takes its value. */
const plainOps: Readonly<Record<string, string>> = {
  ResourceGather: 'GatherV2',
  ResourceGatherNd: 'GatherNd',
  VariableShape: 'Shape',
}

/**
 * Such an operator as the read of its variable and the operator on the value, so that only ReadVariableOp reads variables. The last node
 * has the name of the given one. Null for other operators.
 */
export function asRead(node: FlatNode): readonly FlatNode[] | null {
  const op = Object.hasOwn(plainOps, node.op) ? plainOps[node.op] : undefined
  const [handle, ...others] = node.inputs
  if (op === undefined || handle === undefined) return null
  const dtype = node.attributes.get('dtype')
  const types: [string, TfAttribute][] = dtype ? [['dtype', dtype]] : []
  const read = {
    ...node,
    name: `${node.name}^read`,
    op: 'ReadVariableOp',
    inputs: [handle],
    attributes: new Map(types),
  }
  const value = { node: read.name, output: 0 }
  const attributes = new Map([
    ...node.attributes,
    ...(dtype
      ? ([
          ['Tparams', dtype],
          ['T', dtype],
        ] as const)
      : []),
  ])
  if (op !== 'GatherV2') return [read, { ...node, op, attributes, inputs: [value, ...others] }]
  const axis = constant(`${node.name}^axis`, intOf(node, 'batch_dims', 0))
  return [read, axis, { ...node, op, attributes, inputs: [value, ...others, { node: axis.name, output: 0 }] }]
}

function constant(name: string, number: number): FlatNode {
  const value = { dtype: 'int32', shape: [], size: 1, data: Int32Array.of(number) } as const
  const attributes: TfAttributes = new Map<string, TfAttribute>([
    ['dtype', { kind: 'dtype', value: 'int32', isReference: false }],
    ['value', { kind: 'tensor', value }],
  ])
  return { name, op: 'Const', inputs: [], controls: [], attributes, device: '' }
}
