import type { BoosterFooter, BoosterHeader, BoosterSink, BoosterTree, FeatureInfo, LinearLeaves } from './booster.ts'
import { type Faults, shown } from './faults.ts'
import { countNumbers, readDoubles, readIntegers } from './number-list.ts'
import { parsePythonJson } from './python-json.ts'

/**
 * The model text (`Booster.save_model`, `lgb.save`), as src/boosting/gbdt_model_text.cpp and src/io/tree.cpp of LightGBM 4.7 write it:
 *
 * ```
 * text    = "tree" header { tree } [ "end of trees" ] footer
 * header  = { key "=" value | "average_output" }            keys: version, num_class, num_tree_per_iteration, max_feature_idx,
 *                                                            objective, feature_names, feature_infos, tree_sizes
 * tree    = "Tree=" number { key "=" value } blank-line      keys: num_leaves, num_cat, split_feature, threshold, decision_type,
 *                                                            left_child, right_child, leaf_value, cat_boundaries, cat_threshold,
 *                                                            is_linear, leaf_const, num_features, leaf_features, leaf_coeff
 * footer  = feature importances, "parameters:" { "[" name ": " value "]" } "end of parameters", "pandas_categorical:" JSON
 * ```
 *
 * Values of the keys are lists separated by blanks; one line ends in LF or CR LF.
 */
export function readModelText(bytes: Uint8Array, faults: Faults, sink: BoosterSink): BoosterFooter {
  const lines = new Lines(bytes)
  const keys = readHeader(lines, faults)
  sink.header(headerOf(keys, faults))
  const trees = readTrees(lines, faults, sink)
  checkComplete(keys, trees, lines, faults)
  return readFooter(lines.rest(), faults)
}

/** True when the bytes begin as a model text does. */
export function isModelText(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  return /^tree\r?\n(version|num_class)=/.test(start)
}

/** The lines of the text, one at a time: `start` to `end` (exclusive) without the line's end. */
class Lines {
  readonly bytes: Buffer
  start = 0
  end = 0
  /** Number of the line, from 1. */
  number = 0
  #next = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Goes to the next line; false at the end of the text. */
  next(): boolean {
    const { bytes } = this
    this.start = this.#next
    if (this.start >= bytes.length) {
      this.end = this.start
      return false
    }
    const found = bytes.indexOf(0x0a, this.start)
    this.#next = found < 0 ? bytes.length : found + 1
    this.end = found < 0 ? bytes.length : found
    if (this.end > this.start && bytes[this.end - 1] === 0x0d) this.end--
    this.number++
    return true
  }

  /** Makes `next` give the present line again. */
  back(): void {
    this.#next = this.start
    this.number--
  }

  get isEmpty(): boolean {
    return this.start === this.end
  }

  /** The first characters of the line; names and keys are ASCII. */
  head(length: number): string {
    return this.bytes.toString('latin1', this.start, Math.min(this.end, this.start + length))
  }

  text(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }

  /** Text from the present line on. */
  rest(): string {
    return this.bytes.toString('utf8', this.start, this.bytes.length)
  }
}

type HeaderKeys = ReadonlyMap<string, string>

function readHeader(lines: Lines, faults: Faults): HeaderKeys {
  if (!lines.next() || lines.head(10) !== 'tree')
    throw faults.syntax('line 1', `it is ${shown(lines.head(60))}, expected "tree": this is no model of LightGBM`)
  const keys = new Map<string, string>()
  while (lines.next()) {
    if (lines.isEmpty) continue
    const head = lines.head(30)
    if (head.startsWith('Tree=') || isAfterTrees(head)) {
      lines.back()
      break
    }
    const line = lines.text()
    const at = line.indexOf('=')
    if (at < 0) keys.set(line, '')
    else keys.set(line.slice(0, at), line.slice(at + 1))
  }
  return keys
}

/** Lines that follow the last tree; versions before 2.2.3 wrote no "end of trees". */
function isAfterTrees(head: string): boolean {
  return /^(end of trees|feature[_ ]importances:|parameters:|pandas_categorical:)/.test(head)
}

function headerOf(keys: HeaderKeys, faults: Faults): BoosterHeader {
  const required = (key: string): string => {
    const value = keys.get(key)
    if (value === undefined) throw faults.syntax('the header', `key "${key}" is missing`)
    return value
  }
  const whole = (key: string): number => {
    const value = required(key)
    if (!/^-?\d{1,9}$/.test(value.trim()))
      throw faults.syntax(`key "${key}"`, `its value is ${shown(value)}, expected a whole number`)
    return Number(value)
  }
  const numClass = whole('num_class')
  const features = whole('max_feature_idx') + 1
  const featureNames = split(required('feature_names'))
  if (featureNames.length !== features)
    throw faults.syntax(
      'key "feature_names"',
      `it has ${featureNames.length} names, expected ${features} by "max_feature_idx"`,
    )
  const infos = split(required('feature_infos'))
  if (infos.length !== features)
    throw faults.syntax(
      'key "feature_infos"',
      `it has ${infos.length} entries, expected ${features} by "max_feature_idx"`,
    )
  return {
    version: keys.get('version') ?? null,
    objective: keys.get('objective') ?? null,
    numClass,
    treesPerIteration: keys.has('num_tree_per_iteration') ? whole('num_tree_per_iteration') : numClass,
    averagesOutput: keys.has('average_output'),
    featureNames,
    featureInfos: infos.map(featureInfoOf),
  }
}

