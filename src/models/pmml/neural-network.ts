import { childOf, childrenOf, type DocumentReader } from './document.ts'
import { planExpression } from './expression-plan.ts'
import { openExpression } from './expressions.ts'
import { numberFrom } from './faults.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { type ExpressionPlan, typeNames } from './plan.ts'
import { simplemax, softmax } from './regression.ts'
import type { Scope } from './scope.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

const activations = [
  'threshold',
  'logistic',
  'tanh',
  'identity',
  'exponential',
  'reciprocal',
  'square',
  'Gauss',
  'sine',
  'cosine',
  'Elliott',
  'arctan',
  'rectifier',
  'radialBasis',
] as const
type Activation = (typeof activations)[number]

/** A NeuralNetwork: neurons are numbered inputs first, then layer by layer. */
export interface NeuralPlan {
  readonly kind: 'neural'
  readonly inputs: readonly ExpressionPlan[]
  readonly layers: readonly LayerPlan[]
  readonly outputs: readonly OutputNeuron[]
  /** Further targets of a regression, each with its own output. */
  readonly others: readonly { readonly name: string; readonly slot: number; readonly output: OutputNeuron }[]
  readonly neurons: number
}

interface OutputNeuron {
  /** Target field. */
  readonly field: string
  readonly neuron: number
  /** Id of the neuron: the entity of a classification. */
  readonly id: string
  /** Category index of a NormDiscrete output, or -1. */
  readonly category: number
  /** Points of the output's LinearNorm, from neuron value back to target, or null. */
  readonly orig: readonly number[] | null
  readonly norm: readonly number[]
}

interface LayerPlan {
  readonly activation: Activation
  readonly normalization: 'none' | 'softmax' | 'simplemax'
  readonly threshold: number
  readonly first: number
  readonly bias: Float64Array // [neurons of the layer]
  readonly width: Float64Array // [neurons of the layer], radialBasis only
  readonly altitude: Float64Array // [neurons of the layer], radialBasis only
  readonly starts: Int32Array // [neurons + 1], ranges in from and weight
  readonly from: Int32Array
  readonly weight: Float64Array
}

/** Plans a NeuralNetwork. */
export function planNeural(
  scope: Scope,
  model: XmlElement,
  targets: readonly string[],
  labels: Labels | null,
  labelOf: (text: string) => Cell,
  isColumn: boolean,
): NeuralPlan {
  const { reader } = scope
  const ids = new Map<string, number>()
  const inputs = childrenOf(childOf(model, 'NeuralInputs') ?? model, 'NeuralInput').map((input) => {
    declare(reader, ids, input)
    return planExpression(
      scope,
      childOf(input, 'DerivedField') ?? reader.fault(input, 'element DerivedField is missing'),
      null,
    )
  })
  const layers = childrenOf(model, 'NeuralLayer').map((layer) => planLayer(scope, model, layer, ids))
  const outputs = childrenOf(childOf(model, 'NeuralOutputs') ?? model, 'NeuralOutput').map((output) => {
    const neuron = ids.get(reader.text(output, 'outputNeuron'))
    if (neuron === undefined)
      return reader.fault(output, `neuron "${output.attributes['outputNeuron']}" is not declared`)
    const field = childOf(output, 'DerivedField') ?? reader.fault(output, 'element DerivedField is missing')
    const discrete = childOf(field, 'NormDiscrete')
    const continuous = childOf(field, 'NormContinuous')
    const reference =
      discrete ?? continuous ?? childOf(field, 'FieldRef') ?? reader.unsupported(field, 'this kind of output field')
    const points = continuous ? childrenOf(continuous, 'LinearNorm') : []
    if (continuous && points.length < 2)
      reader.fault(continuous, `has ${points.length} LinearNorm, expected two or more`)
    if (labels && !discrete) reader.unsupported(reference, `element ${reference.name} as an output of a classification`)
    return {
      field: reference.attributes['field'] ?? '',
      neuron,
      id: reader.text(output, 'outputNeuron'),
      category: discrete && labels ? labels.at(labelOf(reader.text(discrete, 'value'))) : -1,
      orig: continuous ? points.map((p) => reader.number(p, 'orig')) : null,
      norm: points.map((p) => reader.number(p, 'norm')),
    }
  })
  if (outputs.length === 0) reader.fault(model, 'element NeuralOutput is missing')
  const others = targets.slice(1).map((name) => {
    const output =
      outputs.find((o) => o.field === name) ?? reader.fault(model, `no NeuralOutput has the target "${name}"`)
    if (labels) reader.unsupported(model, 'several targets of a classification')
    const type = scope.planner.dataFields.get(name)?.facts.type ?? typeNames.double
    const slot = scope.planner.written({ name, type, optype: 'continuous', order: null })
    if (isColumn) scope.planner.column(name, slot, type)
    return { name, slot, output }
  })
  const own = outputs.filter((output) => !others.some((other) => other.output === output))
  if (own.length === 0) reader.fault(model, 'no NeuralOutput has the first target')
  if (!labels && own.length > 1) reader.unsupported(model, `${own.length} NeuralOutputs for one target of a regression`)
  return { kind: 'neural', inputs, layers, outputs: own, others, neurons: ids.size }
}

function declare(reader: DocumentReader, ids: Map<string, number>, neuron: XmlElement): void {
  const id = reader.text(neuron, 'id')
  if (ids.has(id)) reader.fault(neuron, `neuron "${id}" is declared twice`)
  ids.set(id, ids.size)
}

