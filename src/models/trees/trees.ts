/**
 * Binary decision forests over numbers, in typed arrays, and the branchless walk over them.
 *
 * Node `i` tests `x[feature[i]] < threshold[i]`; true goes to `falseChild[i] + 1`, false (and a missing value, NaN) to
 * `falseChild[i]`. Leaves point at themselves with threshold −Infinity, so that a walk may take more steps than a path has.
 * `x` holds each feature twice, `x[2f]` as it is and `x[2f + 1]` negated: with the negated copy, missing goes the other way.
 *
 * Example: the tree `x0 < 2 ? A : B` has feature [0, 0, 0], threshold [2, −Inf, −Inf], falseChild [1, 1, 2], payload
 * [-1, B, A].
 */
export interface Forest {
  readonly feature: Int32Array // [nodes], index into x
  readonly threshold: Float64Array // [nodes]
  readonly falseChild: Int32Array // [nodes]
  /** What a leaf stands for (the format decides); -1 elsewhere. */
  readonly payload: Int32Array // [nodes]
  readonly roots: Int32Array // [trees]
  readonly depths: Int32Array // [trees], longest path
}

/** Next double above `x`: `y <= x` is `y < nextUp(x)`. */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x
  if (x === 0) return Number.MIN_VALUE
  // The bits of a double count up with its size. A carry goes from the low word to the high one.
  number[0] = x
  const up = x > 0 ? 1 : -1
  const low = words[0] as number
  words[0] = low + up
  if (low === (up > 0 ? 0xffffffff : 0)) words[1] = (words[1] as number) + up
  return number[0] as number
}

const number = new Float64Array(1)
/** The same eight bytes, low word first as on every machine that runs Node. */
const words = new Uint32Array(number.buffer)

/** A test of a feature against a number, as formats write it. */
export type Relation = '<' | '<=' | '>' | '>='

/** Builds a Forest node by node: reserve a place, then fill it with a test or a leaf. */
export class ForestBuilder {
  #feature: Int32Array
  #threshold: Float64Array
  #falseChild: Int32Array
  #payload: Int32Array
  #size = 0
  readonly #roots: number[] = []
  readonly #depths: number[] = []

  /** Starts with room for this many nodes; more are taken when they come. */
  constructor(nodes = 0) {
    this.#feature = shared(Int32Array, nodes)
    this.#threshold = shared(Float64Array, nodes)
    this.#falseChild = shared(Int32Array, nodes)
    this.#payload = shared(Int32Array, nodes)
  }

  get trees(): number {
    return this.#roots.length
  }

  /** Starts a tree and returns the place of its root. */
  root(): number {
    const place = this.#reserve(1)
    this.#roots.push(place)
    this.#depths.push(0)
    return place
  }

