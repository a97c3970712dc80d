import { nodePlace, syntaxFault, unsupported } from './faults.ts'
import type { TfAttribute, TfAttributes, TfEndpoint, TfNode, TfShape } from './graph.ts'
import { nodeOfMessage, type RawGraph, shapeOfMessage } from './graph-def.ts'
import type { ArgumentMessage, FunctionMessage } from './graph-messages.ts'
import { outputArgument } from './op-outputs.ts'
import { type TfDtype, tfDtypeOf } from './tf-dtype.ts'

/** A function of the library with its inputs as nodes and outputs; `arguments` are names that nodes may have as inputs. */
export interface FunctionBody {
  readonly name: string
  readonly nodes: ReadonlyMap<string, TfNode>
  readonly arguments: readonly { readonly name: string; readonly dtype: TfDtype | null; readonly shape: TfShape }[]
  readonly results: readonly (TfEndpoint & { readonly name: string; readonly dtype: TfDtype | null })[]
  /** Nodes that run whenever the function runs, as they have effects. */
  readonly effects: readonly string[]
}

/** Bodies of a graph's functions, each made once. */
export class FunctionLibrary {
  readonly #graph: RawGraph
  readonly #bodies = new Map<string, FunctionBody>()

  constructor(graph: RawGraph) {
    this.#graph = graph
  }

  has(name: string): boolean {
    return this.#graph.library.has(name)
  }

  /** The body of `name` for a call with these attributes; null when there is no such function. */
  body(name: string, attributes: TfAttributes): FunctionBody | null {
    const message = this.#graph.library.get(name)
    if (message === undefined) return null
    const known = this.#bodies.get(name)
    if (known) return known
    const { body, isGeneric } = this.#make(name, message, attributes)
    if (!isGeneric) this.#bodies.set(name, body)
    return body
  }

  #make(
    name: string,
    message: FunctionMessage,
    given: TfAttributes,
  ): { readonly body: FunctionBody; readonly isGeneric: boolean } {
    const { origin, library } = this.#graph
    const { source } = origin
    const place = `function ${JSON.stringify(name.slice(0, 200))}`
    const { input_arg: inputs = [], output_arg: outputs = [] } = message.signature ?? {}
    const names = new Set<string>()
    for (const argument of [...inputs, ...outputs])
      if (argument.number_attr !== '' || argument.type_list_attr !== '')
        throw unsupported(source, place, `the list ${JSON.stringify(argument.name)} as an argument`)
    for (const argument of inputs) names.add(argument.name)
    const plain = new Map<string, TfNode>()
    const pending: { readonly node: TfNode; readonly texts: readonly string[] }[] = []
    let isGeneric = false
    for (const item of message.node_def) {
      const texts = item.input.filter((input) => !input.startsWith('^'))
      const node = nodeOfMessage(item, origin, () => ({ node: '', output: 0 }))
      const attributes = substituted(node.attributes, given)
      if (attributes !== node.attributes) isGeneric = true
      if (node.name === '' || plain.has(node.name) || names.has(node.name))
        throw syntaxFault(source, `${place}, ${nodePlace(node)}`, 'there are two nodes of this name')
      const substitute = { ...node, attributes }
      plain.set(node.name, substitute)
      pending.push({ node: substitute, texts })
    }
    const resolve = (text: string, reader: string): TfEndpoint => {
      const endpoint = names.has(text) ? { node: text, output: 0 } : resolved(text, plain, names, library)
      if (endpoint === null)
        throw syntaxFault(
          source,
          `${place}, ${reader}`,
          `its input ${JSON.stringify(text)} is no output of the function`,
        )
      return endpoint
    }
    const nodes = new Map<string, TfNode>()
    for (const { node, texts } of pending)
      nodes.set(node.name, { ...node, inputs: texts.map((text) => resolve(text, nodePlace(node))) })
    const results = outputs.map((argument) => {
      const text = message.ret.get(argument.name)
      if (text === undefined)
        throw syntaxFault(source, place, `nothing gives its output ${JSON.stringify(argument.name)}`)
      return { ...resolve(text, 'the results'), name: argument.name, dtype: dtypeOfArgument(argument, given) }
    })
    const shapes = inputs.map((_, i) => {
      const attributes = message.arg_attr.get(String(i))?.attr
      const [shape] = attributes?.get('_output_shapes')?.list?.shape ?? []
      return shapeOfMessage(shape, source, place)
    })
    const body = {
      name,
      nodes,
      arguments: inputs.map((argument, i) => ({
        name: argument.name,
        dtype: dtypeOfArgument(argument, given),
        shape: shapes[i] ?? null,
      })),
      results,
      effects: [...new Set(message.control_ret.values())].filter((effect) => nodes.has(effect)),
    }
    return { body, isGeneric }
  }
}

function dtypeOfArgument(argument: ArgumentMessage, given: TfAttributes): TfDtype | null {
  if (argument.type_attr === '') return tfDtypeOf(argument.type)
  const attribute = given.get(argument.type_attr)
  return attribute?.kind === 'dtype' ? attribute.value : null
}

/** Attributes with those of the call for placeholders; the same map when there are none. */
function substituted(attributes: TfAttributes, given: TfAttributes): TfAttributes {
  let copy: Map<string, TfAttribute> | null = null
  for (const [name, attribute] of attributes) {
    if (attribute.kind !== 'placeholder') continue
    copy ??= new Map(attributes)
    const value = given.get(attribute.value)
    if (value === undefined) copy.delete(name)
    else copy.set(name, value)
  }
  return copy ?? attributes
}

/** `node:argument:0`, also without the number, or `argument:0` of the function. */
function resolved(
  text: string,
  nodes: ReadonlyMap<string, TfNode>,
  names: ReadonlySet<string>,
  library: RawGraph['library'],
): TfEndpoint | null {
  const [name = '', argument = '', number = '0', ...more] = text.split(':')
  if (more.length > 0 || !/^\d{1,9}$/.test(number)) return null
  const index = Number(number)
  if (names.has(name)) return { node: name, output: 0 }
  const node = nodes.get(name)
  if (node === undefined) return null
  if (/^\d{1,9}$/.test(argument)) return { node: name, output: Number(argument) }
  const called = library.get(node.op)
  if (called) {
    const output = (called.signature?.output_arg ?? []).findIndex((item) => item.name === argument)
    return output < 0 ? null : { node: name, output }
  }
  const found = outputArgument(node.op, argument, node.attributes)
  return found === null || index >= found.count ? null : { node: name, output: found.start + index }
}
