import { describe, expect, test } from 'vitest'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { type OnnxSession, openSession } from '../../../src/models/onnx-graph/session.ts'
import { writeModelProto } from '../../../src/models/onnx-graph/write-model.ts'
import { type Tensor, tensorArrays } from '../../../src/schema/tensor.ts'

const source = { source: 'm.onnx', format: 'onnx' }

function open(build: (graph: GraphBuilder) => void): Promise<OnnxSession> {
  const graph = new GraphBuilder()
  build(graph)
  return openSession(writeModelProto({ irVersion: 10, opsets: new Map([['', 21]]), graph: graph.finish() }), {}, source)
}

const floats = (shape: readonly number[], ...data: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
})

describe('openSession', () => {
  test('tells inputs and outputs and computes', async () => {
    const session = await open((graph) => {
      graph.input('x', 'float32', ['N', 2])
      const sum = graph.node('Add', ['x', graph.constant(floats([2], 10, 20))])
      graph.output(graph.node('Mul', [sum, sum], {}, { outputs: ['y'] }), 'float32', ['N', 2])
      graph.output(sum, 'float32', ['N', 2])
    })
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', 2] }])
    expect(session.outputs.map(({ name }) => name)).toEqual(['y', 'Add'])
    const feeds = { x: floats([1, 2], 1, 2) }
    expect(await session.run(feeds)).toEqual({ y: floats([1, 2], 121, 484), Add: floats([1, 2], 11, 22) })
    expect(session.runNow(feeds, ['Add'])).toEqual({ Add: floats([1, 2], 11, 22) })
    session.release()
    session.release()
  })

  test('takes and gives tensors of every dtype, also empty, scalar and in shared memory', async () => {
    for (const dtype of [...Object.keys(tensorArrays), 'string'] as (keyof typeof tensorArrays | 'string')[]) {
      const session = await open((graph) => {
        graph.input('x', dtype, null)
        graph.output(graph.node('Identity', ['x'], {}, { outputs: ['y'] }), dtype, null)
      })
      for (const shape of [[2, 2], [0, 3], []]) {
        const count = shape.reduce((product, size) => product * size, 1)
        const data =
          dtype === 'string' ? Array.from({ length: count }, (_, i) => `é${i}`) : new tensorArrays[dtype](count)
        const x = { dtype, shape, data }
        const { y } = session.runNow({ x })
        expect(y, `${dtype} [${shape}]`).toMatchObject({ dtype, shape })
        expect(Array.from(y?.data as ArrayLike<unknown>)).toEqual(Array.from(data as ArrayLike<unknown>))
      }
      session.release()
    }
    const session = await open((graph) => {
      graph.input('x', 'float32', [null])
      graph.output(graph.node('Neg', ['x']), 'float32', [null])
    })
    const data = new Float32Array(new SharedArrayBuffer(8)).fill(3)
    expect(session.runNow({ x: { dtype: 'float32', shape: [2], data } })).toEqual({ Neg: floats([2], -3, -3) })
    session.release()
  })

  test('refuses feeds that do not fit and names the input', async () => {
    const session = await open((graph) => {
      graph.input('x', 'float32', [null, 2])
      graph.output(graph.node('Neg', ['x']), 'float32', [null, 2])
    })
    const message = (feeds: Record<string, Tensor>) => {
      try {
        session.runNow(feeds)
        return ''
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'MODEL_RUN_ERROR' })
        return (thrown as Error).message
      }
    }
    expect(message({})).toContain('input "x" is missing')
    expect(message({ x: { dtype: 'int32', shape: [1, 2], data: new Int32Array(2) } })).toContain(
      'is of int32, expected float32',
    )
    expect(message({ x: floats([2, 2], 1) })).toContain('has 1 elements, its shape [2, 2] holds 4')
    expect(message({ x: floats([1, 3], 1, 2, 3) })).toContain('invalid dimensions for input: x')
    expect(message({ x: { dtype: 'float32', shape: [1, 2], data: new Float64Array(2) } })).toContain('no Float32Array')
    // It still works after all of these.
    expect(session.runNow({ x: floats([1, 2], 1, 2) })).toEqual({ Neg: floats([1, 2], -1, -2) })
    session.release()
  })

  test('refuses graphs that the runtime does not take, with its reason', async () => {
    const unknown = open((graph) => {
      graph.input('x', 'float32', [1])
      graph.output(graph.node('NoSuchOperator', ['x']), 'float32', [1])
    })
    await expect(unknown).rejects.toMatchObject({ code: 'MODEL_RUNTIME_REFUSED' })
    await expect(unknown).rejects.toThrow('m.onnx is refused by onnxruntime: ')
    await expect(openSession(Uint8Array.of(1, 2, 3), {}, source)).rejects.toMatchObject({
      code: 'MODEL_RUNTIME_REFUSED',
    })
  })

  test('gives bytes as text where they are UTF-8, and refuses others', async () => {
    const session = await open((graph) => {
      graph.input('x', 'string', [null])
      graph.output(graph.node('Identity', ['x']), 'string', [null])
    })
    const feed = (...data: (string | Uint8Array)[]) => ({
      x: { dtype: 'string', shape: [data.length], data } as Tensor,
    })
    expect(session.runNow(feed('a', new TextEncoder().encode('é')))['Identity']?.data).toEqual(['a', 'é'])
    expect(() => session.runNow(feed(Uint8Array.of(0xff)))).toThrow('bytes that are not UTF-8 as element 0')
    expect(() => session.runNow(feed('a', 'b\0c'))).toThrow('text with a NUL character as element 1')
    session.release()
  })

  test('runs branches that read values of the outer graph', async () => {
    const session = await open((graph) => {
      graph.input('x', 'float32', [1])
      graph.input('c', 'boolean', [])
      const branch = (op: string) => graph.subgraph(op, (inner) => inner.output(inner.node(op, ['x'])))
      const y = graph.node('If', ['c'], {
        then_branch: attribute.graph(branch('Neg')),
        else_branch: attribute.graph(branch('Abs')),
      })
      graph.output(y, 'float32', [1])
    })
    const run = (c: number) =>
      session.runNow({ x: floats([1], -2), c: { dtype: 'boolean', shape: [], data: Uint8Array.of(c) } })
    expect(run(1)).toEqual({ If: floats([1], 2) })
    expect(run(0)).toEqual({ If: floats([1], 2) })
    session.release()
  })
})
