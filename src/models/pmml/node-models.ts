import { childrenOf } from './document.ts'
import { embedded, modelOf } from './embedded.ts'
import { adopt } from './mining.ts'
import type { ModelPlan } from './model-plan.ts'
import { type ModelOpener, Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import { priorValues } from './targets.ts'
import { setLeaf, type TreeEngine } from './tree.ts'
import { NO_NODE } from './tree-compile.ts'
import { collectLabels, Labels, planTree, type TreePlan } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/**
 * A tree whose nodes embed models (PMML 3.0 to 4.4, Model Composition, model selection): where a record ends in such a node, the result
 * of the model takes the place of the score.
 */
export interface NodeModelsPlan {
  readonly kind: 'nodeModels'
  readonly tree: TreePlan
  /** Index into `models` by node in document order, -1 where the node has a score. */
  readonly choices: Int32Array
  readonly models: readonly {
    readonly model: ModelPlan
    /** Category of the whole by category of the model. */
    readonly categories: Int32Array
  }[]
}

/** True when a node of the tree embeds a model. */
export function hasNodeModels(model: XmlElement): boolean {
  return nodesOf(model).some((node) => node.children.some(({ name }) => embedded.has(name)))
}

/** Nodes of a tree in document order, without those of embedded trees. */
function nodesOf(parent: XmlElement): XmlElement[] {
  return childrenOf(parent, 'Node').flatMap((node) => [node, ...nodesOf(node)])
}

/** Plans a tree and the models in its nodes; a node without score and model has what its nearest ancestor has. */
export function planNodeModels(
  scope: Scope,
  element: XmlElement,
  labels: Labels | null,
  labelOf: (text: string) => Cell,
  planInner: (model: XmlElement, labels: Labels | null) => ModelPlan,
): NodeModelsPlan {
  const { reader } = scope
  const strategy = element.attributes['missingValueStrategy']
  if (strategy === 'weightedConfidence' || strategy === 'aggregateNodes')
    reader.unsupported(element, `missingValueStrategy="${strategy}" of a tree with embedded models`)
  const union = labels ?? new Labels()
  const known = labels?.isComplete === true ? union.cells.length : -1
  if (labels) collectAll(element, labels, labelOf)
  if (known >= 0 && union.cells.length > known)
    reader.unsupported(element, 'embedded models with labels of their own in a tree of an ensemble')
  const nodes = nodesOf(element)
  const choices = new Int32Array(nodes.length).fill(-1)
  const inner: XmlElement[] = []
  const choose = (node: XmlElement, at: number, inherited: number): number => {
    const own = node.children.filter(({ name }) => embedded.has(name))
    if (own.length > 1) reader.unsupported(own[1] as XmlElement, 'a second embedded model in a Node')
    const choice = own[0] ? inner.push(modelOf(own[0])) - 1 : node.attributes['score'] === undefined ? inherited : -1
    choices[at] = choice
    let next = at + 1
    for (const child of childrenOf(node, 'Node')) next = choose(child, next, choice)
    return next
  }
  for (const root of childrenOf(element, 'Node')) choose(root, 0, -1)
  const models = inner.map((model) => planInner(model, labels))
  const result = labels ? 'category' : 'number'
  for (const [i, { result: own }] of models.entries()) {
    if (own !== result)
      reader.unsupported(
        inner[i] as XmlElement,
        `an embedded model that predicts a ${own} in a tree that predicts a ${result}`,
      )
  }
  const plans = models.map((model) => ({ model, categories: Int32Array.from(model.categories, (c) => union.at(c)) }))
  return { kind: 'nodeModels', tree: planTree(scope, element, labels, labelOf), choices, models: plans }
}

/** Distributions of trees are stored by label, so the labels of the tree and of all models in it must be known first. */
function collectAll(element: XmlElement, labels: Labels, labelOf: (text: string) => Cell): void {
  for (const root of childrenOf(element, 'Node')) collectLabels(root, labels, labelOf)
  const end = element.document.tape.ends[element.index] as number
  for (const { index, attributes } of element.document.named('RegressionTable')) {
    const category = attributes['targetCategory']
    if (category !== undefined && index > element.index && index < end) labels.at(labelOf(category))
  }
  for (const text of priorValues(element)) labels.at(labelOf(text))
  labels.isComplete = true
}

/** Opens a tree with models in its nodes. */
export function openNodeModels(
  outer: ModelPlan,
  plan: NodeModelsPlan,
  trees: TreeEngine,
  open: ModelOpener,
): RunningModel {
  const outcome = new Outcome(outer.result, outer.categories)
  const members = plan.models.map(({ model, categories }) => ({ plan: { categories }, model: open(model) }))
  const { tree, choices } = plan
  const run = (): void => {
    const node = trees.walk(tree)
    const member = node === NO_NODE ? undefined : members[choices[node - tree.root] as number]
    if (!member) {
      setLeaf(outcome, trees, tree, node)
      return
    }
    member.model.run()
    adopt(outcome, member)
    if (tree.ids) outcome.entity = tree.ids[node - tree.root] ?? String(node - tree.root + 1)
  }
  return { outcome, run }
}
