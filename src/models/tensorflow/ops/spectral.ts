import { elementCount, type Tensor } from '../../../schema/tensor.ts'
import type { TfShape } from '../graph.ts'
import type { Value } from '../value.ts'
import { planFourier } from './fourier.ts'
import { KernelFault, type Operator, type OperatorTable } from './operator.ts'
import { scalarOf } from './plain.ts'

/** Numbers that are transformed at most at once. */
const maxNumbers = 2 ** 22

/** Fourier transforms over the last dimension. Complex numbers are float32 tensors whose last dimension has 2 elements. */
export const spectralOperators: OperatorTable = {
  FFT: transform(-1),
  IFFT: transform(1),
  RFFT: {
    isComplex: true,
    evaluates: (_node, [x, length]) => x === 'float32' && length === 'int32',
    types: () => ['complex64'],
    infer: (_node, inputs) => [spectrum(inputs, (length) => Math.floor(length / 2) + 1)],
    except: '64-bit floats',
    evaluate: (_node, inputs) => {
      const [x, length] = inputs as [Tensor, Tensor]
      const count = lengthOf(length, x.shape)
      const given = x.shape.at(-1) as number
      if (given < count) throw new KernelFault(`its input has ${given} numbers, fewer than its length ${count}`)
      const half = Math.floor(count / 2) + 1
      const outer = x.shape.slice(0, -1)
      const rows = elementCount(outer)
      const from = x.data as Float32Array
      const data = new Float32Array(rows * half * 2)
      const fourier = planFourier(count, -1)
      const [re, im] = [new Float64Array(count), new Float64Array(count)]
      for (let row = 0; row < rows; row++) {
        re.set(from.subarray(row * given, row * given + count))
        im.fill(0)
        fourier.run(re, im)
        for (let i = 0; i < half; i++) {
          data[2 * (row * half + i)] = re[i] as number
          data[2 * (row * half + i) + 1] = im[i] as number
        }
      }
      return [{ dtype: 'float32', shape: [...outer, half, 2], data }]
    },
  },
  IRFFT: {
    isComplex: true,
    evaluates: (_node, [x, length]) => x === 'complex64' && length === 'int32',
    types: () => ['float32'],
    infer: (_node, inputs) => [spectrum(inputs, (length) => length)],
    except: 'complex128',
    evaluate: (_node, inputs) => {
      const [x, length] = inputs as [Tensor, Tensor]
      const count = lengthOf(length, x.shape.slice(0, -1))
      const given = x.shape.at(-2) as number
      const half = Math.floor(count / 2) + 1
      if (given < half) throw new KernelFault(`its input has ${given} numbers, length ${count} needs ${half}`)
      const outer = x.shape.slice(0, -2)
      const rows = elementCount(outer)
      const from = x.data as Float32Array
      const data = new Float32Array(rows * count)
      const fourier = planFourier(count, 1)
      const [re, im] = [new Float64Array(count), new Float64Array(count)]
      for (let row = 0; row < rows; row++) {
        // What is given is half of a spectrum, which the other half mirrors.
        for (let i = 0; i < half; i++) {
          const [a, b] = [from[2 * (row * given + i)] as number, from[2 * (row * given + i) + 1] as number]
          const mirror = (count - i) % count
          const isOwn = mirror === i
          re[mirror] = a
          im[mirror] = isOwn ? 0 : -b
          re[i] = a
          im[i] = isOwn ? 0 : b
        }
        fourier.run(re, im)
        for (let i = 0; i < count; i++) data[row * count + i] = (re[i] as number) / count
      }
      return [{ dtype: 'float32', shape: [...outer, count], data }]
    },
  },
}

function transform(sign: -1 | 1): Operator {
  return {
    isComplex: true,
    evaluates: (_node, [x]) => x === 'complex64',
    types: () => ['complex64'],
    infer: (_node, [x]) => [x?.shape ?? null],
    except: 'complex128',
    evaluate: (_node, [x]) => {
      const { shape, data: given } = x as Tensor
      const count = shape.at(-2)
      if (count === undefined) throw new KernelFault('its input has no dimension')
      const from = given as Float32Array
      const data = new Float32Array(from.length)
      const rows = from.length === 0 ? 0 : from.length / 2 / count
      checkWork(count, rows)
      const fourier = planFourier(Math.max(count, 1), sign)
      const [re, im] = [new Float64Array(count), new Float64Array(count)]
      const factor = sign === 1 ? 1 / count : 1
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < count; i++) {
          re[i] = from[2 * (row * count + i)] as number
          im[i] = from[2 * (row * count + i) + 1] as number
        }
        fourier.run(re, im)
        for (let i = 0; i < count; i++) {
          data[2 * (row * count + i)] = (re[i] as number) * factor
          data[2 * (row * count + i) + 1] = (im[i] as number) * factor
        }
      }
      return [{ dtype: 'float32', shape, data }]
    },
  }
}

/** Shape of a transform by its constant length. */
function spectrum([x, length]: readonly Value[], size: (length: number) => number): TfShape {
  if (!x?.shape) return null
  return [...x.shape.slice(0, -1), length?.constant ? size(scalarOf(length.constant)) : null]
}

function lengthOf(length: Tensor, shape: readonly number[]): number {
  const count = scalarOf(length)
  if (elementCount(length.shape) !== 1 || !(count >= 1))
    throw new KernelFault(`its length is ${count}, of shape [${length.shape}]`)
  if (shape.length === 0) throw new KernelFault('its input has no dimension')
  checkWork(count, elementCount(shape.slice(0, -1)))
  return count
}

function checkWork(length: number, rows: number): void {
  if (Math.max(rows, 1) * length > maxNumbers)
    throw new KernelFault(`${rows} transforms of length ${length} are more than ${maxNumbers} numbers`)
}
