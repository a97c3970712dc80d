import { expect, it } from 'vitest'
import { inputShape } from '../../../src/models/tensorflow/input-shapes.ts'
import { n, plainGraph, programOf, type } from '../../support/tensorflow-model.ts'

const x = n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT'))
const matrix = (name: string, rows: number) =>
  n(
    name,
    'Const',
    [],
    `attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: ${rows} } dim { size: 2 } } float_val: 1 } } }`,
  )

function shapeOf(...nodes: string[]) {
  const program = programOf(plainGraph([x, ...nodes].join(' ')))
  const [port] = program.signature.inputs
  return port ? inputShape(port, program) : undefined
}

it('takes the columns of an input from the matrices that it is multiplied with', () => {
  expect(shapeOf(matrix('k', 11), n('y', 'MatMul', ['x', 'k']))).toEqual([null, 11])
  expect(shapeOf(matrix('k', 11), matrix('l', 11), n('y', 'MatMul', ['x', 'k']), n('z', 'MatMul', ['x', 'l']))).toEqual(
    [null, 11],
  )
})

it('does not guess where the graph tells nothing, or two things', () => {
  expect(shapeOf(n('y', 'Neg', ['x']))).toBeNull()
  expect(shapeOf(matrix('k', 11), n('y', 'MatMul', ['x', 'k']), n('z', 'Neg', ['x']))).toBeNull()
  expect(
    shapeOf(matrix('k', 11), matrix('l', 12), n('y', 'MatMul', ['x', 'k']), n('z', 'MatMul', ['x', 'l'])),
  ).toBeNull()
  expect(
    shapeOf(matrix('k', 11), n('y', 'MatMul', ['x', 'k'], 'attr { key: "transpose_b" value { b: true } }')),
  ).toBeNull()
})
