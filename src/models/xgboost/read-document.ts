import type { Booster, CategoryNames, LeafValues, Linear, TreeNodes, Trees } from './booster.ts'
import {
  type DocumentObject,
  type DocumentReader,
  type DocumentValue,
  described,
  type NumberList,
} from './tree-document.ts'

const boosterNames = ['gbtree', 'dart', 'gblinear'] as const

/**
 * Takes a booster from a document of XGBoost 1.0 to 3.4. Members are those of doc/model.schema in its sources; what changed:
 *
 * - 1.0: no split_type, no categories; base_score is text of one number; `default_left` is a list of truths.
 * - 1.6: num_target. 1.7, 2.0: iteration_indptr, num_parallel_tree in gbtree_model_param, leaves of several values in base_weights.
 * - 3.1: base_score is a list in text, `[5E-1]`; names of categories in `cats`; leaves of several values in leaf_weights.
 * - 3.4: DART is gbtree with weight_drop beside the trees.
 */
export function boosterOfDocument(root: DocumentObject, encoding: 'json' | 'ubj', reader: DocumentReader): Booster {
  // A serialised Booster (what pickle and R hold) has the model beside the configuration.
  const document = root.has('learner') ? root : root.has('Model') ? reader.object(root.get('Model'), 'Model') : root
  if (!document.has('learner'))
    reader.fault('learner', 'is absent: the document is no model of XGBoost, save one with save_model')
  const learner = reader.object(document.get('learner'), 'learner')
  const parameters = reader.object(learner.get('learner_model_param'), 'learner.learner_model_param')
  const count = (name: string): number => {
    const value = parameters.get(name)
    return value === undefined ? 0 : reader.count(value, `learner.learner_model_param.${name}`)
  }
  const objective = reader.object(learner.get('objective'), 'learner.objective')
  const features = count('num_feature')
  const shell = reader.object(learner.get('gradient_booster'), 'learner.gradient_booster')
  const name = nameOf(shell, reader)
  return {
    encoding,
    version: document.has('version') ? [...reader.numbers(document.get('version'), 'version')] : [1, 0, 0],
    objective: reader.text(objective.get('name'), 'learner.objective.name'),
    features,
    classes: count('num_class'),
    targets: Math.max(1, count('num_target')),
    baseScores: baseScoresOf(parameters.get('base_score'), reader),
    boostsFromAverage: count('boost_from_average') !== 0,
    attributes: attributesOf(learner.get('attributes'), reader),
    featureNames: textsOf(learner.get('feature_names'), 'learner.feature_names', features, reader),
    featureTypes: textsOf(learner.get('feature_types'), 'learner.feature_types', features, reader),
    ...boosterOf(name, shell, reader),
  }
}

function nameOf(shell: DocumentObject, reader: DocumentReader): Booster['name'] {
  const path = 'learner.gradient_booster.name'
  const name = reader.text(shell.get('name'), path)
  const known = boosterNames.find((one) => one === name)
  return known ?? reader.unsupported(path, `the booster ${JSON.stringify(name)}`)
}

function boosterOf(
  name: Booster['name'],
  shell: DocumentObject,
  reader: DocumentReader,
): Pick<Booster, 'name' | 'model' | 'categoryNames'> {
  const path = 'learner.gradient_booster'
  if (name === 'gblinear') {
    const model = reader.object(shell.get('model'), `${path}.model`)
    return { name, model: linearOf(model, reader), categoryNames: null }
  }
  // DART before 3.4 wraps a gbtree.
  const inner = shell.has('gbtree') ? reader.object(shell.get('gbtree'), `${path}.gbtree`) : shell
  const at = shell.has('gbtree') ? `${path}.gbtree.model` : `${path}.model`
  const model = reader.object(inner.get('model'), at)
  const weights = model.get('weight_drop') ?? shell.get('weight_drop')
  const trees = treesOf(model, at, reader)
  const isDropped = weights !== undefined
  const drop = isDropped ? reader.numbers(weights, `${path}.weight_drop`) : null
  // Files of a DART booster that dropped nothing may have an empty list.
  const isWeighted = drop !== null && drop.length > 0
  if (isWeighted && drop.length !== trees.trees.length)
    reader.fault(`${path}.weight_drop`, `has ${drop.length} numbers, expected ${trees.trees.length}, one per tree`)
  return {
    name: isWeighted ? 'dart' : name,
    model: { ...trees, weights: isWeighted ? drop : null },
    categoryNames: categoryNamesOf(model.get('cats'), `${at}.cats`, reader),
  }
}

