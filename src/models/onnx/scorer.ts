import type { TensorValue } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { type OnnxSession, openSession } from '../onnx-graph/session.ts'
import { openFeatures } from '../tensors/feature-mapping.ts'
import { openPredictions } from '../tensors/predictions.ts'
import { scoreTensors, type TensorModel } from '../tensors/score-tensors.ts'
import { openInputs, openOutputs } from './feeds.ts'
import type { OnnxPlan } from './plan.ts'

/** Makes a session of a checked model. Native code builds and optimises the graph: milliseconds for models of some MB. */
export async function openOnnx(prepared: PreparedModel<OnnxPlan>): Promise<Scorer> {
  const { model, session, source } = prepared.payload
  return new OnnxScorer(prepared, await openSession(model, session, { source, format: 'onnx' }))
}

class OnnxScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #session: OnnxSession
  readonly #model: TensorModel
  readonly #runNow: (inputs: Readonly<Record<string, TensorValue>>) => Readonly<Record<string, TensorValue>>

  constructor({ signature, payload }: PreparedModel<OnnxPlan>, session: OnnxSession) {
    this.signature = signature
    this.#session = session
    const toGraph = openInputs(payload.inputs)
    const fromGraph = openOutputs(payload.outputs)
    this.#runNow = (inputs) => fromGraph(session.runNow(toGraph(inputs)))
    this.#model = {
      features: openFeatures(payload.features, { isReused: true }),
      writer: openPredictions(payload.predictions),
      run: this.#runNow,
    }
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    return scoreTensors(records, this.#model)
  }

  async run(inputs: Readonly<Record<string, TensorValue>>): Promise<Readonly<Record<string, TensorValue>>> {
    return this.#runNow(inputs)
  }

  close(): void {
    this.#session.release()
  }
}
