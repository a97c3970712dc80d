import { MillraceError } from '../../core/errors.ts'
import { attribute } from '../onnx-graph/builder.ts'
import { attributeOf, type OnnxGraph, type OnnxModel, type OnnxNode } from '../onnx-graph/graph.ts'
import { OnnxTensor } from '../onnx-graph/onnx-tensor.ts'
import { namesOf } from './names.ts'

/**
 * A model that says the same in operators that this machine's runtime has, or null when the refusal is about something else:
 *
 * - StringNormalizer asks for the locale `en_US.UTF-8`, which small systems lack; `C.UTF-8` changes case in the same way.
 * - Imputer has no implementation for doubles; Where and IsNaN have.
 */
export function repairModel(model: OnnxModel, refusal: unknown): OnnxModel | null {
  if (!(refusal instanceof MillraceError) || refusal.code !== 'MODEL_RUNTIME_REFUSED') return null
  const reason = String(refusal.parameters['reason'])
  if (/locale/i.test(reason)) return withNodes(model, (node) => (needsLocale(node) ? [plainLocale(node)] : null))
  if (/implementation for Imputer\(/.test(reason)) return withoutImputers(model)
  return null
}

/** The model with some nodes replaced; null when none is. */
function withNodes(
  model: OnnxModel,
  replace: (node: OnnxNode) => readonly OnnxNode[] | null,
  constants: readonly OnnxTensor[] = [],
): OnnxModel | null {
  let isChanged = false
  const nodes = model.graph.nodes.flatMap((node) => {
    const replaced = replace(node)
    isChanged ||= replaced !== null
    return replaced ?? [node]
  })
  if (!isChanged) return null
  const graph: OnnxGraph = { ...model.graph, nodes, initializers: [...model.graph.initializers, ...constants] }
  return { ...model, graph }
}

const plain = 'C.UTF-8'

function needsLocale(node: OnnxNode): boolean {
  return node.op === 'StringNormalizer' && attributeOf(node, 'locale', 'text')?.value !== plain
}

function plainLocale(node: OnnxNode): OnnxNode {
  return { ...node, attributes: new Map(node.attributes).set('locale', attribute.text(plain)), raw: null }
}

/** `x` where it is a number, the column's own number where it is the one that stands for missing. */
function withoutImputers(model: OnnxModel): OnnxModel | null {
  const names = namesOf(model.graph)
  const constants: OnnxTensor[] = []
  const fresh = (hint: string): string => {
    let name = hint
    for (let i = 1; names.has(name); i++) name = `${hint}_${i}`
    names.add(name)
    return name
  }
  const constant = (hint: string, values: readonly number[]): string => {
    const name = fresh(hint)
    const shape = values.length === 1 ? [] : [1, values.length]
    constants.push(OnnxTensor.of(name, { dtype: 'float64', shape, data: Float64Array.from(values) }))
    return name
  }
  return withNodes(
    model,
    (node) => {
      const values = attributeOf(node, 'imputed_value_floats', 'floats')?.value
      if (node.op !== 'Imputer' || node.domain !== 'ai.onnx.ml' || !values) return null
      const [x = ''] = node.inputs
      const [y = ''] = node.outputs
      const replaced = attributeOf(node, 'replaced_value_float', 'float')?.value ?? 0
      const isMissing = fresh(`${y}_is_missing`)
      const made = (op: string, inputs: readonly string[], output: string): OnnxNode => ({
        ...{ name: output, op, domain: '', overload: '', inputs, outputs: [output], attributes: new Map(), raw: null },
      })
      const test = Number.isNaN(replaced)
        ? made('IsNaN', [x], isMissing)
        : made('Equal', [x, constant(`${y}_missing`, [replaced])], isMissing)
      return [test, made('Where', [isMissing, constant(`${y}_imputed`, Array.from(values)), x], y)]
    },
    constants,
  )
}
