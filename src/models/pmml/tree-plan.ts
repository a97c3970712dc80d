import { childOf } from './document.ts'
import { planNodes } from './node-plan.ts'
import type { Scope } from './scope.ts'
import { TagReader } from './tag-reader.ts'
import { priorValues } from './targets.ts'
import { TreeCompiler } from './tree-compile.ts'
import { type MissingStrategy, missingStrategies } from './tree-ops.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A TreeModel: its root in the store of all trees, and its strategies. */
export interface TreePlan {
  readonly kind: 'tree'
  readonly root: number
  readonly missing: MissingStrategy
  readonly returnsLast: boolean
  readonly penalty: number
  /** Ids of the nodes in document order, null where a node has none; null when nothing asks for them. */
  readonly ids: readonly (string | null)[] | null
  /** Number of this tree in the store's forest, or -1 when it only runs node by node. */
  readonly tree: number
  /** True when the forest's answer holds only for records without missing values among its features. */
  readonly needsAll: boolean
  /** Features of the forest that the tree reads. */
  readonly features: readonly number[]
}

/** Class labels of a model in the order of their first use. */
export class Labels {
  readonly cells: Cell[] = []
  /** True when all labels of the trees that use them are known. */
  isComplete = false
  readonly #index = new Map<Cell, number>()

  at(cell: Cell): number {
    let found = this.#index.get(cell)
    if (found === undefined) {
      found = this.cells.length
      this.cells.push(cell)
      this.#index.set(cell, found)
    }
    return found
  }
}

/** Plans the nodes of a TreeModel. */
export function planTree(
  scope: Scope,
  model: XmlElement,
  labels: Labels | null,
  labelOf: (text: string) => Cell,
): TreePlan {
  const { reader } = scope
  const root = childOf(model, 'Node') ?? reader.fault(model, 'element Node is missing')
  const missing = reader.word(model, 'missingValueStrategy', missingStrategies, 'none')
  const noTrueChild = reader.word(
    model,
    'noTrueChildStrategy',
    ['returnNullPrediction', 'returnLastPrediction'],
    'returnNullPrediction',
  )
  const store = scope.planner.trees
  // Distributions are stored by label index, so every label must be known first.
  if (labels && !labels.isComplete) {
    collectLabels(root, labels, labelOf)
    for (const text of priorValues(model)) labels.at(labelOf(text))
  }
  if (missing === 'weightedConfidence' || missing === 'aggregateNodes') store.keepCounts()
  const at = store.size
  const ids = planNodes(scope, root, labels, labelOf)
  const returnsLast = noTrueChild === 'returnLastPrediction'
  const compiled = new TreeCompiler(store, missing, returnsLast).compile(at)
  return {
    kind: 'tree',
    root: at,
    missing,
    returnsLast,
    penalty: reader.number(model, 'missingValuePenalty', 1),
    ids,
    tree: compiled ? compiled.tree : -1,
    needsAll: compiled ? compiled.needsAll : false,
    features: compiled ? compiled.features : [],
  }
}

/** Adds the labels of a tree in document order: those of a node's distribution, then its score. */
export function collectLabels(root: XmlElement, labels: Labels, labelOf: (text: string) => Cell): void {
  const { document } = root
  const { names, ends, size } = document.tape
  const [nodeName, entryName] = [document.nameNumber('Node'), document.nameNumber('ScoreDistribution')]
  const [valueName, scoreName] = [document.nameNumber('value'), document.nameNumber('score')]
  const tag = new TagReader(document.tape)
  const known = new Set<number>()
  const add = (element: number, attribute: number, isScore: boolean): void => {
    tag.open(element)
    while (tag.next()) {
      if (tag.name !== attribute || (isScore && tag.start === tag.end)) continue
      const number = tag.valueNumber()
      if (known.has(number)) continue
      known.add(number)
      labels.at(labelOf(tag.text()))
    }
  }
  const last = Math.min(ends[root.index] as number, size)
  for (let node = root.index; node < last; node++) {
    if (names[node] !== nodeName) continue
    for (let child = document.firstChild(node); child >= 0; child = document.nextChild(node, child)) {
      if (names[child] === entryName) add(child, valueName, false)
    }
    add(node, scoreName, true)
  }
}
