import {
  type BoosterFooter,
  type BoosterHeader,
  type BoosterSink,
  type BoosterTree,
  decisionBits,
  type FeatureInfo,
  missingTypes,
} from './booster.ts'
import { type Faults, shown } from './faults.ts'
import { parsePythonJson } from './python-json.ts'
import { checkPandasCategories } from './text-model.ts'

/**
 * The JSON dump (`Booster.dump_model()`, `lgb.dump`), as GBDT::DumpModel and Tree::ToJSON of LightGBM 4.7 write it:
 *
 * ```
 * {"name": "tree", "version": "v4", "num_class": 1, "num_tree_per_iteration": 1, "max_feature_idx": 1, "objective": "binary sigmoid:1",
 *  "average_output": false, "feature_names": ["a", "b"], "feature_infos": {"a": {"min_value": 0, "max_value": 9, "values": []}},
 *  "tree_info": [{"tree_index": 0, "num_leaves": 2, "num_cat": 0, "tree_structure": {"split_index": 0, "split_feature": 0,
 *    "threshold": 2, "decision_type": "<=", "default_left": true, "missing_type": "NaN",
 *    "left_child": {"leaf_index": 0, "leaf_value": 0.5}, "right_child": {"leaf_index": 1, "leaf_value": -0.5}}}],
 *  "pandas_categorical": [["x", "y"]]}
 * ```
 *
 * A categorical split has the decision type `==` and as its threshold the codes that go left: `"0||3||5"`.
 */
export function readModelJson(bytes: Uint8Array, faults: Faults, sink: BoosterSink): BoosterFooter {
  const root = parse(bytes, faults)
  const header = headerOf(root, faults)
  sink.header(header)
  const trees = root['tree_info']
  if (!Array.isArray(trees)) throw faults.syntax('key "tree_info"', `it is ${printed(trees)}, expected a list of trees`)
  const budget = { words: maxSetWords }
  trees.forEach((tree: unknown, i) => {
    const place = `tree ${i}`
    sink.tree(new TreeReader(place, faults, budget).tree(tree), place)
  })
  return { parameters: new Map(), pandasCategories: checkPandasCategories(root['pandas_categorical'], faults) }
}

/** True when the bytes begin as a dump does, whatever the order of its keys. */
export function isModelJson(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 1 << 16)).toString('latin1')
  if (!/^(\xef\xbb\xbf)?\s*\{/.test(start)) return false
  // XGBoost's documents have a tree_info too.
  if (/"gradient_booster"\s*:/.test(start)) return false
  return /"(num_tree_per_iteration|tree_info|max_feature_idx)"\s*:/.test(start) || /"name"\s*:\s*"tree"\s*,/.test(start)
}

/** Words of all sets of a dump, 16 MB: its codes cost some bytes of text each, but a set is as long as its greatest code. */
const maxSetWords = 2 ** 22
const maxFeatures = 2 ** 24

type JsonObject = Readonly<Record<string, unknown>>

