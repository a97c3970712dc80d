import { closest } from '../../config/closest.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { elementCount, type Tensor, tensorArrays } from '../../schema/tensor.ts'
import type { Artifact, PrepareContext, PreparedModel } from '../model.ts'
import { type Trial, trySession } from '../onnx-graph/trial.ts'
import { type ModelInput, planFeatures } from '../tensors/feature-mapping.ts'
import { type ModelOutput, planPredictions, withBatchAxis } from '../tensors/predictions.ts'
import { constantTensor } from './bytes-text.ts'
import { describeTensorflow, factsOf } from './describe.ts'
import { nodePlace, syntaxFault, unsupported } from './faults.ts'
import type { TfProgram } from './graph.ts'
import { inputShape } from './input-shapes.ts'
import { readModelFiles } from './model-files.ts'
import { tfjsOperators } from './ops/tfjs.ts'
import type { TensorflowOptions } from './options.ts'
import type { PlannedSignature, TensorflowPlan } from './plan.ts'
import { SharedMemory } from './shared-memory.ts'
import { defaultSignature, signaturePlace } from './signatures.ts'
import type { TfModel } from './tf-model.ts'
import { loadTfjs } from './tfjs-runtime.ts'
import { translateProgram } from './translate.ts'
import type { Step, Translation } from './translation.ts'
import { openUsable } from './usable-outputs.ts'

/** Reads a model, translates its signatures and tries their graphs in a process of their own. CPU-bound, about 100 ms for small models. */
export async function prepareTensorflow(
  artifact: Artifact,
  options: TensorflowOptions,
  context: PrepareContext,
): Promise<PreparedModel<TensorflowPlan>> {
  const { bytes, source } = artifact
  const { maxArtifactBytes: limit } = context
  if (bytes.length > limit) throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit })
  const { model, notes } = openUsable(readModelFiles({ bytes, source }, limit), options, source)
  const chosen = chosenName(model, options.signature, source)
  const made = await makeSignatures(model, chosen, options, source)
  const { program, translation } = made.get(chosen) as Made
  const inputs = translation.inputs.map(modelInput(program))
  const features = planFeatures(options.features, inputs, source)
  const declared = translation.outputs.map(({ key: name, dtype, shape }): ModelOutput => ({ name, dtype, shape }))
  const outputs = withBatchAxis(declared, inputs)
  const predictions = planPredictions(options.outputs, outputs, source, features.plan.rows)
  const signature = { inputs: features.features, outputs: predictions.features }
  const memory = new SharedMemory()
  const signatures = [...made].map(
    ([name, one]): PlannedSignature =>
      'refusal' in one ? { name, refusal: one.refusal } : { name, translation: memory.translation(one.translation) },
  )
  const variables = startingVariables(model, [...made.values()], memory)
  const results = model.signatures.map((one) => {
    const found = made.get(one.name) as Made | Refused
    return 'refusal' in found ? { signature: one, error: found.refusal } : { signature: one, program: found.program }
  })
  return {
    signature,
    payload: {
      source,
      session: { threads: options.threads },
      chosen,
      signatures,
      variables,
      features: features.plan,
      predictions: predictions.plan,
    },
    residentBytes: memory.bytes,
    verification: null,
    samples: variables.length > 0 ? [] : features.samples,
    isStateful: variables.length > 0,
    facts: factsOf(model, program),
    description: describeTensorflow(results, program, signature),
    notes: [
      ...notes,
      ...[...made].flatMap(([name, one]) => ('refusal' in one ? [] : tfjsNote(name, one.translation))),
      ...signatures.flatMap((one) =>
        'refusal' in one ? [`signature "${one.name}" cannot be run: ${one.refusal}`] : [],
      ),
    ],
  }
}

interface Made {
  readonly program: TfProgram
  readonly translation: Translation
}

interface Refused {
  readonly refusal: string
}

function chosenName(model: TfModel, given: string | undefined, source: string): string {
  const names = model.signatures.map(({ name }) => name)
  if (given === undefined) return (defaultSignature(model.signatures) ?? { name: '' }).name
  if (names.includes(given)) return given
  throw syntaxFault(
    source,
    'option "signature"',
    `the model has no signature "${given}"${closest(given, names)}; it has ${names.slice(0, 20).join(', ')}`,
  )
}

/**
 * All signatures by name, translated and tried. What is wrong with the chosen one is thrown; another one is refused alone, and the
 * variables that it alone would change are constants then.
 */
