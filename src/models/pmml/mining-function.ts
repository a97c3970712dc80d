import type { ResultKind } from './model-plan.ts'
import { typeNames } from './plan.ts'
import { type Cell, isNumeric, type TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

const functionNames: Readonly<Record<string, readonly MiningFunction[]>> = {
  AssociationModel: ['associationRules'],
  ClusteringModel: ['clustering'],
  NaiveBayesModel: ['classification'],
  RuleSetModel: ['classification'],
  Scorecard: ['regression'],
  MiningModel: ['regression', 'classification', 'clustering', 'associationRules', 'mixed'],
  NearestNeighborModel: ['regression', 'classification', 'clustering', 'mixed'],
  TimeSeriesModel: ['timeSeries'],
  SequenceModel: ['sequences'],
  TextModel: ['classification', 'clustering', 'regression', 'mixed'],
}
/** What a model is for. */
export type MiningFunction =
  | 'regression'
  | 'classification'
  | 'clustering'
  | 'associationRules'
  | 'timeSeries'
  | 'sequences'
  | 'mixed'

/** What a model element may be a model of (PMML GeneralStructure, MINING-FUNCTION). */
export function functionsOf(element: string): readonly MiningFunction[] {
  return functionNames[element] ?? ['regression', 'classification']
}

/** True for models whose results are ids of clusters or documents. */
export function givesIds(element: XmlElement): boolean {
  return element.attributes['functionName'] === 'clustering' || element.name === 'TextModel'
}

/** The type that results have: the target's, where they are of it. A regression of whole numbers gives fractions; categories may be other texts. */
export function valueTypeOf(
  type: TypeName,
  { result, categories }: { readonly result: ResultKind; readonly categories: readonly Cell[] },
): TypeName {
  if (result === 'number') return isNumeric(type.type) && type.type !== 'integer' ? type : typeNames.double
  if (result !== 'category') return type
  const shown = type.type === 'boolean' ? 'boolean' : isNumeric(type.type) ? 'number' : 'string'
  return categories.every((category) => typeof category === shown) ? type : typeNames.string
}
