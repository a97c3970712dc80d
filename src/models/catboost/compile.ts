import { type Ensemble, EnsembleBuilder, failsBeside } from '../trees/ensemble.ts'
import type { Document, JsonObject } from './document.ts'

/** A numeric feature. */
export interface FloatFeature {
  readonly name: string
  /** Column of a matrix of all features. */
  readonly column: number
  /** True when a missing value is larger than every border, false when it is smaller. */
  readonly isMissingLarge: boolean
}

/** CatBoost's own limit of the depth of oblivious trees. */
const MAX_DEPTH = 16

/** Trees of a document as an ensemble over its numeric features. */
export function compileTrees(
  root: JsonObject,
  features: readonly FloatFeature[],
  targets: number,
  document: Document,
): Ensemble {
  // Numbers are compared as floats, which the caller rounds them to, and added as doubles.
  const builder = new EnsembleBuilder({ features: features.length, targets, precision: 'float64', leafWidth: targets })
  const compiler = new TreeCompiler(builder, features, targets, document)
  if (Array.isArray(root['oblivious_trees'])) {
    root['oblivious_trees'].forEach((tree, i) => {
      compiler.oblivious(document.object(tree, `oblivious_trees[${i}]`), `oblivious_trees[${i}]`)
    })
  } else {
    document.list(root['trees'], 'trees').forEach((tree, i) => {
      compiler.nested(document.object(tree, `trees[${i}]`), `trees[${i}]`)
    })
  }
  return builder.finish()
}

class TreeCompiler {
  readonly #builder: EnsembleBuilder
  readonly #features: readonly FloatFeature[]
  readonly #targets: number
  readonly #document: Document

  constructor(builder: EnsembleBuilder, features: readonly FloatFeature[], targets: number, document: Document) {
    this.#builder = builder
    this.#features = features
    this.#targets = targets
    this.#document = document
  }

  /** A tree that asks the same on each level: bit i of a leaf's number says whether its split i holds. */
  oblivious(tree: JsonObject, path: string): void {
    const splits = this.#document
      .list(tree['splits'] ?? [], `${path}.splits`)
      .map((split, i) => this.#split(split, `${path}.splits[${i}]`))
    const depth = splits.length
    if (depth > MAX_DEPTH) this.#document.fault(`${path}.splits`, `are ${depth}, expected at most ${MAX_DEPTH}`)
    const values = this.#document.numbers(tree['leaf_values'], `${path}.leaf_values`)
    const expected = 2 ** depth * this.#targets
    if (values.length !== expected)
      this.#document.fault(`${path}.leaf_values`, `are ${values.length}, expected ${expected} for ${depth} splits`)
    const visit = (place: number, level: number, leaf: number): void => {
      if (level === depth) {
        this.#leaf(place, depth, values.slice(leaf * this.#targets, (leaf + 1) * this.#targets))
        return
      }
      const { holds, fails } = this.#test(place, splits[level] as Split)
      visit(fails, level + 1, leaf)
      visit(holds, level + 1, leaf + 2 ** level)
    }
    visit(this.#builder.root(0), 0, 0)
  }

  /** A tree of nodes: `left` is for values up to the border. */
  nested(tree: JsonObject, path: string): void {
    const open: [unknown, string, number, number][] = [[tree, path, this.#builder.root(0), 0]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [value, at, place, depth] = next
      const node = this.#document.object(value, at)
      if (node['split'] === undefined) {
        const leaf = node['value']
        const values = Array.isArray(leaf)
          ? this.#document.numbers(leaf, `${at}.value`)
          : [this.#document.number(leaf, `${at}.value`)]
        if (values.length !== this.#targets)
          this.#document.fault(`${at}.value`, `has ${values.length} numbers, expected ${this.#targets}`)
        this.#leaf(place, depth, values)
        continue
      }
      const { holds, fails } = this.#test(place, this.#split(node['split'], `${at}.split`))
      // Paths in messages end with the third level: deep trees would make them as long as the file.
      const below = depth < 3 ? at : `${path}…`
      open.push([node['right'], `${below}.right`, holds, depth + 1], [node['left'], `${below}.left`, fails, depth + 1])
    }
  }

  #leaf(place: number, depth: number, values: readonly number[]): void {
    this.#builder.leaf(place, depth, this.#targets === 1 ? (values[0] as number) : values)
  }

  #test(place: number, { feature, border }: Split): { readonly holds: number; readonly fails: number } {
    const missing = this.#features[feature]?.isMissingLarge ? 'holds' : 'fails'
    const holds = this.#builder.test(place, feature, '>', border, missing)
    return { holds, fails: failsBeside(holds, missing) }
  }

  #split(value: unknown, path: string): Split {
    const split = this.#document.object(value, path)
    const type = this.#document.text(split['split_type'], `${path}.split_type`)
    if (type !== 'FloatFeature')
      this.#document.unsupported(path, `a split of the type ${JSON.stringify(type)} (only numeric features are)`)
    const feature = this.#document.count(split['float_feature_index'], `${path}.float_feature_index`)
    if (feature >= this.#features.length)
      this.#document.fault(`${path}.float_feature_index`, `is ${feature}, there are ${this.#features.length} features`)
    return { feature, border: Math.fround(this.#document.number(split['border'], `${path}.border`)) }
  }
}

interface Split {
  readonly feature: number
  readonly border: number
}