function planLayer(scope: Scope, model: XmlElement, layer: XmlElement, ids: Map<string, number>): LayerPlan {
  const { reader } = scope
  const given = (attribute: string) => (layer.attributes[attribute] !== undefined ? layer : model)
  const elements = childrenOf(layer, 'Neuron')
  const first = ids.size
  const starts: number[] = [0]
  const from: number[] = []
  const weight: number[] = []
  for (const neuron of elements) {
    for (const con of childrenOf(neuron, 'Con')) {
      const source = ids.get(reader.text(con, 'from'))
      if (source === undefined || source >= first)
        reader.fault(con, `neuron "${con.attributes['from']}" is not in an earlier layer`)
      from.push(source as number)
      weight.push(reader.number(con, 'weight'))
    }
    starts.push(from.length)
  }
  for (const neuron of elements) declare(reader, ids, neuron)
  const own = (attribute: string, fallback: number) =>
    Float64Array.from(elements, (n) =>
      reader.number(n, attribute, reader.number(given(attribute), attribute, fallback)),
    )
  return {
    activation: reader.word(given('activationFunction'), 'activationFunction', activations, 'logistic'),
    normalization: reader.word(
      given('normalizationMethod'),
      'normalizationMethod',
      ['none', 'softmax', 'simplemax'],
      'none',
    ),
    threshold: reader.number(given('threshold'), 'threshold', 0),
    first,
    bias: Float64Array.from(elements, (n) => reader.number(n, 'bias', 0)),
    width: own('width', 1),
    altitude: own('altitude', 1),
    starts: Int32Array.from(starts),
    from: Int32Array.from(from),
    weight: Float64Array.from(weight),
  }
}

/** Opens a NeuralNetwork. */
export function openNeural(model: ModelPlan, plan: NeuralPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const inputs = plan.inputs.map((input) => openExpression(input, machine))
  const values = new Float64Array(plan.neurons)
  const layers = plan.layers.map((layer) => openLayer(layer, values))
  const only = plan.outputs[0] as NeuralPlan['outputs'][number]
  const others = plan.others.map((other) => ({ ...other, outcome: new Outcome('number', []) }))
  const run = (): void => {
    outcome.clear()
    for (const other of others) other.outcome.clear()
    for (let i = 0; i < inputs.length; i++) {
      const x = numberFrom((inputs[i] as () => Cell)(), 'element NeuralInput')
      if (Number.isNaN(x)) return
      values[i] = x
    }
    for (let i = 0; i < layers.length; i++) (layers[i] as () => void)()
    if (outcome.kind === 'number') {
      outcome.number = resultOf(only, values)
      for (const other of others) {
        other.outcome.number = resultOf(other.output, values)
        machine.values[other.slot] = other.outcome.value
      }
      return
    }
    outcome.probabilities.fill(0)
    for (const output of plan.outputs)
      if (output.category >= 0) outcome.probabilities[output.category] = values[output.neuron] as number
    outcome.hasProbabilities = true
    outcome.chooseLargest()
    outcome.entity = plan.outputs.find((output) => output.category === outcome.category)?.id
  }
  const member = (_: string | null, name: string | null): RunningModel | null => {
    const found = others.find((other) => other.name === name)
    return found ? { outcome: found.outcome, run } : null
  }
  return { outcome, run, member }
}

function resultOf(output: OutputNeuron, values: Float64Array): number {
  const value = values[output.neuron] as number
  return output.orig ? back(output.orig, output.norm, value) : value
}

/** From a neuron's value back to the target's scale. */
function back(orig: readonly number[], norm: readonly number[], value: number): number {
  let i = 0
  while (i < norm.length - 2 && value > (norm[i + 1] as number)) i++
  const [a, b, x, y] = [orig[i] as number, orig[i + 1] as number, norm[i] as number, norm[i + 1] as number]
  return a + ((value - x) / (y - x)) * (b - a)
}

function openLayer(layer: LayerPlan, values: Float64Array): () => void {
  const { bias, starts, from, weight, first } = layer
  const activate = activationOf(layer)
  const count = bias.length
  const own = values.subarray(first, first + count)
  const isRadial = layer.activation === 'radialBasis'
  return () => {
    for (let n = 0; n < count; n++) {
      const end = starts[n + 1] as number
      let sum = isRadial ? 0 : (bias[n] as number)
      if (isRadial) {
        for (let k = starts[n] as number; k < end; k++)
          sum += ((values[from[k] as number] as number) - (weight[k] as number)) ** 2
        own[n] = radial(sum, layer, n, end - (starts[n] as number))
      } else {
        for (let k = starts[n] as number; k < end; k++)
          sum += (weight[k] as number) * (values[from[k] as number] as number)
        own[n] = activate(sum)
      }
    }
    if (layer.normalization === 'softmax') softmax(own)
    else if (layer.normalization === 'simplemax') simplemax(own)
  }
}

function radial(sum: number, layer: LayerPlan, n: number, fanIn: number): number {
  return Math.exp(fanIn * Math.log(layer.altitude[n] as number) - sum / (2 * (layer.width[n] as number) ** 2))
}

function activationOf(layer: LayerPlan): (x: number) => number {
  const { threshold } = layer
  switch (layer.activation) {
    case 'threshold':
      return (x) => (x > threshold ? 1 : 0)
    case 'logistic':
      return (x) => 1 / (1 + Math.exp(-x))
    case 'tanh':
      return Math.tanh
    case 'exponential':
      return Math.exp
    case 'reciprocal':
      return (x) => 1 / x
    case 'square':
      return (x) => x * x
    case 'Gauss':
      return (x) => Math.exp(-(x * x))
    case 'sine':
      return Math.sin
    case 'cosine':
      return Math.cos
    case 'Elliott':
      return (x) => x / (1 + Math.abs(x))
    case 'arctan':
      return (x) => (2 * Math.atan(x)) / Math.PI
    case 'rectifier':
      return (x) => Math.max(0, x)
    default:
      return (x) => x
  }
}
