import { MillraceError } from '../../core/errors.ts'
import { openEnsemble } from '../trees/ensemble.ts'
import type { LinearPlan, TreesPlan, XgboostPlan } from './plan.ts'

/** Computes margins: `margins` [rows, groups] from `matrix` [rows, features], which it may change, for a number of iterations. */
export type MarginsOf = (
  matrix: Float64Array,
  rows: number,
  margins: Float64Array,
  iterations: number | undefined,
) => void

/** Opens the sums of a booster. All is float32, and additions go in the order of XGBoost's CPU predictor. */
export function openMargins(plan: XgboostPlan): MarginsOf {
  const sums = plan.model.kind === 'trees' ? openTrees(plan, plan.model) : openLinear(plan, plan.model)
  const { baseMargins, groups, missing } = plan
  return (matrix, rows, margins, iterations) => {
    if (missing !== null) maskMissing(matrix, missing)
    for (let i = 0; i < rows * groups; i++) margins[i] = baseMargins[i % groups] as number
    sums(matrix, rows, margins, iterations)
  }
}

function maskMissing(matrix: Float64Array, missing: number): void {
  const single = Math.fround(missing)
  for (let i = 0; i < matrix.length; i++) if (Math.fround(matrix[i] as number) === single) matrix[i] = Number.NaN
}

function openTrees(plan: XgboostPlan, model: TreesPlan): MarginsOf {
  const ensemble = openEnsemble(model.ensemble)
  const { features } = plan
  const { categorical, iterationStarts, iterations: usual } = model
  const all = iterationStarts.length - 1
  return (matrix, rows, margins, iterations) => {
    for (let i = 0; i < categorical.length; i++) {
      for (let at = categorical[i] as number; at < rows * features; at += features)
        if (Math.fround(matrix[at] as number) < 0) matrix[at] = -1
    }
    const end = iterations === undefined ? usual : checkedIterations(iterations, all)
    ensemble.add(matrix, rows, margins, end === all ? undefined : { from: 0, end: iterationStarts[end] as number })
  }
}

/** As in XGBoost 0 stands for all, and more than there are is an error. */
function checkedIterations(iterations: number, all: number): number {
  if (iterations === 0) return all
  if (Number.isInteger(iterations) && iterations > 0 && iterations <= all) return iterations
  throw new MillraceError('MODEL_RUN_ERROR', {
    reason: `${iterations} iterations are asked for, the model has ${all}`,
  })
}

/** GBLinear: the sum begins with bias + base score; missing values add nothing (src/gbm/gblinear.cc). */
function openLinear(plan: XgboostPlan, model: LinearPlan): MarginsOf {
  const { features, groups } = plan
  const { weights } = model
  const f = Math.fround
  return (matrix, rows, margins) => {
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < groups; group++) {
        let sum = f((weights[features * groups + group] as number) + (margins[row * groups + group] as number))
        for (let feature = 0; feature < features; feature++) {
          const value = f(matrix[row * features + feature] as number)
          if (!Number.isNaN(value)) sum = f(sum + f(value * (weights[feature * groups + group] as number)))
        }
        margins[row * groups + group] = sum
      }
    }
  }
}