function split(list: string): string[] {
  return list.split(' ').filter((part) => part !== '')
}

/** `none`, `[4.3:7.9]`, or the codes of a categorical feature, `-1:4:0:2`, where -1 stands for missing. */
function featureInfoOf(text: string): FeatureInfo | null {
  if (text === 'none') return { kind: 'unused' }
  if (text.startsWith('[')) {
    const [min, max] = text.slice(1, -1).split(':').map(Number)
    if (min === undefined || max === undefined || Number.isNaN(min + max)) return null
    return { kind: 'range', min, max }
  }
  const codes = text.split(':').map(Number)
  if (!codes.every(Number.isInteger)) return null
  return { kind: 'codes', codes: codes.filter((code) => code >= 0) }
}

function readTrees(lines: Lines, faults: Faults, sink: BoosterSink): number {
  let trees = 0
  while (lines.next()) {
    if (lines.isEmpty) continue
    if (!lines.head(5).startsWith('Tree=')) break
    const place = `tree ${trees}`
    sink.tree(readTree(lines, place, faults), place)
    trees++
  }
  return trees
}

/** A file that was cut off must not score with the trees that are left. */
function checkComplete(keys: HeaderKeys, trees: number, lines: Lines, faults: Faults): void {
  const sizes = keys.get('tree_sizes')
  const expected = sizes === undefined ? null : split(sizes).length
  if (expected !== null && expected !== trees)
    throw faults.syntax(
      `line ${lines.number}`,
      `${trees} trees were read, expected ${expected} by the key "tree_sizes" of the header`,
    )
  if (isAfterTrees(lines.head(30))) return
  if (!lines.isEmpty)
    throw faults.syntax(`line ${lines.number}`, `it is ${shown(lines.head(100))}, expected a tree or "end of trees"`)
  throw faults.syntax(`line ${lines.number}`, 'the text ends after the trees: its last part has been cut off')
}

/** Where the values of a tree's keys lie in the text. */
type TreeKeys = Map<string, { readonly start: number; readonly end: number }>

function readTree(lines: Lines, place: string, faults: Faults): BoosterTree {
  const keys: TreeKeys = new Map()
  let isClosed = false
  while (lines.next()) {
    const head = lines.head(30)
    if (lines.isEmpty) {
      isClosed = true
      break
    }
    if (head.startsWith('Tree=') || isAfterTrees(head)) {
      lines.back()
      isClosed = true
      break
    }
    const at = head.indexOf('=')
    if (at < 0) throw faults.syntax(place, `line ${lines.number} is ${shown(lines.head(60))}, expected key=value`)
    keys.set(head.slice(0, at), { start: lines.start + at + 1, end: lines.end })
  }
  if (!isClosed) throw faults.syntax(place, 'the text ends within it')
  return new TreeReader(lines.bytes, keys, place, faults).tree()
}

class TreeReader {
  readonly #bytes: Uint8Array
  readonly #keys: TreeKeys
  readonly #place: string
  readonly #faults: Faults

  constructor(bytes: Uint8Array, keys: TreeKeys, place: string, faults: Faults) {
    this.#bytes = bytes
    this.#keys = keys
    this.#place = place
    this.#faults = faults
  }

  tree(): BoosterTree {
    if (!this.#keys.has('num_cat') && this.#keys.has('num_leaves'))
      throw this.#faults.unsupported(this.#place, 'the form of trees of versions before 2.1, without the key "num_cat"')
    const leaves = this.#whole('num_leaves')
    if (leaves < 1) throw this.#fault('num_leaves', `its value is ${leaves}, expected 1 or more`)
    const sets = this.#sets()
    const linear = this.#keys.has('is_linear') && this.#whole('is_linear') !== 0
    const splits = leaves - 1
    const leafValue = this.#doubles('leaf_value', leaves, true)
    const has = splits > 0
    return {
      leaves,
      splitFeature: has ? this.#integers('split_feature', splits, indexes) : new Int32Array(0),
      threshold: has ? this.#doubles('threshold', splits, false) : new Float64Array(0),
      decisionType: has && this.#keys.has('decision_type') ? this.#decisions(splits) : new Uint8Array(splits),
      leftChild: has ? this.#integers('left_child', splits, children) : new Int32Array(0),
      rightChild: has ? this.#integers('right_child', splits, children) : new Int32Array(0),
      leafValue,
      sets,
      linear: linear ? this.#linear(leaves) : null,
    }
  }

  #decisions(splits: number): Uint8Array {
    this.#checkCount('decision_type', splits)
    const array = new Uint8Array(splits)
    this.#read('decision_type', (start, end) => readIntegers(this.#bytes, start, end, array, { min: 0, max: 255 }))
    return array
  }

