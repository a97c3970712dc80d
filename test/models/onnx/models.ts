import { type LoadOptions, loadModel, type Model } from '../../../src/load-model.ts'
import { GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import type { OnnxModel } from '../../../src/models/onnx-graph/graph.ts'
import { readModelProto } from '../../../src/models/onnx-graph/read-model.ts'
import { writeModelProto } from '../../../src/models/onnx-graph/write-model.ts'
import type { Tensor } from '../../../src/schema/tensor.ts'

/** Versions that a made model says. */
export interface Versions {
  readonly opset?: number
  readonly irVersion?: number
  readonly ml?: number
}

/** The bytes of a model whose graph `build` makes. */
export function bytesOf(build: (graph: GraphBuilder) => void, { opset = 21, irVersion = 10, ml = 3 }: Versions = {}) {
  const graph = new GraphBuilder()
  build(graph)
  const opsets = new Map([
    ['', opset],
    ['ai.onnx.ml', ml],
  ])
  return writeModelProto({ irVersion, opsets, graph: graph.finish() })
}

/** The same, read. */
export function modelOf(build: (graph: GraphBuilder) => void, versions: Versions = {}): OnnxModel {
  return readModelProto(bytesOf(build, versions), 'm.onnx')
}

/** Loads a made model. */
export function load(
  build: (graph: GraphBuilder) => void,
  options: LoadOptions['options'] = {},
  versions: Versions = {},
): Promise<Model> {
  return loadModel(bytesOf(build, versions), { format: 'onnx', options })
}

/** A tensor of 32-bit floats. */
export function floats(shape: readonly number[], ...data: number[]): Tensor {
  return { dtype: 'float32', shape, data: Float32Array.from(data) }
}
