import { elementCount, type Tensor, tensorArrays } from '../../schema/tensor.ts'
import type { InputEdge } from './edges.ts'

/** Inputs above this many elements are not made up. */
const maxElements = 2 ** 22

/**
 * Inputs to try a graph on: open sizes are 1, floats 0.5, whole numbers 0 (an index that always exists) but 1 where there is only one (a count
 * or a length, some of which hang the runtime when they are 0). Null when they would be too large.
 */
export function madeUpFeeds(edges: readonly InputEdge[]): Readonly<Record<string, Tensor>> | null {
  const feeds: Record<string, Tensor> = {}
  for (const { dtype, shape, from } of edges) {
    if (typeof from !== 'string') {
      // A sequence of one vector of one element.
      const one = (data: bigint[]): Tensor => ({ dtype: 'int64', shape: [data.length], data: BigInt64Array.from(data) })
      feeds[from.elements] = filled(dtype, [1])
      feeds[from.shapes] = one([1n])
      feeds[from.ranks] = one([1n])
      continue
    }
    const sizes = shape?.map((size) => size ?? 1) ?? [1]
    if (elementCount(sizes) > maxElements) return null
    feeds[from] = filled(dtype, sizes)
  }
  return feeds
}

function filled(dtype: Tensor['dtype'], shape: readonly number[]): Tensor {
  const count = elementCount(shape)
  if (dtype === 'string') return { dtype, shape, data: new Array<string>(count).fill('') }
  const data = new tensorArrays[dtype](count)
  if (data instanceof Float32Array || data instanceof Float64Array) data.fill(0.5)
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(count === 1 ? 1n : 0n)
  else data.fill(count === 1 ? 1 : 0)
  return { dtype, shape, data }
}
