import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { Tensor } from '../../schema/tensor.ts'
import { type OnnxSession, openSession, type SessionOptions } from '../onnx-graph/session.ts'
import { innerTensor, outerTensor } from './bytes-text.ts'
import { nodePlace } from './faults.ts'
import { type Kernel, KernelFault } from './ops/operator.ts'
import { operators } from './ops/registry.ts'
import { tfjsOperators } from './ops/tfjs.ts'
import { loadTfjs } from './tfjs-runtime.ts'
import type { Step, Translation } from './translation.ts'

/** Values of variables by name; kept by whoever runs pipelines. */
export type Variables = Map<string, Tensor>

/** Loops that do not end by themselves are ended. */
const maxIterations = 1e6

type Run = (values: (Tensor | undefined)[]) => void

/** A translated signature, ready to run on this thread. */
export class Pipeline {
  readonly #translation: Translation
  readonly #sessions: OnnxSession[] = []
  readonly #steps: Run[] = []
  readonly #constants: readonly (Tensor | undefined)[]

  private constructor(translation: Translation) {
    this.#translation = translation
    const constants = new Array<Tensor | undefined>(translation.slots)
    for (const { slot, tensor } of translation.constants) constants[slot] = tensor
    this.#constants = constants
  }

  /** Opens a session per ONNX graph. Rejects with MODEL_RUNTIME_MISSING or MODEL_RUNTIME_REFUSED. */
  static async open(translation: Translation, options: SessionOptions, source: string): Promise<Pipeline> {
    const pipeline = new Pipeline(translation)
    try {
      for (const step of translation.steps) pipeline.#steps.push(await pipeline.#open(step, options, source))
    } catch (thrown) {
      pipeline.release()
      throw thrown
    }
    return pipeline
  }

  /**
   * Runs the signature: tensors by the keys of its inputs to tensors by the keys of its outputs. Variables are changed once all is
   * computed. Throws MODEL_RUN_ERROR.
   */
  run(inputs: Readonly<Record<string, Tensor>>, variables: Variables): Record<string, Tensor> {
    const { states, outputs } = this.#translation
    const values = this.#constants.slice()
    for (const { key, slot, dtype } of this.#translation.inputs) {
      if (slot < 0) continue
      const tensor = Object.hasOwn(inputs, key) ? inputs[key] : undefined
      if (!tensor) throw new MillraceError('MODEL_RUN_ERROR', { reason: `input "${key}" is missing` })
      if (tensor.dtype !== dtype)
        throw new MillraceError('MODEL_RUN_ERROR', {
          reason: `input "${key}" is of ${tensor.dtype}, expected ${dtype}`,
        })
      values[slot] = dtype === 'string' ? innerTensor(tensor) : tensor
    }
    for (const { variable, input } of states) if (input >= 0) values[input] = variables.get(variable)
    this.#run(values)
    for (const { variable, output } of states) variables.set(variable, values[output] as Tensor)
    const results: Record<string, Tensor> = {}
    for (const { key, slot } of outputs) results[key] = outerTensor(values[slot] as Tensor)
    return results
  }

  /** Gives native memory back; idempotent. */
  release(): void {
    for (const session of this.#sessions.splice(0)) session.release()
  }

  #run(values: (Tensor | undefined)[]): void {
    const steps = this.#steps
    for (let i = 0; i < steps.length; i++) (steps[i] as Run)(values)
  }

  /** Runs as the body of control flow: values in the order of the arguments. */
  #call(args: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    const values = this.#constants.slice()
    this.#translation.inputs.forEach(({ slot }, i) => {
      if (slot >= 0) values[slot] = args[i]
    })
    this.#run(values)
    return this.#translation.outputs.map(({ slot }) => values[slot])
  }

  async #open(step: Step, options: SessionOptions, source: string): Promise<Run> {
    switch (step.kind) {
      case 'graph': {
        const session = await openSession(step.model, options, { source, format: 'tensorflow' })
        this.#sessions.push(session)
        return runGraph(session, step)
      }
      case 'kernel':
        return runKernel(step, await kernelOf(step.node.op, source))
      case 'branch':
      case 'loop': {
        const bodies: Pipeline[] = []
        for (const body of step.bodies) {
          const pipeline = await Pipeline.open(body, options, source)
          bodies.push(pipeline)
          this.#sessions.push(...pipeline.#sessions)
        }
        const calls = bodies.map((body) => (args: readonly (Tensor | undefined)[]) => body.#call(args))
        return step.kind === 'branch' ? runBranch(step, calls) : runLoop(step, calls)
      }
      default:
        return step satisfies never
    }
  }
}

type Call = (args: readonly (Tensor | undefined)[]) => (Tensor | undefined)[]

function runGraph(session: OnnxSession, { inputs, outputs }: Extract<Step, { kind: 'graph' }>): Run {
  return (values) => {
    const feeds: Record<string, Tensor> = {}
    for (const { name, slot } of inputs) feeds[name] = values[slot] as Tensor
    const results = session.runNow(feeds)
    for (const { name, slot } of outputs) values[slot] = results[name]
  }
}

async function kernelOf(op: string, source: string): Promise<Kernel> {
  const own = operators.get(op)?.evaluate
  if (own) return own
  const fallback = tfjsOperators.get(op)
  if (!fallback) throw new Error(`there is no kernel of ${op}`)
  const tfjs = await loadTfjs(source)
  return (node, inputs) => tfjs.tidy(() => fallback.evaluate(tfjs, node, inputs))
}

function runKernel({ node, inputs, outputs }: Extract<Step, { kind: 'kernel' }>, evaluate: Kernel): Run {
  return (values) => {
    let results: readonly Tensor[]
    try {
      results = evaluate(
        node,
        inputs.map((slot) => values[slot] as Tensor),
      )
    } catch (thrown) {
      if (thrown instanceof MillraceError) throw thrown
      const reason = thrown instanceof KernelFault ? thrown.message : reasonOf(thrown)
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `${nodePlace(node)}: ${reason}` }, thrown)
    }
    outputs.forEach((slot, i) => {
      if (slot >= 0) values[slot] = results[i]
    })
  }
}

function isTrue(tensor: Tensor | undefined): boolean {
  const value = tensor?.data[0]
  return typeof value === 'string' ? value !== '' : Number(value) !== 0
}

function runBranch(
  { node, inputs, outputs }: Extract<Step, { kind: 'branch' | 'loop' }>,
  bodies: readonly Call[],
): Run {
  const isCase = node.op.endsWith('Case')
  return (values) => {
    const [chooser, ...args] = inputs.map((slot) => values[slot])
    const index = Number((chooser as Tensor).data[0])
    const last = bodies.length - 1
    const choice = isCase ? (index >= 0 && index < last ? index : last) : isTrue(chooser) ? 1 : 0
    const results = (bodies[choice] as Call)(args)
    outputs.forEach((slot, i) => {
      if (slot >= 0) values[slot] = results[i] as Tensor
    })
  }
}

function runLoop({ node, inputs, outputs }: Extract<Step, { kind: 'branch' | 'loop' }>, bodies: readonly Call[]): Run {
  const [condition, body] = bodies as readonly [Call, Call]
  return (values) => {
    let args = inputs.map((slot) => values[slot])
    for (let i = 0; isTrue(condition(args)[0]); i++) {
      if (i === maxIterations)
        throw new MillraceError('MODEL_RUN_ERROR', {
          reason: `${nodePlace(node)}: it does not end after ${maxIterations} rounds`,
        })
      args = body(args)
    }
    outputs.forEach((slot, i) => {
      if (slot >= 0) values[slot] = args[i]
    })
  }
}
