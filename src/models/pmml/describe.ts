import type { ModelDescription } from '../model.ts'
import { childOf, childrenOf } from './document.ts'
import { modelElements } from './model.ts'
import type { InputPlan, Plan } from './plan.ts'
import type { Planner } from './scope.ts'
import { type Cell, textOf } from './types.ts'
import type { XmlElement } from './xml.ts'

/** Parts that are told apart, one below the other; a document may hold thousands of kinds of models, and people read it. */
const MAX_PARTS = 100

/** What is in a document, for people. */
export function describePmml(root: XmlElement, model: XmlElement, plan: Plan, planner: Planner): ModelDescription {
  return {
    parts: partsOf(model),
    inputs: plan.inputs
      .filter((input) => input.isActive)
      .map((input) => ({ name: input.name, optype: input.optype, treatments: treatmentsOf(input) })),
    targets: targetsOf(model, planner),
    elements: Object.fromEntries(
      [...planner.counts].filter(([name]) => countedElements.test(name)).sort(([, a], [, b]) => b - a),
    ),
    document: documentFacts(root, model),
  }
}

/** Elements whose number tells how large a model is. */
const countedElements =
  /Model$|^(NeuralNetwork|Scorecard|DataField|DerivedField|OutputField|DefineFunction|Segment|Node|ScoreDistribution|RegressionTable|PCell|SupportVectorMachine|SupportVector|VectorInstance|NeuralLayer|Neuron|Con|Cluster|Characteristic|Attribute|SimpleRule|CompoundRule|AssociationRule|Item|Itemset|PairCounts|TrainingInstances|BayesInput|TextIndex|MapValues)$/

/** Models by nesting; siblings alike are one part with a count. */
function partsOf(model: XmlElement): ModelDescription['parts'] {
  const parts: { depth: number; name: string; count: number; detail: string }[] = []
  const visit = (models: readonly XmlElement[], depth: number): void => {
    const groups = Map.groupBy(models, (element) => `${element.name} ${detailOf(element)}`)
    for (const group of groups.values()) {
      if (parts.length >= MAX_PARTS) return
      const first = group[0] as XmlElement
      parts.push({ depth, name: first.name, count: group.length, detail: detailOf(first) })
      const below = group.flatMap((element) => membersOf(element))
      if (below.length > 0) visit(below, depth + 1)
    }
  }
  visit([model], 0)
  return parts
}

function membersOf(model: XmlElement): XmlElement[] {
  const segmentation = childOf(model, 'Segmentation')
  if (!segmentation) return []
  return childrenOf(segmentation, 'Segment').flatMap((segment) =>
    segment.children.filter((child) => modelElements.has(child.name)),
  )
}

/** `classification, weightedAverage`, `regression, randomForest`. */
function detailOf(model: XmlElement): string {
  const method = childOf(model, 'Segmentation')?.attributes['multipleModelMethod']
  return [model.attributes['functionName'], method, model.attributes['modelType'], model.attributes['algorithmName']]
    .filter((word) => word !== undefined && word !== '')
    .join(', ')
}

/** What becomes of values that are missing, invalid or far out, in a few words each. */
function treatmentsOf(input: InputPlan): string[] {
  const show = (cell: Cell) =>
    typeof cell === 'number' && /^date|^time$/.test(input.type.type) ? textOf(cell, input.type) : String(cell)
  const told: string[] = []
  if (input.missing.length > 0) told.push(`${input.missing.map(show).join(', ')} is missing`)
  if (input.missingTreatment === 'returnInvalid') told.push('missing is refused')
  else if (input.missingReplacement !== undefined) told.push(`missing becomes ${show(input.missingReplacement)}`)
  const isLimited = input.valid !== null || input.intervals !== null || input.invalid.length > 0
  switch (input.invalidTreatment) {
    case 'returnInvalid':
      if (isLimited) told.push('invalid is refused')
      break
    case 'asIs':
      told.push('invalid stays')
      break
    case 'asMissing':
      told.push('invalid is missing')
      break
    default:
      told.push(`invalid becomes ${show(input.invalidReplacement)}`)
  }
  const range = `outside [${input.low}, ${input.high}]`
  if (input.outliers === 'asMissingValues') told.push(`${range} is missing`)
  if (input.outliers === 'asExtremeValues') told.push(`${range} becomes the bound`)
  return told
}

function targetsOf(model: XmlElement, planner: Planner): ModelDescription['targets'] {
  const schema = childOf(model, 'MiningSchema')
  return (schema ? childrenOf(schema, 'MiningField') : [])
    .filter((field) => /^(target|predicted)$/.test(field.attributes['usageType'] ?? ''))
    .map((field) => {
      const name = field.attributes['name'] ?? ''
      const declared = planner.dataFields.get(name)
      const values = (declared?.valid ?? []).map((value) => String(value))
      return { name, optype: declared?.facts.optype ?? null, values }
    })
}

function documentFacts(root: XmlElement, model: XmlElement): Record<string, string> {
  const header = childOf(root, 'Header')
  const stamp = header && childOf(header, 'Timestamp')
  const facts = {
    modelName: model.attributes['modelName'],
    description: header?.attributes['description'],
    copyright: header?.attributes['copyright'],
    created: stamp?.text.trim(),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, text]) => text)) as Record<string, string>
}
