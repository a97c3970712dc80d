import type { TreeStore } from './tree-store.ts'

/** Tables of more numbers are not made: opening a model stays a matter of milliseconds. */
const maxNumbers = 300_000

/**
 * What the leaves of a forest give, by node of the forest and label: one look-up per tree instead of three. NaN where a leaf
 * gives nothing, null for forests that are too large.
 */
export function leafScores(store: TreeStore): Float64Array | null {
  const { payload } = store.forest
  if (payload.length > maxNumbers) return null
  return Float64Array.from(payload, (node) => (node < 0 ? Number.NaN : (store.score[node] as number)))
}

/** Shares of `width` labels by node of the forest, see leafScores. */
export function leafShares(store: TreeStore, width: number): Float64Array | null {
  const { payload } = store.forest
  const { distribution, shares } = store
  if (payload.length * width > maxNumbers) return null
  const table = new Float64Array(payload.length * width).fill(Number.NaN)
  for (const [leaf, node] of payload.entries()) {
    const at = node < 0 ? -1 : (distribution[node] as number)
    if (at >= 0) for (let i = 0; i < width; i++) table[leaf * width + i] = shares[at + i] as number
  }
  return table
}

/** Sum of the leaves' scores in the order of the trees; NaN when one has none. Weights are null where all are 1. */
export function sumOfScores(
  leaves: Int32Array,
  scores: Float64Array,
  weights: Float64Array | null,
  isFloat: boolean,
): number {
  let sum = 0
  if (weights !== null) {
    for (let t = 0; t < leaves.length; t++) {
      const score = scores[leaves[t] as number] as number
      const weight = weights[t] as number
      sum = isFloat ? Math.fround(sum + Math.fround(Math.fround(score) * weight)) : sum + score * weight
    }
  } else if (isFloat) {
    for (let t = 0; t < leaves.length; t++) sum = Math.fround(sum + Math.fround(scores[leaves[t] as number] as number))
  } else {
    for (let t = 0; t < leaves.length; t++) sum += scores[leaves[t] as number] as number
  }
  return sum
}

/** Sums the leaves' shares label by label in the order of the trees; false when one has none. */
export function sumOfShares(
  leaves: Int32Array,
  shares: Float64Array,
  weights: Float64Array | null,
  sums: Float64Array,
): boolean {
  const width = sums.length
  for (let i = 0; i < width; i++) {
    let sum = 0
    if (weights === null) {
      for (let t = 0; t < leaves.length; t++) sum += shares[(leaves[t] as number) * width + i] as number
    } else {
      for (let t = 0; t < leaves.length; t++)
        sum += (shares[(leaves[t] as number) * width + i] as number) * (weights[t] as number)
    }
    if (Number.isNaN(sum)) return false
    sums[i] = sum
  }
  return true
}
