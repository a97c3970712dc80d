import type { TfPort, TfProgram, TfShape } from './graph.ts'

/**
 * The shape of an input, where its placeholder does not say: what goes into a matrix product has as many columns as the constant matrix
 * has rows. Null where the graph does not tell, or tells two things.
 */
export function inputShape({ endpoint, shape }: TfPort, { graph }: TfProgram): TfShape {
  if (shape !== null) return shape
  let columns: number | null = null
  for (const node of graph.nodes.values()) {
    const isReader = node.inputs.some(({ node: name, output }) => name === endpoint.node && output === endpoint.output)
    if (!isReader) continue
    const [input, matrix] = node.inputs
    const transposed = ['transpose_a', 'transpose_b'].some((name) => {
      const attribute = node.attributes.get(name)
      return attribute?.kind === 'bool' && attribute.value
    })
    if (node.op !== 'MatMul' || transposed || input?.node !== endpoint.node || !matrix) return null
    const constant = graph.nodes.get(matrix.node)?.attributes.get('value')
    const rows = constant?.kind === 'tensor' && constant.value.shape.length === 2 ? constant.value.shape[0] : undefined
    if (rows === undefined || (columns !== null && columns !== rows)) return null
    columns = rows
  }
  return columns === null ? null : [null, columns]
}
