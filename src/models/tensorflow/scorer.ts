import { closest } from '../../config/closest.ts'
import { MillraceError } from '../../core/errors.ts'
import { halfValue } from '../../schema/half.ts'
import type { Tensor, TensorValue } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { openFeatures } from '../tensors/feature-mapping.ts'
import { openPredictions } from '../tensors/predictions.ts'
import { scoreTensors, type TensorModel } from '../tensors/score-tensors.ts'
import { Pipeline, type Variables } from './pipeline.ts'
import type { TensorflowPlan } from './plan.ts'

/** Opens the signature that records are scored with; the others are opened when they are first run. */
export async function openTensorflow(prepared: PreparedModel<TensorflowPlan>): Promise<Scorer> {
  const scorer = new TensorflowScorer(prepared)
  await scorer.open()
  return scorer
}

class TensorflowScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #plan: TensorflowPlan
  readonly #model: TensorModel
  /** Variables that signatures change: one state for all of them, as in a session of TensorFlow. */
  readonly #variables: Variables
  readonly #pipelines = new Map<string, Promise<Pipeline>>()
  #chosen: Pipeline | null = null
  #isClosed = false

  constructor({ signature, payload }: PreparedModel<TensorflowPlan>) {
    this.signature = signature
    this.#plan = payload
    this.#variables = new Map(payload.variables.map(({ name, value }) => [name, value]))
    const isStateful = this.#variables.size > 0
    this.#model = {
      // A variable may keep the tensor that it is assigned.
      features: openFeatures(payload.features, { isReused: !isStateful }),
      writer: openPredictions(payload.predictions),
      run: (feeds) => (this.#chosen as Pipeline).run(feeds, this.#variables),
      isStateful,
    }
  }

  async open(): Promise<void> {
    this.#chosen = await this.#pipeline(this.#plan.chosen)
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    if (!this.#model.isStateful || records.length === 1) return scoreTensors(records, this.#model)
    // How records are batched must not show in what they leave behind: one run per record.
    const predictions: (RecordValue | null)[] = []
    const errors = new Map<number, MillraceError>()
    records.forEach((record, i) => {
      const one = scoreTensors([record], this.#model)
      predictions.push(one.predictions[0] ?? null)
      const error = one.errors?.get(0)
      if (error) errors.set(i, error)
    })
    return { predictions, errors: errors.size > 0 ? errors : null }
  }

  async run(
    inputs: Readonly<Record<string, TensorValue>>,
    signature = this.#plan.chosen,
  ): Promise<Readonly<Record<string, TensorValue>>> {
    const pipeline = await this.#pipeline(signature)
    const outputs = Object.entries(pipeline.run(tensorsOf(inputs), this.#variables))
    return Object.fromEntries(outputs.map(([name, tensor]) => [name, withoutHalves(tensor)]))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const pipeline of this.#pipelines.values())
      void pipeline.then(
        (one) => one.release(),
        () => {},
      )
  }

  #pipeline(name: string): Promise<Pipeline> {
    const known = this.#pipelines.get(name)
    if (known) return known
    const { signatures, session, source } = this.#plan
    const found = signatures.find((one) => one.name === name)
    if (found === undefined) {
      const names = signatures.map((one) => one.name)
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `there is no signature "${name}"${closest(name, names)}` })
    }
    if ('refusal' in found)
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `signature "${name}" cannot be run: ${found.refusal}` })
    const opening = Pipeline.open(found.translation, session, source)
    this.#pipelines.set(name, opening)
    // A session that could not be made may be tried again.
    opening.catch(() => this.#pipelines.delete(name))
    return opening
  }
}

/** Tensors by the names of inputs: `x:0` is `x`. */
function tensorsOf(inputs: Readonly<Record<string, TensorValue>>): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, value] of Object.entries(inputs)) {
    if ('type' in value)
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `input "${name}" is a sequence, expected a tensor` })
    tensors[name] = value
    if (name.endsWith(':0')) tensors[name.slice(0, -2)] ??= value
  }
  return tensors
}

/** 16-bit floats as the 32-bit ones that they are, as the format onnx gives them: their bits are no numbers. */
function withoutHalves(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float16') return tensor
  return { ...tensor, dtype: 'float32', data: Float32Array.from(tensor.data as Uint16Array, halfValue) }
}