  /** Makes `place`, which lies `depth` tests below the root of the latest tree, a leaf. */
  leaf(place: number, payload: number, depth: number): void {
    this.#feature[place] = 0
    this.#threshold[place] = Number.NEGATIVE_INFINITY
    this.#falseChild[place] = place
    this.#payload[place] = payload
    const tree = this.#depths.length - 1
    if (depth > (this.#depths[tree] as number)) this.#depths[tree] = depth
  }

  /**
   * Makes `place` the test `x[feature] relation value`, and returns the place for "holds"; that for "does not hold" is its neighbour,
   * see failsBeside. A missing value goes where `missing` says.
   */
  test(place: number, feature: number, relation: Relation, value: number, missing: 'holds' | 'fails'): number {
    const isLess = relation === '<' || relation === '<='
    const isDirect = isLess === (missing === 'fails')
    const isStrict = relation === '<' || relation === '>'
    // The comparison made is the relation itself or its opposite; `<=` becomes `<` against the next number.
    const isOpposite = missing === 'holds'
    const bound = isDirect ? value : -value
    const pair = this.#reserve(2)
    this.#feature[place] = feature * 2 + (isDirect ? 0 : 1)
    this.#threshold[place] = isStrict === !isOpposite ? bound : nextUp(bound)
    this.#falseChild[place] = pair
    return isOpposite ? pair : pair + 1
  }

  /** The forest; arrays lie in shared memory when they are large enough to matter. */
  finish(): Forest {
    return {
      feature: grown(Int32Array, this.#feature, this.#size),
      threshold: grown(Float64Array, this.#threshold, this.#size),
      falseChild: grown(Int32Array, this.#falseChild, this.#size),
      payload: grown(Int32Array, this.#payload, this.#size),
      roots: sharedArray(Int32Array, this.#roots),
      depths: sharedArray(Int32Array, this.#depths),
    }
  }

  #reserve(count: number): number {
    const place = this.#size
    this.#size += count
    if (this.#size > this.#feature.length) this.#grow(Math.max(16, this.#feature.length * 2))
    for (let at = place; at < this.#size; at++) {
      this.#threshold[at] = Number.NEGATIVE_INFINITY
      this.#falseChild[at] = at
      this.#payload[at] = -1
    }
    return place
  }

  #grow(nodes: number): void {
    this.#feature = grown(Int32Array, this.#feature, nodes)
    this.#threshold = grown(Float64Array, this.#threshold, nodes)
    this.#falseChild = grown(Int32Array, this.#falseChild, nodes)
    this.#payload = grown(Int32Array, this.#payload, nodes)
  }
}

/** The place for "does not hold" beside the one that `ForestBuilder.test` returned. */
export function failsBeside(holds: number, missing: 'holds' | 'fails'): number {
  return missing === 'holds' ? holds + 1 : holds - 1
}

const sharedFromBytes = 1024

interface NumericArrayType<A> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike): A
}

/** A typed array of zeros; above 1 KB on a SharedArrayBuffer, so that threads share one copy. */
export function shared<A extends Int32Array | Float64Array | Uint8Array>(type: NumericArrayType<A>, length: number): A {
  const bytes = length * type.BYTES_PER_ELEMENT
  return new type(bytes > sharedFromBytes ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
}

/** The same, of these numbers. */
export function sharedArray<A extends Int32Array | Float64Array | Uint8Array>(
  type: NumericArrayType<A>,
  values: ArrayLike<number>,
): A {
  const array = shared(type, values.length)
  array.set(values)
  return array
}

/** The first `length` entries of `array`, followed by zeros when it has fewer; `array` itself when it has as many. */
export function grown<A extends Int32Array | Float64Array | Uint8Array>(
  type: NumericArrayType<A>,
  array: A,
  length: number,
): A {
  const isShared = array.buffer instanceof SharedArrayBuffer
  if (array.length === length && isShared === length * type.BYTES_PER_ELEMENT > sharedFromBytes) return array
  const copy = shared(type, length)
  copy.set(array.length > length ? array.subarray(0, length) : array)
  return copy
}

/** Walks all trees for one record: `x` as Forest says, `leaves[t]` becomes the leaf's node of tree `t`. */
export type Walk = (x: Float64Array, leaves: Int32Array) => void

const lanes = 8
const maxUnrolled = 14

/** Makes the walk of a forest. Trees of like depth go eight at a time, as their loads then overlap. */
export function openForest(forest: Forest): Walk {
  const { feature, threshold, falseChild, roots, depths } = forest
  const order = Int32Array.from(roots, (_, tree) => tree).sort((a, b) => (depths[a] as number) - (depths[b] as number))
  const groups: { readonly trees: Int32Array; readonly walk: GroupWalk; readonly depth: number }[] = []
  for (let at = 0; at < order.length; ) {
    const count = order.length - at >= lanes ? lanes : 1
    const trees = order.slice(at, at + count)
    const depth = depths[trees[count - 1] as number] as number
    groups.push({ trees, walk: groupWalk(count, depth <= maxUnrolled ? depth : -1), depth })
    at += count
  }
  return (x, leaves) => {
    for (let g = 0; g < groups.length; g++) {
      const { trees, walk } = groups[g] as (typeof groups)[number]
      walk(x, feature, threshold, falseChild, roots, trees, leaves)
    }
  }
}

type GroupWalk = (
  x: Float64Array,
  feature: Int32Array,
  threshold: Float64Array,
  falseChild: Int32Array,
  roots: Int32Array,
  trees: Int32Array,
  leaves: Int32Array,
) => void

const walks = new Map<string, GroupWalk>()

/** The function that walks `count` trees at once for `depth` steps, or until all are at leaves when depth is -1. Its text depends on these two numbers only. */
function groupWalk(count: number, depth: number): GroupWalk {
  const key = `${count}/${depth}`
  let found = walks.get(key)
  if (!found) walks.set(key, (found = makeWalk(count, depth)))
  return found
}

function makeWalk(count: number, depth: number): GroupWalk {
  const each = (template: (k: number) => string) => Array.from({ length: count }, (_, k) => template(k)).join('\n')
  const step = each((k) => `i${k} = L[i${k}] + ((x[F[i${k}]] < H[i${k}]) | 0)`)
  // `? 0 : 1` would become a branch and be several times slower than `| 0`.
  const body =
    depth >= 0
      ? Array.from({ length: depth }, () => step).join('\n')
      : `for (;;) {\n${step}\n${step}\n${step}\n${step}\nif (${Array.from({ length: count }, (_, k) => `L[i${k}] === i${k}`).join(' && ')}) break\n}`
  const text = `${each((k) => `const t${k} = T[${k}]; let i${k} = R[t${k}]`)}\n${body}\n${each((k) => `O[t${k}] = i${k}`)}`
  return new Function('x', 'F', 'H', 'L', 'R', 'T', 'O', text) as GroupWalk
}
