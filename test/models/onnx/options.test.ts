import { expect, test } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { onnxOptions } from '../../../src/models/onnx/options.ts'

test('without options one thread runs the graph, fully optimised', () => {
  expect(objectSchema(onnxOptions).parse({})).toEqual({
    threads: 1,
    interOpThreads: 1,
    executionMode: 'sequential',
    graphOptimization: 'all',
  })
})
