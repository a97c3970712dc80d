import type { Booster, Linear, TreeNodes, Trees } from './booster.ts'
import { DocumentReader } from './tree-document.ts'

/**
 * XGBoost's own binary form, written until 3.0; little-endian. Structures are those of src/learner.cc, src/gbm/gbtree_model.h and
 * include/xgboost/tree_model.h (0.4 to 2.1):
 *
 * ```text
 * file      = [spark] ["binf"] learner text(objective) text(booster) (trees [weights] | linear) [attributes] [text] …
 * spark     = before 0.8, in Java's big-endian UTF: "_cls_" | "_reg_", columns of the data frame, thresholds
 * learner   = f32 base_score, u32 features, i32 classes, i32 has attributes, i32 has metrics, u32 major, u32 minor, u32 targets, 104 bytes
 * text      = u64 length, bytes
 * trees     = i32 trees, i32 parallel trees, 152 bytes; tree…; i32 group…     (no groups when there are no trees)
 * tree      = i32, i32 nodes, 12 bytes, i32 leaf width, 124 bytes; node…; statistics (16 bytes)…; [u64 n, f32…]
 * node      = i32 parent, i32 left, i32 right, u32 feature with missing-goes-left as its highest bit, f32 threshold or leaf value
 * weights   = u64 n, f32…                                                     (DART)
 * linear    = u32 features, i32 groups, 128 bytes, u64 n, f32…
 * attributes = u64 n, (text name, text value)…
 * ```
 */
export function readBinary(bytes: Uint8Array, source: string): Booster {
  return new BinaryReader(bytes, source).booster()
}

const LEARNER_BYTES = 136
const BOOSTER_PARAMETER_BYTES = 160
const TREE_PARAMETER_BYTES = 148
const LINEAR_PARAMETER_BYTES = 136
const NODE_BYTES = 20
const STATISTIC_BYTES = 16
const MAX_NAME_BYTES = 256

