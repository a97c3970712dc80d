import { expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { runTrial } from '../../../src/models/onnx-graph/trial-runner.ts'
import { writeModelProto } from '../../../src/models/onnx-graph/write-model.ts'

test('a run that fails does not keep the others from being made', async () => {
  const graph = new GraphBuilder()
  graph.input('x', 'string', [null])
  graph.output(graph.node('Identity', ['x']), 'string', [null])
  const model = writeModelProto({ irVersion: 10, opsets: new Map([['', 21]]), graph: graph.finish() })
  const feed = (count: number) => ({ x: { dtype: 'string' as const, shape: [count], data: ['a'] } })
  const result = await runTrial({
    id: 1,
    maxMemoryBytes: 2 ** 30,
    model,
    options: {},
    source: { source: 'm', format: 'onnx' },
    runs: [feed(2), feed(1)],
  })
  expect(result.runs[0]).toMatchObject({ error: { code: 'MODEL_RUN_ERROR' } })
  expect(result.runs[1]).toMatchObject({ outputs: { Identity: { data: ['a'] } } })
})
