import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readFileOrFolder } from '../../src/core/file-or-folder.ts'
import { GraphBuilder } from '../../src/models/onnx-graph/builder.ts'
import { writeModelProto } from '../../src/models/onnx-graph/write-model.ts'
import { linear, NUMBERS } from './events.ts'

/** Nodes of the layers of Crayfish's feed-forward network. */
const LAYERS = [NUMBERS, 32, 32, 32, 32, 10]
const shared = new URL('../../../shared/conformance/', import.meta.url)
const onnx = new URL('onnx/crayfish-ffnn/model.onnx', shared)
const savedModel = new URL('tensorflow/crayfish-ffnn/', shared)

/** Crayfish's network where the corpus is beside the project, else one of the same size with weights of its own. */
export function onnxNetwork(): Uint8Array {
  return existsSync(onnx) ? readFileSync(onnx) : ownNetwork()
}

/** The same as TensorFlow's SavedModel, with inputs and outputs that TensorFlow itself computed; null without the corpus. */
export async function tensorflowNetwork() {
  if (!existsSync(savedModel)) return null
  const [vectors] = JSON.parse(readFileSync(new URL('vectors.json', savedModel), 'utf8')) as [Vectors]
  return {
    bytes: await readFileOrFolder(fileURLToPath(new URL('model', savedModel)), 1e8),
    inputs: Float32Array.from(Object.values(vectors.inputs)[0]?.data ?? []), // [rows, 784]
    outputs: Float32Array.from(Object.values(vectors.outputs)[0]?.data ?? []), // [rows, 10]
  }
}

interface Vectors {
  readonly inputs: Readonly<Record<string, { readonly data: readonly number[] }>>
  readonly outputs: Readonly<Record<string, { readonly data: readonly number[] }>>
}

/** Input `input` of shape [batch, 1, 784], output `output` of shape [batch, 10], four hidden layers of 32 with ReLU. */
function ownNetwork(): Uint8Array {
  const random = linear(31)
  const graph = new GraphBuilder('ffnn')
  const weights = (shape: readonly number[], scale: number) => {
    const size = shape.reduce((product, n) => product * n, 1)
    return {
      dtype: 'float32',
      shape,
      data: Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale),
    } as const
  }
  const input = graph.input('input', 'float32', [null, 1, NUMBERS])
  let values = graph.node('Reshape', [input, graph.ints([-1, NUMBERS])])
  for (let layer = 1; layer < LAYERS.length; layer++) {
    const [from, to] = [LAYERS[layer - 1] as number, LAYERS[layer] as number]
    const product = graph.node('MatMul', [values, graph.constant(weights([from, to], Math.sqrt(3 / from)))])
    const sum = graph.node('Add', [product, graph.constant(weights([to], 0.1))])
    const isLast = layer === LAYERS.length - 1
    values = isLast ? graph.node('Identity', [sum], {}, { outputs: ['output'] }) : graph.node('Relu', [sum])
  }
  graph.output(values, 'float32', [null, 10])
  return writeModelProto({ irVersion: 8, opsets: new Map([['', 14]]), graph: graph.finish() })
}
