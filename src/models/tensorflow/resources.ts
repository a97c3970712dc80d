import type { ConstantReader } from './constant-reader.ts'
import { nodePlace, syntaxFault, unsupported } from './faults.ts'
import type { FlatGraph, FlatNode } from './flatten.ts'
import type { TfEndpoint, TfTable, TfTensor } from './graph.ts'
import { dtypeOf, intOf, textOf } from './node-attributes.ts'
import { assignments, tableOps, variableOps } from './operator-kinds.ts'
import type { TensorBundle } from './tensor-bundle.ts'
import { tableOfFile } from './vocabulary.ts'

/** Name of the variable or table that a node makes: nodes of one shared name make one. */
export function resourceName(node: FlatNode): string {
  const shared = textOf(node, 'shared_name', '')
  const container = textOf(node, 'container', '')
  const name = shared === '' ? node.name : shared
  return container === '' ? name : `${container}|${name}`
}

export function isVariable({ op }: FlatNode): boolean {
  return Object.hasOwn(variableOps, op)
}

/** Nodes that may fill variables and tables, and what they depend on. */
export interface Start {
  readonly graph: FlatGraph
  readonly reader: ConstantReader
}

/** A file of the model. */
export interface ResourceAsset {
  readonly path: string
  read(): Uint8Array | null
}

/** Where the values of variables and the contents of tables come from. */
export interface ResourceSources {
  readonly source: string
  /** What runs before a model serves, in this order: restoring of variables, initialisation. */
  readonly start: Start
  /** What could do so, of models that do not say: all assignments and fillers. Of the assignments only restoring counts. */
  readonly loose: Start
  readonly bundle: TensorBundle | null
  /** Files below `assets/` by the name of the node that is fed with their path. */
  readonly assets: ReadonlyMap<string, ResourceAsset>
}

/** Values of variables and contents of tables, found by following what runs before a model serves. */
export class Resources {
  readonly #sources: ResourceSources
  /** Values in the order in which they are assigned; the last one that can be computed counts. */
  readonly #assigned = new Map<string, { readonly endpoint: TfEndpoint; readonly reader: ConstantReader }[]>()
  readonly #fillers = new Map<string, { readonly node: FlatNode; readonly reader: ConstantReader }[]>()
  readonly #values = new Map<string, TfTensor>()
  readonly #tables = new Map<string, TfTable>()

  constructor(sources: ResourceSources) {
    this.#sources = sources
    this.#collect(sources.loose, true)
    this.#collect(sources.start, false)
  }

  /** The value that a variable has when the model starts to serve. Throws when there is none. */
  variable(node: FlatNode): TfTensor {
    const name = resourceName(node)
    const known = this.#values.get(name)
    if (known) return known
    const value = this.#assignedValue(name) ?? this.#namedValue(name, node.name)
    if (value === null) {
      const why = this.#sources.bundle
        ? 'the checkpoint has no value for it'
        : 'there is no checkpoint, and it is not frozen'
      throw syntaxFault(
        this.#sources.source,
        nodePlace(node),
        `the variable ${JSON.stringify(name)} has no value: ${why}`,
      )
    }
    const declared = node.attributes.get('dtype')
    if (declared?.kind === 'dtype' && declared.value !== null && declared.value !== value.dtype)
      throw syntaxFault(
        this.#sources.source,
        nodePlace(node),
        `its value is of ${value.dtype}, expected ${declared.value}`,
      )
    this.#values.set(name, value)
    return value
  }

  /** A value that `variable` gave, by the name of the variable. */
  known(name: string): TfTensor | null {
    return this.#values.get(name) ?? null
  }

  /** The content of a lookup table. Throws when nothing that can be computed here fills it. */
  table(node: FlatNode): TfTable {
    const name = resourceName(node)
    const known = this.#tables.get(name)
    if (known) return known
    const { source } = this.#sources
    const fillers = this.#fillers.get(name) ?? []
    if (fillers.length === 0)
      throw unsupported(source, nodePlace(node), 'a table that nothing fills when the model is loaded')
    const { node: filler, reader } = fillers.at(-1) as { readonly node: FlatNode; readonly reader: ConstantReader }
    const keyDtype = dtypeOf(node, 'key_dtype')
    const valueDtype = dtypeOf(node, 'value_dtype')
    const table = /TextFile/.test(filler.op)
      ? this.#fromFile(filler, reader, keyDtype, valueDtype)
      : this.#fromTensors(filler, reader)
    if (table === null) throw unsupported(source, nodePlace(filler), 'keys or values that are not constant')
    if (
      table.keys.dtype !== keyDtype ||
      table.values.dtype !== valueDtype ||
      table.values.size % Math.max(1, table.keys.size) !== 0
    )
      throw syntaxFault(
        source,
        nodePlace(filler),
        `its ${table.keys.size} keys and ${table.values.size} values do not fit the table`,
      )
    const whole = { ...table, keyDtype, valueDtype }
    this.#tables.set(name, whole)
    return whole
  }