  #sets(): Uint32Array[] {
    const count = this.#whole('num_cat')
    if (count <= 0) return []
    const bounds = this.#integers('cat_boundaries', count + 1, indexes)
    const size = bounds[count] as number
    this.#checkCount('cat_threshold', size)
    const words = new Uint32Array(size)
    this.#read('cat_threshold', (start, end) =>
      readIntegers(this.#bytes, start, end, words, { min: 0, max: 0xffffffff }),
    )
    return Array.from({ length: count }, (_, i) => {
      const from = bounds[i] as number
      const to = bounds[i + 1] as number
      if (from > to || to > size || (i === 0 && from !== 0))
        throw this.#fault('cat_boundaries', `set ${i} lies from ${from} to ${to}, expected rising bounds from 0`)
      return words.slice(from, to)
    })
  }

  #linear(leaves: number): LinearLeaves {
    const constants = this.#doubles('leaf_const', leaves, true)
    const counts = this.#integers('num_features', leaves, indexes)
    const start = new Int32Array(leaves + 1)
    for (let leaf = 0; leaf < leaves; leaf++) {
      const next = (start[leaf] as number) + (counts[leaf] as number)
      if (next > maxIndex) throw this.#fault('num_features', `the numbers add up to more than ${maxIndex}`)
      start[leaf + 1] = next
    }
    const terms = start[leaves] as number
    const features = terms > 0 ? this.#integers('leaf_features', terms, indexes) : new Int32Array(0)
    const coefficients = terms > 0 ? this.#doubles('leaf_coeff', terms, true) : new Float64Array(0)
    return { constants, start, features, coefficients }
  }

  #whole(key: string): number {
    const one = new Int32Array(1)
    this.#read(key, (start, end) => readIntegers(this.#bytes, start, end, one, indexes))
    return one[0] as number
  }

  #integers(key: string, count: number, range: { readonly min: number; readonly max: number }): Int32Array {
    this.#checkCount(key, count)
    const array = new Int32Array(count)
    this.#read(key, (start, end) => readIntegers(this.#bytes, start, end, array, range))
    return array
  }

  #doubles(key: string, count: number, allowsNaN: boolean): Float64Array {
    this.#checkCount(key, count)
    const array = new Float64Array(count)
    this.#read(key, (start, end) => readDoubles(this.#bytes, start, end, array, allowsNaN))
    return array
  }

  /** A list of `count` numbers takes so many bytes: nothing is allocated for what is not there. */
  #checkCount(key: string, count: number): void {
    const { start, end } = this.#line(key)
    if (count * 2 - 1 > end - start)
      throw this.#fault(key, `it has ${countNumbers(this.#bytes, start, end)} numbers, expected ${count}`)
  }

  #read(key: string, read: (start: number, end: number) => string | null): void {
    const { start, end } = this.#line(key)
    const fault = read(start, end)
    if (fault !== null) throw this.#fault(key, fault)
  }

  #line(key: string): { readonly start: number; readonly end: number } {
    const line = this.#keys.get(key)
    if (!line) throw this.#faults.syntax(this.#place, `key "${key}" is missing`)
    return line
  }

  #fault(key: string, reason: string): Error {
    return this.#faults.syntax(`${this.#place}, key "${key}"`, reason)
  }
}

const maxIndex = 0x7fffffff
const indexes = { min: 0, max: maxIndex }
const children = { min: -maxIndex, max: maxIndex }

function readFooter(text: string, faults: Faults): BoosterFooter {
  const parameters = new Map<string, string>()
  let pandas: string | null = null
  for (const line of text.split(/\r?\n/)) {
    const found = /^\[([a-z0-9_]+): (.*)\]$/.exec(line)
    if (found) parameters.set(found[1] as string, found[2] as string)
    else if (line.startsWith('pandas_categorical:')) pandas = line.slice('pandas_categorical:'.length)
  }
  return { parameters, pandasCategories: pandas === null ? null : readPandasCategories(pandas, faults) }
}

function readPandasCategories(json: string, faults: Faults): (readonly unknown[])[] | null {
  try {
    return checkPandasCategories(parsePythonJson(json), faults)
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
    throw faults.syntax('line "pandas_categorical"', `it is ${shown(json)}, expected a list of lists in JSON`)
  }
}

/** Categories as Python writes them: null, or a list of categories per column of type `category`. */
export function checkPandasCategories(value: unknown, faults: Faults): (readonly unknown[])[] | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value) && value.every((entry) => Array.isArray(entry))) return value.length === 0 ? null : value
  throw faults.syntax('"pandas_categorical"', `it is ${shown(JSON.stringify(value))}, expected a list of lists`)
}
