import { MillraceError } from '../../core/errors.ts'
import { elementBits } from '../onnx-graph/dtypes.ts'
import {
  attributeOf,
  nodePlace,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  subgraphsOf,
} from '../onnx-graph/graph.ts'
import type { OnnxTensor } from '../onnx-graph/onnx-tensor.ts'
import { eachNode } from './names.ts'

/** Highest IR version that onnxruntime 1.30 takes (onnxruntime/core/graph/model.cc). */
const maxIrVersion = 13

/** Highest version of each operator set that onnxruntime 1.30 takes; '' is ONNX's own. */
const maxOpsets: Readonly<Record<string, number>> = {
  '': 26,
  'ai.onnx.ml': 5,
  'ai.onnx.preview': 1,
  'ai.onnx.preview.training': 1,
  'ai.onnx.training': 1,
  'com.microsoft': 1,
  'com.microsoft.nchwc': 1,
  'com.microsoft.experimental': 1,
  'org.pytorch.aten': 1,
}

/** A constant that stands for more bytes than this once it is computed is refused. */
const maxConstantBytes = 2 ** 31

/** Checks what can be told from the file alone. Throws MODEL_ARTIFACT_UNSUPPORTED or MODEL_ARTIFACT_LIMIT with the place. */
export function checkModel(model: OnnxModel, source: string): void {
  const unsupported = (place: string, what: string): never => {
    throw new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source, place, what, format: 'onnx' })
  }
  const { irVersion, opsets, graph, functions } = model
  if (irVersion > maxIrVersion)
    unsupported('the model', `IR version ${irVersion} (onnxruntime 1.30 takes up to ${maxIrVersion})`)
  if (opsets.size === 0) {
    const reason = 'it says the version of no operator set (opset_import)'
    throw new MillraceError('MODEL_ARTIFACT_SYNTAX', { source, format: 'onnx', place: 'the model', reason })
  }
  for (const [domain, version] of opsets) {
    const max = maxOpsets[domain]
    const named = domain === '' ? 'ai.onnx' : domain
    if (max !== undefined && version > max)
      unsupported('the model', `opset ${version} of domain "${named}" (onnxruntime 1.30 takes up to ${max})`)
  }
  const ownFunctions = new Set(functions.map(({ domain, name }) => `${domain}:${name}`))
  const checkNode = (node: OnnxNode) => {
    if (!Object.hasOwn(maxOpsets, node.domain) && !ownFunctions.has(`${node.domain}:${node.op}`))
      unsupported(nodePlace(node), `the operator ${node.op} of domain "${node.domain}"`)
    for (const tensor of tensorsOf(node)) checkInside(tensor, nodePlace(node), unsupported)
  }
  eachNode(graph, checkNode)
  for (const { nodes } of functions) eachNode({ nodes }, checkNode)
  eachGraph(graph, (inner) => {
    for (const tensor of inner.initializers) checkInside(tensor, `constant "${tensor.name}"`, unsupported)
    checkSizes(inner, source)
  })
}

function checkInside(
  { externalLocation }: OnnxTensor,
  place: string,
  unsupported: (place: string, what: string) => never,
): void {
  if (externalLocation !== null)
    unsupported(place, `data outside of the file ("${externalLocation}"); save the model as one file`)
}

function tensorsOf(node: OnnxNode): OnnxTensor[] {
  const tensors: OnnxTensor[] = []
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === 'tensor') tensors.push(attribute.value)
    else if (attribute.kind === 'tensors') tensors.push(...attribute.value)
  }
  return tensors
}

function eachGraph(graph: OnnxGraph, visit: (graph: OnnxGraph) => void): void {
  visit(graph)
  for (const node of graph.nodes) for (const inner of subgraphsOf(node)) eachGraph(inner, visit)
}

/** Small files can ask for huge constants: the sizes of those that are made from constant shapes, and of sparse ones. */
function checkSizes(graph: OnnxGraph, source: string): void {
  const limit = (place: string, bytes: number) => {
    if (bytes > maxConstantBytes)
      throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
        source,
        place,
        limit: maxConstantBytes,
        what: 'bytes of a constant',
      })
  }
  for (const { name, shape } of graph.sparse) limit(`sparse constant "${name}"`, product(shape) * 4)
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  for (const node of graph.nodes) {
    if (node.op === 'Constant') {
      const tensor = attributeOf(node, 'value', 'tensor')?.value
      if (tensor && node.outputs[0]) constants.set(node.outputs[0], tensor)
    }
    const bytes = bytesMade(node, constants)
    if (bytes !== null) limit(nodePlace(node), bytes)
  }
}

/** Bytes of what a node makes from constants alone; null when it does not, or cannot be told. */
function bytesMade(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): number | null {
  const input = (k: number) => constants.get(node.inputs[k] ?? '')
  switch (node.op) {
    case 'ConstantOfShape': {
      const value = attributeOf(node, 'value', 'tensor')?.value
      return multiplied(input(0), value ? bytesOf(value) : 4)
    }
    case 'Expand':
      // The second input is the shape of the result, or of less than the result.
      return multiplied(input(1), input(0) ? bytesOf(input(0) as OnnxTensor) : 1)
    case 'Tile': {
      const tiled = input(0)
      return tiled ? multiplied(input(1), product(tiled.shape) * bytesOf(tiled)) : null
    }
    case 'Range': {
      const [start, limit, delta] = [0, 1, 2].map((k) => numberOf(input(k)))
      if (start === undefined || limit === undefined || !delta) return null
      return Math.max(0, (limit - start) / delta) * 4
    }
    default:
      return null
  }
}

function multiplied(sizes: OnnxTensor | undefined, bytes: number): number | null {
  if (!sizes || sizes.shape.length > 1 || product(sizes.shape) > 100) return null
  const data = sizes.tensor()?.data
  return data ? product(Array.from(data as ArrayLike<number | bigint>, Number)) * bytes : null
}

/** Bytes of one element. */
function bytesOf({ dtype }: OnnxTensor): number {
  return dtype === 'string' ? 8 : elementBits[dtype] / 8
}

function numberOf(tensor: OnnxTensor | undefined): number | undefined {
  if (!tensor || product(tensor.shape) !== 1) return undefined
  const value = tensor.tensor()?.data[0]
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((count, size) => count * Math.abs(size), 1)
}
