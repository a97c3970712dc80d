import { controlOperators } from './control.ts'
import { convolutionOperators } from './convolution.ts'
import { crossOperators } from './cross.ts'
import { exampleOperators } from './example.ts'
import { gatherOperators } from './gather.ts'
import { imageOperators } from './image.ts'
import { listOperators } from './lists.ts'
import { logicOperators } from './logic.ts'
import { mathOperators } from './math.ts'
import { matrixOperators } from './matrix.ts'
import type { Operator } from './operator.ts'
import { reduceOperators } from './reduce.ts'
import { shapeOperators } from './shape.ts'
import { shapeKernels } from './shape-kernels.ts'
import { sliceOperators } from './slice.ts'
import { sparseOperators } from './sparse.ts'
import { spectralOperators } from './spectral.ts'
import { tableOperators } from './tables.ts'
import { textOperators } from './text.ts'

/** Every operator that has a translation, by TensorFlow's name. */
export const operators: ReadonlyMap<string, Operator> = collect()

function collect(): Map<string, Operator> {
  const all = new Map<string, Operator>()
  const add = (name: string, operator: Operator) => all.set(name, { ...all.get(name), ...operator })
  const tables = [
    mathOperators,
    logicOperators,
    shapeOperators,
    sliceOperators,
    gatherOperators,
    reduceOperators,
    matrixOperators,
    convolutionOperators,
    controlOperators,
    listOperators,
    tableOperators,
    exampleOperators,
    sparseOperators,
    crossOperators,
    spectralOperators,
    textOperators,
    imageOperators,
  ]
  for (const table of tables) for (const [name, operator] of Object.entries(table)) add(name, operator)
  for (const [name, evaluate] of Object.entries(shapeKernels)) add(name, { evaluate, evaluates: () => true })
  return all
}