function linearOf(model: DocumentObject, reader: DocumentReader): Linear {
  return { weights: reader.numbers(model.get('weights'), 'learner.gradient_booster.model.weights') }
}

function treesOf(model: DocumentObject, path: string, reader: DocumentReader): Trees {
  const parameters = reader.object(model.get('gbtree_model_param'), `${path}.gbtree_model_param`)
  const list = reader.list(model.get('trees'), `${path}.trees`)
  const declared = reader.count(parameters.get('num_trees'), `${path}.gbtree_model_param.num_trees`)
  if (declared !== list.length)
    reader.fault(`${path}.trees`, `has ${list.length} trees, gbtree_model_param.num_trees is ${declared}`)
  const parallel = parameters.get('num_parallel_tree')
  const iterations = model.get('iteration_indptr')
  return {
    trees: orderedTrees(list, `${path}.trees`, reader),
    groups: reader.numbers(model.get('tree_info'), `${path}.tree_info`, list.length),
    weights: null,
    parallelTrees:
      parallel === undefined ? 1 : Math.max(1, reader.count(parallel, `${path}.gbtree_model_param.num_parallel_tree`)),
    iterations: iterations === undefined ? null : reader.numbers(iterations, `${path}.iteration_indptr`),
  }
}

/** Trees at the places that their `id` says, which is where XGBoost puts them. */
function orderedTrees(list: readonly DocumentValue[], path: string, reader: DocumentReader): TreeNodes[] {
  const trees = new Array<TreeNodes | undefined>(list.length).fill(undefined)
  list.forEach((value, i) => {
    const tree = reader.object(value, `${path}[${i}]`)
    const id = tree.has('id') ? reader.count(tree.get('id'), `${path}[${i}].id`) : i
    if (id >= list.length) reader.fault(`${path}[${i}].id`, `is ${id}, there are ${list.length} trees`)
    if (trees[id] !== undefined) reader.fault(`${path}[${i}].id`, `is ${id}, which another tree has too`)
    trees[id] = treeOf(tree, `${path}[${i}]`, reader)
  })
  return trees as TreeNodes[]
}

function treeOf(tree: DocumentObject, path: string, reader: DocumentReader): TreeNodes {
  const left = reader.numbers(tree.get('left_children'), `${path}.left_children`)
  const nodes = left.length
  if (nodes === 0) reader.fault(`${path}.left_children`, 'is empty, expected a root at least')
  const numbers = (name: string) => reader.numbers(tree.get(name), `${path}.${name}`, nodes)
  const parameters = reader.object(tree.get('tree_param'), `${path}.tree_param`)
  const width = parameters.get('size_leaf_vector')
  return {
    left,
    right: numbers('right_children'),
    feature: numbers('split_indices'),
    condition: numbers('split_conditions'),
    defaultLeft: numbers('default_left'),
    categories: tree.has('split_type') ? categoriesOf(tree, path, nodes, reader) : new Map(),
    leaves:
      width === undefined
        ? null
        : leavesOf(tree, path, reader.count(width, `${path}.tree_param.size_leaf_vector`), nodes, reader),
  }
}

function leavesOf(
  tree: DocumentObject,
  path: string,
  width: number,
  nodes: number,
  reader: DocumentReader,
): LeafValues | null {
  if (width < 2) return null
  if (tree.has('leaf_weights'))
    return { width, values: reader.numbers(tree.get('leaf_weights'), `${path}.leaf_weights`), isByLeaf: true }
  const values = reader.numbers(tree.get('base_weights'), `${path}.base_weights`, nodes * width)
  return { width, values, isByLeaf: false }
}

