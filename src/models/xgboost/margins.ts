import { MillraceError } from '../../core/errors.ts'
import { openEnsemble } from '../trees/ensemble.ts'
import type { LinearPlan, TreesPlan, XgboostPlan } from './plan.ts'

/** Computes margins: `margins` [rows, groups] from `matrix` [rows, features] for a number of iterations. */
export type MarginsOf = (
  matrix: Float64Array,
  rows: number,
  margins: Float64Array,
  iterations: number | undefined,
) => void

/** Opens the sums of a booster. All is float32, and additions go in the order of XGBoost's CPU predictor. */
export function openMargins(plan: XgboostPlan): MarginsOf {
  const { baseMargins, isBaseLast, groups, model } = plan
  const sums = model.kind === 'trees' ? openTrees(model) : openLinear(plan, model)
  const clean = openCleaning(plan)
  return (matrix, rows, margins, iterations) => {
    const count = rows * groups
    if (isBaseLast) margins.fill(0, 0, count)
    else for (let i = 0; i < count; i++) margins[i] = baseMargins[i % groups] as number
    sums(clean(matrix, rows), rows, margins, iterations)
    if (!isBaseLast) return
    for (let i = 0; i < count; i++)
      margins[i] = Math.fround((baseMargins[i % groups] as number) + (margins[i] as number))
  }
}

type Cleaning = (matrix: Float64Array, rows: number) => Float64Array

/** Numbers that stand for missing values become NaN, negative codes of categories -1; in a copy, as the matrix is the caller's. */
function openCleaning({ features, missing, model }: XgboostPlan): Cleaning {
  const categorical = model.kind === 'trees' ? model.categorical : new Int32Array()
  if (missing === null && categorical.length === 0) return (matrix) => matrix
  const single = missing === null ? Number.NaN : Math.fround(missing)
  return (matrix, rows) => {
    const copy = matrix.slice(0, rows * features)
    if (missing !== null) {
      for (let i = 0; i < copy.length; i++) if (Math.fround(copy[i] as number) === single) copy[i] = Number.NaN
    }
    for (let i = 0; i < categorical.length; i++) {
      for (let at = categorical[i] as number; at < copy.length; at += features)
        if (Math.fround(copy[at] as number) < 0) copy[at] = -1
    }
    return copy
  }
}

function openTrees({ ensemble, iterationStarts, iterations: usual }: TreesPlan): MarginsOf {
  const trees = openEnsemble(ensemble)
  const all = iterationStarts.length - 1
  return (matrix, rows, margins, iterations) => {
    const end = iterations === undefined ? usual : checkedIterations(iterations, all)
    trees.add(matrix, rows, margins, end === all ? undefined : { from: 0, end: iterationStarts[end] as number })
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
