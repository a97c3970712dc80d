import type { OnnxModel } from '../onnx-graph/graph.ts'

/** What onnxruntime 1.30 takes, and what this makes of newer files. */
const taken = { opset: 26, irVersion: 13 } as const
const newest = { opset: 28, irVersion: 14 } as const

/**
 * A model of opset 27 or 28 as one of opset 26, and of IR version 14 as one of 13. The newer ones add operators, element types and attributes
 * (which the runtime then refuses by name) and take back none: what is left means the same (schemas of ONNX 1.23, whose writer stamps them on
 * every model by default). Other models are returned as they are.
 */
export function lowerOpset(model: OnnxModel): OnnxModel {
  const opset = model.opsets.get('') ?? 0
  const isOpset = opset > taken.opset && opset <= newest.opset
  const isIr = model.irVersion > taken.irVersion && model.irVersion <= newest.irVersion
  if (!isOpset && !isIr) return model
  return {
    ...model,
    opsets: isOpset ? new Map(model.opsets).set('', taken.opset) : model.opsets,
    irVersion: isIr ? taken.irVersion : model.irVersion,
  }
}