function parse(bytes: Uint8Array, faults: Faults): JsonObject {
  let root: unknown
  try {
    root = parsePythonJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (thrown) {
    throw faults.syntax('the JSON text', (thrown as Error).message)
  }
  if (!isObject(root)) throw faults.syntax('the JSON text', `it is ${printed(root)}, expected an object`)
  return root
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Objects are not printed: they may be whole trees. */
function printed(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'string' ? shown(value) : String(value)
}

function headerOf(root: JsonObject, faults: Faults): BoosterHeader {
  const whole = (key: string, otherwise?: number): number => {
    const value = root[key] ?? otherwise
    if (!Number.isSafeInteger(value))
      throw faults.syntax(`key "${key}"`, `it is ${printed(value)}, expected a whole number`)
    return value as number
  }
  const word = (key: string): string | null => {
    const value = root[key] ?? null
    if (value !== null && typeof value !== 'string')
      throw faults.syntax(`key "${key}"`, `it is ${printed(value)}, expected text`)
    return value
  }
  const names = root['feature_names']
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw faults.syntax('key "feature_names"', `it is ${printed(names)}, expected a list of names`)
  const features = whole('max_feature_idx', names.length - 1) + 1
  if (names.length !== features || features > maxFeatures)
    throw faults.syntax(
      'key "feature_names"',
      `it has ${names.length} names, expected ${features} by "max_feature_idx"`,
    )
  const numClass = whole('num_class')
  const infos = root['feature_infos']
  return {
    version: word('version'),
    objective: word('objective'),
    numClass,
    treesPerIteration: whole('num_tree_per_iteration', numClass),
    averagesOutput: root['average_output'] === true,
    featureNames: names,
    featureInfos: names.map((name: string) => (isObject(infos) ? featureInfoOf(infos[name]) : null)),
  }
}

/** A feature without an entry is not used. */
function featureInfoOf(info: unknown): FeatureInfo | null {
  if (info === undefined) return { kind: 'unused' }
  if (!isObject(info)) return null
  const { values, min_value: min, max_value: max } = info
  if (Array.isArray(values) && values.length > 0) {
    const codes = values.filter((code) => Number.isSafeInteger(code) && code >= 0) as number[]
    return { kind: 'codes', codes }
  }
  return typeof min === 'number' && typeof max === 'number' ? { kind: 'range', min, max } : null
}

class TreeReader {
  readonly #place: string
  readonly #faults: Faults
  readonly #budget: { words: number }
  readonly #splitFeature: number[] = []
  readonly #threshold: number[] = []
  readonly #decisionType: number[] = []
  readonly #leftChild: number[] = []
  readonly #rightChild: number[] = []
  readonly #leafValue: number[] = []
  readonly #sets: Uint32Array[] = []
  readonly #constants: number[] = []
  readonly #start: number[] = [0]
  readonly #features: number[] = []
  readonly #coefficients: number[] = []

  constructor(place: string, faults: Faults, budget: { words: number }) {
    this.#place = place
    this.#faults = faults
    this.#budget = budget
  }

  tree(value: unknown): BoosterTree {
    if (!isObject(value)) throw this.#fault('', `it is ${printed(value)}, expected an object`)
    this.#walk(value['tree_structure'])
    const leaves = this.#leafValue.length
    const declared = value['num_leaves']
    if (declared !== undefined && declared !== leaves)
      throw this.#fault('num_leaves', `it is ${printed(declared)}, but the tree has ${leaves} leaves`)
    const linear = this.#constants.length
    if (linear > 0 && linear !== leaves)
      throw this.#fault('leaf_const', `${linear} of ${leaves} leaves have it, expected all or none`)
    return {
      leaves,
      splitFeature: Int32Array.from(this.#splitFeature),
      threshold: Float64Array.from(this.#threshold),
      decisionType: Uint8Array.from(this.#decisionType),
      leftChild: Int32Array.from(this.#leftChild),
      rightChild: Int32Array.from(this.#rightChild),
      leafValue: Float64Array.from(this.#leafValue),
      sets: this.#sets,
      linear:
        linear === 0
          ? null
          : {
              constants: Float64Array.from(this.#constants),
              start: Int32Array.from(this.#start),
              features: Int32Array.from(this.#features),
              coefficients: Float64Array.from(this.#coefficients),
            },
    }
  }

  /** Numbers nodes and leaves as they come; without recursion, as trees may be deep. */
  #walk(structure: unknown): void {
    const stack: { node: unknown; parent: number; isLeft: boolean }[] = [{ node: structure, parent: -1, isLeft: true }]
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { node, parent, isLeft } = next
      if (!isObject(node)) throw this.#fault('tree_structure', `a node is ${printed(node)}, expected an object`)
      const isLeaf = !('split_feature' in node)
      const index = isLeaf ? ~this.#leaf(node) : this.#split(node)
      if (parent >= 0) (isLeft ? this.#leftChild : this.#rightChild)[parent] = index
      if (isLeaf) continue
      stack.push({ node: node['right_child'], parent: index, isLeft: false })
      stack.push({ node: node['left_child'], parent: index, isLeft: true })
    }
  }

  #leaf(node: JsonObject): number {
    this.#leafValue.push(this.#number(node, 'leaf_value'))
    if ('leaf_const' in node) this.#linear(node)
    return this.#leafValue.length - 1
  }

  #linear(node: JsonObject): void {
    this.#constants.push(this.#number(node, 'leaf_const'))
    const features = node['leaf_features'] ?? []
    const coefficients = node['leaf_coeff'] ?? []
    if (!Array.isArray(features) || !features.every((f) => Number.isSafeInteger(f) && f >= 0 && f < maxFeatures))
      throw this.#fault('leaf_features', `it is ${printed(features)}, expected a list of features' numbers`)
    if (!Array.isArray(coefficients) || !coefficients.every((c) => typeof c === 'number' || c === null))
      throw this.#fault('leaf_coeff', `it is ${printed(coefficients)}, expected a list of numbers`)
    if (features.length !== coefficients.length)
      throw this.#fault('leaf_coeff', `it has ${coefficients.length} numbers, expected ${features.length}`)
    for (const feature of features) this.#features.push(feature)
    for (const coefficient of coefficients) this.#coefficients.push(coefficient ?? Number.NaN)
    this.#start.push(this.#features.length)
  }

  #split(node: JsonObject): number {
    const feature = node['split_feature']
    if (!Number.isSafeInteger(feature) || (feature as number) < 0 || (feature as number) >= maxFeatures)
      throw this.#fault('split_feature', `it is ${printed(feature)}, expected a feature's number`)
    const decision = node['decision_type']
    if (decision !== '<=' && decision !== '==')
      throw this.#fault('decision_type', `it is ${printed(decision)}, expected "<=" or "=="`)
    const missingType = missingTypes.indexOf((node['missing_type'] ?? 'None') as 'None')
    if (missingType < 0)
      throw this.#fault('missing_type', `it is ${printed(node['missing_type'])}, expected ${missingTypes.join(', ')}`)
    const isCategorical = decision === '=='
    this.#splitFeature.push(feature as number)
    this.#threshold.push(isCategorical ? this.#set(node['threshold']) : withInfinity(this.#number(node, 'threshold')))
    this.#decisionType.push(
      (isCategorical ? decisionBits.isCategorical : 0) |
        (node['default_left'] === true ? decisionBits.isDefaultLeft : 0) |
        (missingType << decisionBits.missingTypeShift),
    )
    return this.#splitFeature.length - 1
  }

  #set(threshold: unknown): number {
    const codes = threshold === '' ? [] : String(threshold).split('||')
    if (!codes.every((code) => /^\d{1,10}$/.test(code)))
      throw this.#fault('threshold', `it is ${printed(threshold)}, expected codes of categories: "0||3"`)
    const words = codes.reduce((most, code) => Math.max(most, Math.floor(Number(code) / 32) + 1), 0)
    this.#budget.words -= words
    if (this.#budget.words < 0)
      throw this.#faults.limit(`${this.#place}, key "threshold"`, maxSetWords * 32, 'codes in the sets of categories')
    const set = new Uint32Array(words)
    for (const code of codes) {
      const word = Math.floor(Number(code) / 32)
      set[word] = (set[word] as number) | (1 << (Number(code) % 32))
    }
    return this.#sets.push(set) - 1
  }

  /** A number; null is NaN, which some writers spell so, and is allowed in leaves only. */
  #number(node: JsonObject, key: string): number {
    const value = node[key]
    if (typeof value === 'number') return value
    if (value === null && key !== 'threshold') return Number.NaN
    throw this.#fault(key, `it is ${printed(value)}, expected a number`)
  }

  #fault(key: string, reason: string): Error {
    return this.#faults.syntax(key === '' ? this.#place : `${this.#place}, key "${key}"`, reason)
  }
}

/** Dumps have 1e300 for what is infinite or larger than that (AvoidInf in utils/common.h, 4.7): a bin of all numbers ends at infinity. */
function withInfinity(threshold: number): number {
  return Math.abs(threshold) === 1e300 ? threshold * Number.POSITIVE_INFINITY : threshold
}
