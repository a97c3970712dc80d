import { MillraceError } from '../../core/errors.ts'
import { type Ensemble, EnsembleBuilder, failsBeside } from '../trees/ensemble.ts'
import { type Booster, groupsOf, type TreeNodes, type Trees } from './booster.ts'
import type { DocumentReader, NumberList } from './tree-document.ts'

/** Words of category sets that all trees of a model may have together: 64 MB. */
const MAX_SET_WORDS = 2 ** 24

/** XGBoost's codes of categories are floats that count exactly (src/common/categorical.h). */
const MAX_CATEGORY = 2 ** 24

/** Trees of a booster as an ensemble. Refuses nodes that do not make trees: children out of range, loops, features out of range. */
export function compileTrees(booster: Booster, trees: Trees, reader: DocumentReader): Ensemble {
  const targets = groupsOf(booster)
  const width = widthOf(trees, targets, reader)
  const builder = new EnsembleBuilder({ features: booster.features, targets, precision: 'float32', leafWidth: width })
  const budget = { words: MAX_SET_WORDS }
  trees.trees.forEach((nodes, t) => {
    const path = `tree ${t}`
    const group = trees.groups[t] as number
    if (!Number.isInteger(group) || group < 0 || group >= targets)
      reader.fault(path, `adds to output ${group}, the model has ${targets}`)
    new TreeCompiler({ booster, builder, reader, budget }, nodes, path).compile(group, weightOf(trees, t))
  })
  return builder.finish()
}

function weightOf(trees: Trees, tree: number): number | null {
  return trees.weights === null ? null : Math.fround(trees.weights[tree] as number)
}

/** Values of a leaf: 1, or one for each output. */
function widthOf(trees: Trees, targets: number, reader: DocumentReader): number {
  const widths = trees.trees.map((nodes) => nodes.leaves?.width ?? 1)
  const wrong = widths.findIndex((width) => width !== widths[0])
  if (wrong > 0)
    reader.unsupported(`tree ${wrong}`, `leaves of ${widths[wrong]} values beside leaves of ${widths[0]} values`)
  const width = widths[0] ?? 1
  if (width !== 1 && width !== targets)
    reader.fault('tree 0', `has leaves of ${width} values, the model has ${targets} outputs`)
  return width
}

interface Surroundings {
  readonly booster: Booster
  readonly builder: EnsembleBuilder
  readonly reader: DocumentReader
  readonly budget: { words: number }
}

/** Turns the nodes of one tree into places of a builder. */
class TreeCompiler {
  readonly #around: Surroundings
  readonly #nodes: TreeNodes
  readonly #path: string
  readonly #seen: Uint8Array

  constructor(around: Surroundings, nodes: TreeNodes, path: string) {
    this.#around = around
    this.#nodes = nodes
    this.#path = path
    this.#seen = new Uint8Array(nodes.left.length)
  }

  compile(group: number, weight: number | null): void {
    const { builder } = this.#around
    const { left, right } = this.#nodes
    // Node, its place, its depth, one behind the other.
    const open = [0, builder.root(group), 0]
    while (open.length > 0) {
      const depth = open.pop() as number
      const place = open.pop() as number
      const node = open.pop() as number
      if ((left[node] as number) < 0) {
        builder.leaf(place, depth, this.#leaf(node, weight))
        continue
      }
      const { holds, fails, isRightHeld } = this.#split(node, place)
      const first = this.#child(node, left[node] as number)
      const second = this.#child(node, right[node] as number)
      open.push(second, isRightHeld ? holds : fails, depth + 1, first, isRightHeld ? fails : holds, depth + 1)
    }
  }

  #fault(node: number, reason: string): never {
    return this.#around.reader.fault(`${this.#path}, node ${node}`, reason)
  }

  #child(node: number, child: number): number {
    const count = this.#seen.length
    if (!Number.isInteger(child) || child < 1 || child >= count)
      this.#fault(node, `has the child ${child}, expected a node from 1 to ${count - 1}`)
    if (this.#seen[child]) this.#fault(node, `has the child ${child}, which another node has too`)
    this.#seen[child] = 1
    return child
  }

  #leaf(node: number, weight: number | null): number | Float32Array {
    const { leaves, condition, right } = this.#nodes
    if (leaves === null) {
      const value = Math.fround(condition[node] as number)
      return weight === null ? value : Math.fround(value * weight)
    }
    const index = leaves.isByLeaf ? (right[node] as number) : node
    // A tree of a root alone may have no number for it.
    const from = (leaves.isByLeaf && this.#seen.length === 1 ? 0 : index) * leaves.width
    const end = from + leaves.width
    if (!Number.isInteger(index) || !(from >= 0 && end <= leaves.values.length))
      this.#fault(node, `is leaf ${index}, there are values of ${leaves.values.length / leaves.width} leaves`)
    const values = Float32Array.from(leaves.values.subarray(from, end))
    return weight === null ? values : values.map((value) => value * weight)
  }

  #split(node: number, place: number): { holds: number; fails: number; isRightHeld: boolean } {
    const { builder, booster } = this.#around
    const { feature: features, defaultLeft, condition, categories } = this.#nodes
    const feature = features[node] as number
    if (!Number.isInteger(feature) || feature < 0 || feature >= booster.features)
      this.#fault(node, `tests feature ${feature}, the model has ${booster.features}`)
    const isMissingLeft = (defaultLeft[node] as number) !== 0
    const chosen = categories.get(node)
    if (chosen !== undefined) {
      const missing = isMissingLeft ? 'fails' : 'holds'
      const holds = builder.testSet(place, feature, this.#bitset(node, chosen), missing)
      return { holds, fails: failsBeside(holds, missing), isRightHeld: true }
    }
    const missing = isMissingLeft ? 'holds' : 'fails'
    const holds = builder.test(place, feature, '<', condition[node] as number, missing)
    return { holds, fails: failsBeside(holds, missing), isRightHeld: false }
  }

  #bitset(node: number, chosen: NumberList): Uint32Array {
    let largest = -1
    for (const category of chosen) {
      if (!Number.isInteger(category) || category < 0 || category >= MAX_CATEGORY)
        this.#fault(node, `tests category ${category}, expected a whole number from 0 to ${MAX_CATEGORY - 1}`)
      if (category > largest) largest = category
    }
    const words = (largest >>> 5) + 1
    const { budget, reader } = this.#around
    budget.words -= largest < 0 ? 0 : words
    if (budget.words < 0)
      throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
        source: reader.source,
        place: `${this.#path}, node ${node}`,
        limit: MAX_SET_WORDS * 32,
        what: 'categories in all splits together',
      })
    const bits = new Uint32Array(largest < 0 ? 0 : words)
    for (const category of chosen) bits[category >>> 5] = (bits[category >>> 5] as number) | (1 << (category & 31))
    return bits
  }
}