/** True when the bytes begin like the binary form: `binf`, Spark's words, or a learner with a known booster. */
export function isBinary(bytes: Uint8Array): boolean {
  if (startsWith(bytes, 0, 'binf')) return true
  if (bytes[0] === 0 && (startsWith(bytes, 2, '_cls_') || startsWith(bytes, 2, '_reg_'))) return true
  if (bytes.length < LEARNER_BYTES + 8) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(LEARNER_BYTES, true)
  const at = LEARNER_BYTES + 8 + length + 8
  return (
    length > 0 && length < MAX_NAME_BYTES && ['gbtree', 'dart', 'gblinear'].some((name) => startsWith(bytes, at, name))
  )
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

class BinaryReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #reader: DocumentReader
  #at = 0

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#reader = new DocumentReader(source, 'the binary form of XGBoost')
  }

  booster(): Booster {
    this.#passSpark()
    if (startsWith(this.#bytes, this.#at, 'binf')) this.#at += 4
    const learner = this.#take(LEARNER_BYTES, 'the learner')
    const i32 = (word: number) => this.#view.getInt32(learner + word * 4, true)
    const major = i32(5)
    const objective = this.#objective()
    const nameAt = this.#at
    const name = this.#text('the booster')
    const features = i32(1) >>> 0
    const model = this.#model(name, nameAt)
    const attributes = i32(3) === 0 ? new Map<string, string>() : this.#attributes()
    return {
      encoding: 'binary',
      version: major >= 1 ? [major, i32(6), 0] : null,
      name: name as Booster['name'],
      objective,
      features,
      classes: Math.max(0, i32(2)),
      // The word was reserved before 1.6.
      targets: Math.max(1, i32(7)),
      baseScores: [this.#view.getFloat32(learner, true)],
      // 2.0 and 2.1 say so in a word that was reserved before; what it is for came after the binary form.
      boostsFromAverage: false,
      attributes,
      featureNames: null,
      featureTypes: null,
      categoryNames: null,
      model,
    }
  }

  #fault(reason: string, at = this.#at): never {
    return this.#reader.fault(`byte ${at}`, reason)
  }

  /** Makes sure that this many bytes follow, and passes over them. */
  #take(size: number, what: string): number {
    const left = this.#bytes.length - this.#at
    if (size > left) this.#fault(`${what} takes ${size} bytes, ${left} are left`)
    const start = this.#at
    this.#at += size
    return start
  }

  #length(what: string): number {
    const at = this.#take(8, `the length of ${what}`)
    const length = Number(this.#view.getBigUint64(at, true))
    if (length > this.#bytes.length - this.#at)
      this.#fault(`${what} has a length of ${length}, ${this.#bytes.length - this.#at} bytes are left`, at)
    return length
  }

  #text(what: string): string {
    const length = this.#length(what)
    const start = this.#take(length, what)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** The first versions wrote its length in the upper half of the u64, and a word behind it. */
  #objective(): string {
    const at = this.#at
    const upper = at + 12 <= this.#bytes.length ? this.#view.getUint32(at + 4, true) : 0
    if (upper === 0) return this.#text('the objective')
    if (upper > MAX_NAME_BYTES) this.#fault(`the objective has a length of ${upper} in its upper half`)
    this.#take(12, 'the length of the objective')
    const start = this.#take(upper, 'the objective')
    return this.#bytes.toString('utf8', start, start + upper)
  }

  #passSpark(): void {
    if (this.#bytes[0] !== 0 || !(startsWith(this.#bytes, 2, '_cls_') || startsWith(this.#bytes, 2, '_reg_'))) return
    const isClassifier = startsWith(this.#bytes, 2, '_cls_')
    const passText = () => {
      const at = this.#take(2, 'a text of Spark')
      this.#take(this.#view.getUint16(at, false), 'a text of Spark')
    }
    // kind; columns of features, label and prediction; for classifiers the column of raw predictions
    for (let i = 0; i < (isClassifier ? 5 : 4); i++) passText()
    if (!isClassifier) return
    const at = this.#take(4, 'the thresholds of Spark')
    const count = this.#view.getInt32(at, false)
    if (count > 0) this.#take(count * 8, 'the thresholds of Spark')
  }

  #model(name: string, at: number): Trees | Linear {
    switch (name) {
      case 'gbtree':
        return this.#trees(false)
      case 'dart':
        return this.#trees(true)
      case 'gblinear':
        return this.#linear()
      default:
        return this.#reader.unsupported(`byte ${at}`, `the booster ${JSON.stringify(name.slice(0, 60))}`)
    }
  }

  #trees(isDart: boolean): Trees {
    const parameters = this.#take(BOOSTER_PARAMETER_BYTES, 'the parameters of the trees')
    const count = this.#view.getInt32(parameters, true)
    const parallelTrees = Math.max(1, this.#view.getInt32(parameters + 4, true))
    const least = TREE_PARAMETER_BYTES + NODE_BYTES + STATISTIC_BYTES
    if (count < 0 || count * least > this.#bytes.length - this.#at)
      this.#fault(`${count} trees are promised, ${this.#bytes.length - this.#at} bytes are left`, parameters)
    const trees = Array.from({ length: count }, (_, i) => this.#tree(i))
    const start = this.#take(count * 4, 'the groups of the trees')
    const groups = Int32Array.from({ length: count }, (_, i) => this.#view.getInt32(start + i * 4, true))
    const weights = isDart && count > 0 ? this.#floats('the weights of the trees') : null
    if (weights !== null && weights.length !== count)
      this.#fault(`there are ${weights.length} weights for ${count} trees`)
    return { trees, groups, weights, parallelTrees, iterations: null }
  }

  #tree(index: number): TreeNodes {
    const what = `tree ${index}`
    const parameters = this.#take(TREE_PARAMETER_BYTES, what)
    const count = this.#view.getInt32(parameters + 4, true)
    const width = this.#view.getInt32(parameters + 20, true)
    if (count < 1) this.#fault(`${what} has ${count} nodes`, parameters)
    const start = this.#take(count * NODE_BYTES, `${what} of ${count} nodes`)
    this.#take(count * STATISTIC_BYTES, `${what} of ${count} nodes`)
    if (width !== 0 && width !== 1)
      this.#reader.unsupported(`byte ${parameters}`, `leaves of ${width} values in ${what}`)
    // 0.4 wrote an empty list of leaf vectors where the parameter is not 0, and 1.6 and later set it to 1 without one.
    const words = Int32Array.from({ length: count * 5 }, (_, i) => this.#view.getInt32(start + i * 4, true))
    const floats = new Float32Array(words.buffer)
    const column = (word: number) => Int32Array.from({ length: count }, (_, i) => words[i * 5 + word] as number)
    return {
      left: column(1),
      right: column(2),
      feature: column(3).map((index) => index & 0x7fffffff),
      condition: Float32Array.from({ length: count }, (_, i) => floats[i * 5 + 4] as number),
      defaultLeft: column(3).map((index) => index >>> 31),
      categories: new Map(),
      leaves: null,
    }
  }

  #linear(): Linear {
    this.#take(LINEAR_PARAMETER_BYTES, 'the parameters of the linear booster')
    return { weights: this.#floats('the weights of the linear booster') }
  }

  #floats(what: string): Float32Array {
    const length = this.#length(what)
    const start = this.#take(length * 4, what)
    return Float32Array.from({ length }, (_, i) => this.#view.getFloat32(start + i * 4, true))
  }

  #attributes(): ReadonlyMap<string, string> {
    const count = this.#length('the attributes')
    const attributes = new Map<string, string>()
    for (let i = 0; i < count; i++) attributes.set(this.#text('an attribute'), this.#text('an attribute'))
    return attributes
  }
}
