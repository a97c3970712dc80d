import type { RecordValue } from '../../schema/value.ts'
import { plainText, readText } from './fields.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import type { FeaturePlan } from './output.ts'
import type { ExpressionPlan, InputPlan, Plan } from './plan.ts'
import { canRunForest, ForestRunner, type TreeEngine } from './tree.ts'
import { NO_NODE } from './tree-compile.ts'
import { Op } from './tree-ops.ts'
import type { TreePlan } from './tree-plan.ts'
import type { TreeStore } from './tree-store.ts'

/** From record to prediction. */
export type ScoreOne = (record: RecordValue) => RecordValue

/** The steps that every model can be scored with. */
export interface GeneralSteps {
  /** Takes a record into the machine. */
  readonly read: (record: RecordValue) => void
  /** Scores the record that was read last; the prediction is a new object. */
  readonly finish: () => RecordValue
}

/**
 * Opens a document whose prediction depends on nothing but the leaf that a record reaches, or answers null.
 *
 * A leaf's prediction is made by the general steps when the first record comes there, frozen, and given to all that follow.
 * A leaf whose outputs refuse the record is not kept.
 */
export function openLeafPredictions(
  plan: Plan,
  machine: Machine,
  engine: TreeEngine,
  { read, finish }: GeneralSteps,
): ScoreOne | null {
  const tree = treeThatDecides(plan)
  if (tree === null) return null
  const walk = openWalk(tree, machine, engine)
  // [nodes + 1], by number of the node and 1; the first entry is for records that reach none.
  const known = new Array<RecordValue | null>(engine.store.end.length + 1).fill(null)
  const visit: ScoreOne = (record) => {
    read(record)
    const leaf = walk() + 1
    return known[leaf] ?? (known[leaf] = Object.freeze(finish()))
  }
  const findLeaf = compilePlainWalk(tree, plan.inputs, engine.store)
  if (findLeaf === null) return visit
  return (record) => {
    const leaf = findLeaf(record)
    return (leaf >= 0 ? known[leaf] : null) ?? visit(record)
  }
}

function openWalk(tree: TreePlan, machine: Machine, engine: TreeEngine): () => number {
  if (!canRunForest([tree], engine.store)) return () => engine.walk(tree)
  const runner = new ForestRunner([tree], engine, machine)
  return () => {
    runner.run()
    return runner.nodes[0] as number
  }
}

/** The tree whose leaves have a prediction each, alone or the only member of an ensemble; null when predictions depend on more. */
function treeThatDecides({ model, columns }: Plan): TreePlan | null {
  const models = [model]
  for (let only = onlyMember(model); only !== null; only = onlyMember(only)) models.push(only)
  const { body } = models.at(-1) as ModelPlan
  if (body.kind !== 'tree' || body.penalty !== 1) return null
  if (body.missing === 'weightedConfidence' || body.missing === 'aggregateNodes') return null
  const written = new Set(models.flatMap(({ slot, outputs }) => [slot, ...outputs.map((output) => output.slot)]))
  const isOfLeaf =
    columns.every((column) => written.has(column.slot)) &&
    models.every(({ outputs }) => outputs.every((output) => isFixed(output.feature, written)))
  return isOfLeaf ? body : null
}

/** The member of an ensemble of one that every record is scored with. */
function onlyMember({ body }: ModelPlan): ModelPlan | null {
  if (body.kind !== 'mining') return null
  const [only, other] = body.segments
  return only && !other && only.predicate.kind === 'true' && only.weightSlot < 0 ? only.model : null
}

function isFixed(feature: FeaturePlan, written: ReadonlySet<number>): boolean {
  switch (feature.kind) {
    case 'predictedValue':
    case 'predictedDisplayValue':
    case 'probability':
    case 'confidence':
    case 'affinity':
    case 'entityId':
    case 'clusterName':
    case 'reasonCode':
    case 'deviation':
    case 'missing':
      return true
    case 'expression':
      return isFixedExpression(feature.expression, written)
    case 'residual':
    case 'forecast':
    case 'rule':
      return false
    default:
      return feature satisfies never
  }
}

function isFixedExpression(expression: ExpressionPlan, written: ReadonlySet<number>): boolean {
  switch (expression.kind) {
    case 'constant':
      return true
    case 'field':
    case 'normContinuous':
    case 'normDiscrete':
    case 'discretize':
      return written.has(expression.slot)
    case 'mapValues':
      return expression.slots.every((slot) => written.has(slot))
    case 'apply':
      return expression.args.every((argument) => isFixedExpression(argument, written))
    case 'call':
    case 'textIndex':
    case 'aggregate':
      return false
    default:
      return expression satisfies never
  }
}

const numeric: ReadonlySet<string> = new Set(['double', 'float', 'integer'])
const maxNodes = 1000
const maxDepth = 60

/**
 * Makes the function that tells the leaf (its node and 1; 0 = none) of a record whose fields are numbers as they are wherever the
 * tree reads them, and -1 for other records. Its text holds node numbers, bounds and field names as JSON strings. Without
 * missing values every test holds or does not, so the strategies for them have no part. Null when the tree reads anything else.
 */
function compilePlainWalk(
  tree: TreePlan,
  inputs: readonly InputPlan[],
  store: TreeStore,
): ((record: RecordValue) => number) | null {
  if (store.end.length > maxNodes || store.op[tree.root] !== Op.true) return null
  const used = new Set<number>()
  const body = nodeText(tree, tree.root, store, used, 0)
  if (body === null) return null
  const lines: string[] = []
  for (const slot of used) {
    const [input, other] = inputs.filter((candidate) => candidate.slot === slot)
    const x = `x${slot}`
    const plain = input === undefined || other !== undefined ? null : plainText(input, x)
    if (input === undefined || plain === null || !numeric.has(input.type.type)) return null
    lines.push(`${readText(input, `let ${x}`)}; if (!(${plain})) return -1`)
    if (input.type.type === 'float') lines.push(`${x} = f(${x})`)
  }
  const text = `return (r) => {\n${lines.join('\n')}\n${body}\n}`
  return new Function('own', 'f', text)(Object.hasOwn, Math.fround) as (record: RecordValue) => number
}

const operators: Readonly<Record<number, string>> = {
  [Op.lt]: '<',
  [Op.le]: '<=',
  [Op.gt]: '>',
  [Op.ge]: '>=',
  [Op.eq]: '===',
  [Op.ne]: '!==',
}

/** Statements for what follows once `node` holds, or null; `used` takes the slots that they read. */
function nodeText(tree: TreePlan, node: number, store: TreeStore, used: Set<number>, depth: number): string | null {
  if (depth > maxDepth) return null
  const last = store.end[node] as number
  if (last === node + 1) return `return ${node + 1}`
  const lines: string[] = []
  for (let child = node + 1; child < last; child = store.end[child] as number) {
    const kind = store.op[child] as number
    if (kind === Op.false) continue
    const inner = nodeText(tree, child, store, used, depth + 1)
    if (inner === null) return null
    if (kind === Op.true) return [...lines, inner].join('\n')
    const operator = operators[kind]
    if (operator === undefined) return null
    const slot = store.field[child] as number
    used.add(slot)
    lines.push(`if (x${slot} ${operator} ${store.value[child] as number}) { ${inner} }`)
  }
  return [...lines, `return ${(tree.returnsLast ? node : NO_NODE) + 1}`].join('\n')
}