  #collect({ graph, reader }: Start, isLoose: boolean): void {
    for (const node of graph.nodes.values()) {
      const [target, value] = node.inputs
      if (target === undefined) continue
      const isAssignment = Object.hasOwn(assignments, node.op) && assignments[node.op] === 'set'
      const isFiller = /^(InitializeTable|LookupTableImport)/.test(node.op)
      if (!isAssignment && !isFiller) continue
      const made = reader.origin(target)?.node
      if (made === undefined) continue
      if (isFiller && tableOps.has(made.op)) push(this.#fillers, resourceName(made), { node, reader })
      if (!isAssignment || !value || !isVariable(made)) continue
      const origin = reader.origin(value)?.node
      const isStart = /^Restore/.test(origin?.op ?? '') || this.#sources.assets.has(origin?.name ?? '')
      if (!isLoose || isStart) push(this.#assigned, resourceName(made), { endpoint: value, reader })
    }
  }

  #assignedValue(name: string): TfTensor | null {
    for (const { endpoint, reader } of (this.#assigned.get(name) ?? []).toReversed()) {
      const value = reader.value(endpoint)
      if (value !== null) return value
    }
    return null
  }

  /** Where nothing restores a variable by a graph, its name is its key in the checkpoint, or its key by the object graph. */
  #namedValue(name: string, node: string): TfTensor | null {
    const { bundle } = this.#sources
    if (bundle === null) return null
    for (const candidate of [name, node]) {
      const key = bundle.has(candidate) ? candidate : bundle.keyOfVariable(candidate)
      if (key !== null && bundle.has(key)) return bundle.tensor(key)
    }
    return null
  }

  #fromTensors(filler: FlatNode, reader: ConstantReader): Pick<TfTable, 'keys' | 'values'> | null {
    const [, keysAt, valuesAt] = filler.inputs
    const keys = keysAt && reader.value(keysAt)
    const values = valuesAt && reader.value(valuesAt)
    return keys && values ? { keys, values } : null
  }

  #fromFile(
    filler: FlatNode,
    reader: ConstantReader,
    keyDtype: TfTable['keyDtype'],
    valueDtype: TfTable['valueDtype'],
  ): Pick<TfTable, 'keys' | 'values'> {
    const { source } = this.#sources
    const asset = filler.inputs[1] && this.#assetOf(filler.inputs[1], reader)
    if (!asset) throw unsupported(source, nodePlace(filler), 'a file that is no asset of the model')
    const file = asset.read()
    if (file === null) throw syntaxFault(source, nodePlace(filler), `its file ${JSON.stringify(asset.path)} is missing`)
    const choice = {
      keyIndex: intOf(filler, 'key_index'),
      valueIndex: intOf(filler, 'value_index'),
      vocabulary: intOf(filler, 'vocab_size', -1),
      offset: intOf(filler, 'offset', 0),
      delimiter: textOf(filler, 'delimiter', '\t'),
      keyDtype,
      valueDtype,
    }
    return tableOfFile(file, choice, (reason) => syntaxFault(source, nodePlace(filler), `${asset.path}: ${reason}`))
  }

  /** The file that a path leads to; TF 2.x keeps paths in variables. */
  #assetOf(endpoint: TfEndpoint, reader: ConstantReader): ResourceAsset | null {
    const { assets } = this.#sources
    const node = reader.origin(endpoint)?.node
    if (node === undefined) return null
    const handle = node.op === 'ReadVariableOp' && node.inputs[0] ? reader.origin(node.inputs[0])?.node : node
    const assigned = handle && isVariable(handle) ? (this.#assigned.get(resourceName(handle)) ?? []) : []
    const names = [node.name, ...assigned.map((one) => one.reader.origin(one.endpoint)?.node.name ?? '')]
    return names.map((name) => assets.get(name)).find((asset) => asset !== undefined) ?? null
  }
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}
