import { MillraceError } from '../../core/errors.ts'
import type { Signature } from '../../schema/signature.ts'
import type { Artifact, PrepareContext, PreparedModel } from '../model.ts'
import { readModelProto } from '../onnx-graph/read-model.ts'
import { loadRuntime } from '../onnx-graph/runtime.ts'
import type { SessionOptions } from '../onnx-graph/session.ts'
import { trySession } from '../onnx-graph/trial.ts'
import { writeModelProto } from '../onnx-graph/write-model.ts'
import { type ModelInput, planFeatures } from '../tensors/feature-mapping.ts'
import { type ModelOutput, planPredictions, withBatchAxis } from '../tensors/predictions.ts'
import { checkModel } from './check.ts'
import { describeOnnx, factsOf } from './describe.ts'
import { type EdgedModel, edgeTensors, type InputEdge, type OutputEdge } from './edges.ts'
import { lowerOpset } from './lower-opset.ts'
import type { OnnxOptions } from './options.ts'
import type { OnnxPlan } from './plan.ts'
import { raiseOpset } from './raise-opset.ts'
import { explainRefusal } from './refusal.ts'
import { repairModel } from './repair.ts'
import { madeUpFeeds } from './samples.ts'

/** Reads and checks a model, and tries it in a process of its own. Mostly waits for that process. */
export async function prepareOnnx(
  artifact: Artifact,
  options: OnnxOptions,
  context: PrepareContext,
): Promise<PreparedModel<OnnxPlan>> {
  const { bytes, source } = artifact
  if (bytes.length > context.maxArtifactBytes)
    throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit: context.maxArtifactBytes })
  const original = readModelProto(bytes, source, 'onnx')
  const lowered = lowerOpset(original)
  checkModel(lowered, source)
  const raised = raiseOpset(lowered, source)
  const edged = edgeTensors(raised, source)
  const session = await sessionOptions(options, source)
  const features = planFeatures(options.features, edged.inputs.map(modelInput), source)
  const outputs = withBatchAxis(edged.outputs.map(modelOutput), edged.inputs)
  const predictions = planPredictions(options.outputs, outputs, source, features.plan.rows)
  const file = edged.model === original ? bytes : writeModelProto(edged.model)
  const { model, notes } = await tryOut(edged, file, session, source)
  const signature: Signature = { inputs: features.features, outputs: predictions.features }
  return {
    signature,
    payload: {
      source,
      model: inSharedMemory(model),
      session,
      inputs: edged.inputs,
      outputs: edged.outputs,
      features: features.plan,
      predictions: predictions.plan,
    },
    // The runtime keeps constants once more, in its own memory.
    residentBytes: model.length * 2,
    verification: null,
    samples: features.samples,
    isStateful: false,
    facts: factsOf(original),
    description: describeOnnx(original, signature),
    notes,
  }
}

async function sessionOptions(options: OnnxOptions, source: string): Promise<SessionOptions> {
  const { threads, interOpThreads, executionMode, graphOptimization, providers, freeDimensions } = options
  const known = (await loadRuntime('onnx', source)).listSupportedBackends().map(({ name }) => name)
  for (const provider of providers ?? []) {
    if (known.includes(provider)) continue
    const reason = `there is no execution provider "${provider}" here; known: ${known.join(', ')}`
    throw new MillraceError('MODEL_RUNTIME_REFUSED', { source, runtime: 'onnxruntime', reason })
  }
  return {
    threads,
    interOpThreads,
    executionMode,
    graphOptimization,
    ...(providers ? { providers } : {}),
    ...(freeDimensions ? { freeDimensions } : {}),
  }
}

/**
 * The model as the runtime takes it, and what the trial's run says when it could not be made: made-up inputs may be none that the
 * model takes. What the runtime refuses is repaired where that is possible, and tried again.
 */
async function tryOut(
  { model, inputs }: EdgedModel,
  file: Uint8Array,
  options: SessionOptions,
  source: string,
): Promise<{ readonly model: Uint8Array; readonly notes: string[] }> {
  const feeds = madeUpFeeds(inputs)
  let current = model
  let bytes = file
  for (;;) {
    try {
      const trial = { model: bytes, options, source: { source, format: 'onnx' }, runs: feeds ? [feeds] : [] }
      const { runs } = await trySession(trial)
      return {
        model: bytes,
        notes: runs.flatMap((run) => ('error' in run ? [`on made-up inputs, ${run.error.message}`] : [])),
      }
    } catch (thrown) {
      const repaired = repairModel(current, thrown)
      if (repaired === null) throw explainRefusal(thrown, current, source)
      current = repaired
      bytes = writeModelProto(repaired)
    }
  }
}

function modelInput({ name, dtype, shape }: InputEdge): ModelInput {
  return { name, dtype, shape }
}

function modelOutput(edge: OutputEdge): ModelOutput {
  const { name } = edge
  if (edge.kind === 'maps') return { name, dtype: 'float32', shape: null, kind: 'maps' }
  if (edge.kind === 'sequence')
    return { name, dtype: edge.dtype, shape: null, kind: edge.isFixed ? 'parts' : 'tensors' }
  return { name, dtype: edge.dtype, shape: edge.shape, kind: 'tensor' }
}

/** All scoring threads of a process read one copy. */
function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
