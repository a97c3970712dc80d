import { endpointText, type TfNode, type TfProgram } from '../../src/models/tensorflow/graph.ts'
import { graphType } from '../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../src/models/tensorflow/message-text.ts'
import type { ModelFiles } from '../../src/models/tensorflow/model-files.ts'
import { savedModelType } from '../../src/models/tensorflow/saved-model-messages.ts'
import { type ModelChoice, openModel, type TfModel } from '../../src/models/tensorflow/tf-model.ts'

/** Files of a SavedModel whose message is given as text; `meta` stands inside one MetaGraphDef. */
export function savedModel(meta: string, files: Readonly<Record<string, Uint8Array>> = {}): ModelFiles {
  return savedModels(`meta_graphs { ${meta} }`, files)
}

/** The same with several graphs. */
export function savedModels(text: string, files: Readonly<Record<string, Uint8Array>> = {}): ModelFiles {
  return { kind: 'savedModel', message: readText(savedModelType, text), read: (path) => files[path] ?? null }
}

/** Files of a graph that is given as text. */
export function plainGraph(text: string): ModelFiles {
  return { kind: 'graph', message: readText(graphType, text) }
}

export function opened(files: ModelFiles, choice: ModelChoice = {}): TfModel {
  return openModel(files, choice, 'm')
}

/** The program of a signature, by default of the only one. Throws what makes it impossible. */
export function programOf(files: ModelFiles, name?: string, choice: ModelChoice = {}): TfProgram {
  const results = opened(files, choice).programs(new Set())
  const found = results.find(({ signature }) => name === undefined || signature.name === name)
  if (found === undefined) throw new Error(`no signature ${name}`)
  if ('error' in found) throw found.error
  return found.program
}

/** Nodes as `Op(input, input)`, by name. */
export function nodesOf(nodes: ReadonlyMap<string, TfNode>): Record<string, string> {
  const shown = (node: TfNode) =>
    `${node.op}(${[...node.inputs.map(endpointText), ...node.controls.map((c) => `^${c}`)].join(', ')})`
  return Object.fromEntries([...nodes].map(([name, node]) => [name, shown(node)]))
}

/** One node of a GraphDef in text. Example: `n('y', 'Mul', ['x', 'a'], 'attr…')`. */
export function n(name: string, op: string, inputs: readonly string[] = [], attributes = ''): string {
  return `node { name: "${name}" op: "${op}" ${inputs.map((input) => `input: "${input}"`).join(' ')} ${attributes} }`
}

/** One node of a function in text. */
export function f(name: string, op: string, inputs: readonly string[] = [], attributes = ''): string {
  return n(name, op, inputs, attributes).replace(/^node /, 'node_def ')
}

export const type = (name: string, dtype: string) => `attr { key: "${name}" value { type: ${dtype} } }`
export const floats = (...values: number[]) =>
  `attr { key: "value" value { tensor { dtype: DT_FLOAT ${values.map((value) => `float_val: ${value}`).join(' ')} tensor_shape { ${values.length > 1 ? `dim { size: ${values.length} }` : ''} } } } }`
export const texts = (...values: string[]) =>
  `attr { key: "value" value { tensor { dtype: DT_STRING ${values.map((value) => `string_val: "${value}"`).join(' ')} tensor_shape { dim { size: ${values.length} } } } } }`
export const calls = (name: string, key = 'f') => `attr { key: "${key}" value { func { name: "${name}" } } }`

/** A signature in text: names of tensors by key. */
export function signature(
  name: string,
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): string {
  const infos = (field: string, ports: Readonly<Record<string, string>>) =>
    Object.entries(ports)
      .map(([key, tensor]) => `${field} { key: "${key}" value { name: "${tensor}" dtype: DT_FLOAT } }`)
      .join(' ')
  return `signature_def { key: "${name}" value { ${infos('inputs', inputs)} ${infos('outputs', outputs)} method_name: "tensorflow/serving/predict" } }`
}
