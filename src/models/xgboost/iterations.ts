import { type Booster, groupsOf, isBefore, type Trees } from './booster.ts'
import type { DocumentReader } from './tree-document.ts'

/** First tree of each iteration, and the end: what `iterations` of a prediction refer to. */
export function iterationStarts(booster: Booster, trees: Trees, reader: DocumentReader): Int32Array {
  const count = trees.trees.length
  const given = trees.iterations
  if (given !== null && given.length > 0) {
    const isRising = given.every(
      (at, i) => Number.isInteger(at) && (i === 0 ? at === 0 : at >= (given[i - 1] as number)),
    )
    if (!isRising || given[given.length - 1] !== count)
      reader.fault('iteration_indptr', `does not rise from 0 to ${count}, the number of trees`)
    return Int32Array.from(given)
  }
  const hasVectors = trees.trees.some((tree) => tree.leaves !== null)
  const step = trees.parallelTrees * (hasVectors ? 1 : groupsOf(booster))
  const starts = Array.from({ length: Math.ceil(count / step) + 1 }, (_, i) => Math.min(count, i * step))
  return Int32Array.from(starts)
}

/**
 * Iterations that a prediction takes when none are asked for: up to the best one of early stopping, as XGBoost's scikit-learn
 * interface does. `best_iteration` counts from 0; `best_ntree_limit` counts trees of a group, and is all that can be relied on in
 * files before 1.6, which do not say how many trees an iteration has.
 */
export function bestIterations(booster: Booster, trees: Trees, iterations: number): number {
  const best = countOf(booster.attributes.get('best_iteration'))
  const limit = countOf(booster.attributes.get('best_ntree_limit')) || null
  if (limit !== null && (best === null || isBefore(booster.version, [1, 6])))
    return Math.min(Math.ceil(limit / trees.parallelTrees), iterations)
  return best === null ? iterations : Math.min(best + 1, iterations)
}

function countOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}