/** Nodes of split_type 1 go right for the categories that stand for them in one list, cut by categories_segments and _sizes. */
function categoriesOf(
  tree: DocumentObject,
  path: string,
  nodes: number,
  reader: DocumentReader,
): ReadonlyMap<number, NumberList> {
  const types = reader.numbers(tree.get('split_type'), `${path}.split_type`, nodes)
  const found = new Map<number, NumberList>()
  types.forEach((type, node) => {
    if (type === 1) found.set(node, new Float64Array())
    else if (type !== 0) reader.unsupported(`${path}.split_type[${node}]`, `splits of type ${type}`)
  })
  if (found.size === 0) return found
  const numbers = (name: string) => reader.numbers(tree.get(name), `${path}.${name}`)
  const all = numbers('categories')
  const owners = numbers('categories_nodes')
  const segments = reader.numbers(tree.get('categories_segments'), `${path}.categories_segments`, owners.length)
  const sizes = reader.numbers(tree.get('categories_sizes'), `${path}.categories_sizes`, owners.length)
  for (let i = 0; i < owners.length; i++) {
    const node = owners[i] as number
    const from = segments[i] as number
    const end = from + (sizes[i] as number)
    if (!found.has(node)) reader.fault(`${path}.categories_nodes[${i}]`, `node ${node} has no split by categories`)
    if (!(from >= 0 && from <= end && end <= all.length) || !Number.isInteger(from) || !Number.isInteger(end))
      reader.fault(`${path}.categories_segments[${i}]`, `${from} to ${end} are not within the ${all.length} categories`)
    found.set(node, all.subarray(from, end))
  }
  return found
}

function baseScoresOf(value: DocumentValue | undefined, reader: DocumentReader): number[] {
  const path = 'learner.learner_model_param.base_score'
  if (value === undefined) return [0.5]
  if (typeof value === 'number') return [value]
  const inner = /^\s*\[(.*)\]\s*$/s.exec(reader.text(value, path))?.[1] ?? (value as string)
  const scores = inner.trim() === '' ? [] : inner.split(',').map((part) => numberOf(part.trim()))
  if (scores.length === 0 || scores.includes(null))
    reader.fault(path, `is ${described(value)}, expected a number or a list of numbers`)
  return scores as number[]
}

/** A number as C++ prints it, or null. */
function numberOf(text: string): number | null {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text)
  const special = /^([+-]?)(nan|inf(?:inity)?)$/i.exec(text)
  if (!special) return null
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN
  return special[1] === '-' ? -Infinity : Infinity
}

function attributesOf(value: DocumentValue | undefined, reader: DocumentReader): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map()
  const attributes = [...reader.object(value, 'learner.attributes')]
  return new Map(attributes.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function textsOf(
  value: DocumentValue | undefined,
  path: string,
  count: number,
  reader: DocumentReader,
): readonly string[] | null {
  if (value === undefined || value === null) return null
  const list = reader.list(value, path)
  if (list.length === 0) return null
  if (list.length !== count) reader.fault(path, `has ${list.length} entries, the model has ${count} features`)
  return list.map((text, i) => reader.text(text, `${path}[${i}]`))
}

/** `cats.enc`: names by feature, texts as bytes `values` cut by `offsets`, numbers as `values` alone. */
function categoryNamesOf(
  value: DocumentValue | undefined,
  path: string,
  reader: DocumentReader,
): readonly (CategoryNames | null)[] | null {
  if (value === undefined) return null
  const list = reader.list(reader.object(value, path).get('enc'), `${path}.enc`)
  if (list.length === 0) return null
  return list.map((entry, i) => {
    const at = `${path}.enc[${i}]`
    const encoding = reader.object(entry, at)
    const values = reader.numbers(encoding.get('values'), `${at}.values`)
    if (!encoding.has('offsets')) return values.length === 0 ? null : values
    const offsets = reader.numbers(encoding.get('offsets'), `${at}.offsets`)
    if (offsets.length < 2) return null
    return Array.from({ length: offsets.length - 1 }, (_, c) => {
      const from = offsets[c] as number
      const end = offsets[c + 1] as number
      if (!(from >= 0 && from <= end && end <= values.length))
        reader.fault(`${at}.offsets[${c}]`, `${from} to ${end} are not within the ${values.length} bytes`)
      return Buffer.from(Uint8Array.from(values.subarray(from, end))).toString('utf8')
    })
  })
}