async function makeSignatures(
  model: TfModel,
  chosen: string,
  options: TensorflowOptions,
  source: string,
): Promise<ReadonlyMap<string, Made | Refused>> {
  const refused = new Map<string, Refused>()
  for (;;) {
    const made = new Map<string, Made>()
    const before = refused.size
    for (const result of model.programs(new Set(refused.keys()))) {
      const { name } = result.signature
      try {
        if ('error' in result) throw result.error
        const translation = translateProgram(result.program, source)
        await tryOut(translation, options, source)
        made.set(name, { program: result.program, translation })
      } catch (thrown) {
        const error = asModelError(thrown, source, signaturePlace(result.signature))
        if (name === chosen) throw error
        refused.set(name, { refusal: error.message })
      }
    }
    const isSettled = refused.size === before || ![...made.values()].some(({ program }) => program.state.length > 0)
    if (isSettled)
      return new Map(model.signatures.map(({ name }) => [name, made.get(name) ?? (refused.get(name) as Refused)]))
  }
}

/** What is no error of the catalogue is a form of file that nobody thought of: a refusal, with what was found. */
function asModelError(thrown: unknown, source: string, place: string): MillraceError {
  return thrown instanceof MillraceError
    ? thrown
    : unsupported(source, place, `a form that is not understood (${reasonOf(thrown)})`)
}

/** Makes sessions of all graphs elsewhere; a graph that is all of its signature is run there too. */
async function tryOut(translation: Translation, options: TensorflowOptions, source: string): Promise<void> {
  const [only] = translation.steps
  if (tfjsNodes(translation).length > 0) await loadTfjs(source)
  for (const step of graphsOf(translation.steps)) {
    const feeds = step === only && translation.steps.length === 1 ? madeUpFeeds(translation, step) : null
    const trial: Trial = {
      model: step.model,
      options: { threads: options.threads },
      source: { source, format: 'tensorflow' },
      runs: feeds ? [feeds] : [],
    }
    await trySession(trial)
  }
}

/** Nodes that people are shown. */
const maxNodes = 5

/** Says which nodes are run by tfjs, since it is slow: in JavaScript, on one thread. */
function tfjsNote(name: string, translation: Translation): string[] {
  const nodes = tfjsNodes(translation)
  if (nodes.length === 0) return []
  const shown = nodes.slice(0, maxNodes).map(nodePlace).join(', ')
  const others = nodes.length > maxNodes ? ` and ${nodes.length - maxNodes} more` : ''
  const where = name === '' ? '' : `signature "${name}": `
  return [`${where}run by tfjs, which is slower, for want of a translation: ${shown}${others}`]
}

function tfjsNodes({ steps }: Translation): { readonly name: string; readonly op: string }[] {
  return steps.flatMap((step) => {
    if (step.kind === 'graph') return []
    if (step.kind === 'kernel') return tfjsOperators.has(step.node.op) ? [step.node] : []
    return step.bodies.flatMap(tfjsNodes)
  })
}

type GraphStep = Extract<Step, { kind: 'graph' }>

function graphsOf(steps: readonly Step[]): GraphStep[] {
  return steps.flatMap((step) => {
    if (step.kind === 'graph') return [step]
    return step.kind === 'kernel' ? [] : step.bodies.flatMap((body) => graphsOf(body.steps))
  })
}

/** Inputs above this many elements are not made up. */
const maxElements = 2 ** 22

/** Inputs to try a graph on: open sizes are 1. Null when they are not known, or would be too large. */
function madeUpFeeds({ inputs }: Translation, step: GraphStep): Record<string, Tensor> | null {
  const feeds: Record<string, Tensor> = {}
  for (const { name, slot } of step.inputs) {
    const port = inputs.find((input) => input.slot === slot)
    if (port === undefined || port.shape === null || port.dtype === 'string') return null
    const shape = port.shape.map((size) => size ?? 1)
    if (elementCount(shape) > maxElements) return null
    feeds[name] = { dtype: port.dtype, shape, data: new tensorArrays[port.dtype](elementCount(shape)) }
  }
  return feeds
}

function modelInput(program: TfProgram): (port: Translation['inputs'][number], index: number) => ModelInput {
  return ({ key: name, dtype }, index) => {
    const port = program.signature.inputs[index]
    return { name, dtype, shape: port ? inputShape(port, program) : null }
  }
}

function startingVariables(
  model: TfModel,
  made: readonly (Made | Refused)[],
  memory: SharedMemory,
): TensorflowPlan['variables'] {
  const names = new Set(
    made.flatMap((one) => ('refusal' in one ? [] : one.program.state.map(({ variable }) => variable))),
  )
  return [...names].map((name) => {
    const value = model.initialValue(name)
    const tensor = value && constantTensor(value)
    if (!tensor) throw unsupported('the model', `variable "${name}"`, `values of ${value?.dtype ?? 'no type'}`)
    return { name, value: memory.tensor(tensor) }
  })
}
