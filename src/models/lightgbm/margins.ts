import { openEnsemble } from '../trees/ensemble.ts'
import { type CompiledTrees, type LinearModels, zeroThreshold } from './compile.ts'

/** Adds to `margins` [rows, targets] what the trees of a range (`end` exclusive) give for the rows of `matrix` [rows, features]. */
export type AddMargins = (
  matrix: Float64Array,
  rows: number,
  margins: Float64Array,
  trees: { readonly from: number; readonly end: number },
) => void

/** Rows whose leaves are found at once in models of linear trees. */
const rowsAtOnce = 64

/** Opens the trees for one thread. Sums are in the library's order: tree by tree, a linear leaf's terms before it is added. */
export function openMargins({ ensemble, linear }: CompiledTrees): AddMargins {
  const opened = openEnsemble(ensemble)
  if (linear === null) return (matrix, rows, margins, trees) => opened.add(matrix, rows, margins, trees)
  const { trees: count, targets, features, leafValues } = ensemble
  const reached = new Int32Array(rowsAtOnce * count)
  return (matrix, rows, margins, { from, end }) => {
    for (let first = 0; first < rows; first += rowsAtOnce) {
      const some = Math.min(rowsAtOnce, rows - first)
      const part = matrix.subarray(first * features, (first + some) * features)
      opened.leaves(part, some, reached)
      for (let row = 0; row < some; row++) {
        for (let tree = from; tree < end; tree++) {
          const leaf = reached[row * count + tree] as number
          const at = (first + row) * targets + (tree % targets)
          const value = leafValues[leaf] as number
          margins[at] =
            (margins[at] as number) +
            (linear.isLinear[tree] === 1 ? linearValue(linear, leaf, part, row * features, value) : value)
        }
      }
    }
  }
}

/** The value of a linear leaf for the row that starts at `at`; `otherwise` when a number is missing (Tree::Predict, LightGBM 4.7). */
function linearValue(linear: LinearModels, leaf: number, matrix: Float64Array, at: number, otherwise: number): number {
  const { constants, start, features, coefficients } = linear
  const end = start[leaf + 1] as number
  let value = constants[leaf] as number
  for (let term = start[leaf] as number; term < end; term++) {
    const x = matrix[at + (features[term] as number)] as number
    if (Number.isNaN(x)) return otherwise
    // The library reads numbers so near to 0 as 0.
    if (Math.abs(x) > zeroThreshold) value += (coefficients[term] as number) * x
    else value += (coefficients[term] as number) * 0
  }
  return value
}
