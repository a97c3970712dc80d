import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type GraphMessage, graphType } from '../../../../src/models/tensorflow/graph-messages.ts'
import { readBinary } from '../../../../src/models/tensorflow/message-binary.ts'
import { operators } from '../../../../src/models/tensorflow/ops/registry.ts'
import { savedModelType } from '../../../../src/models/tensorflow/saved-model-messages.ts'
import { goldenCases } from '../../../support/tensorflow-operators.ts'

const golden = join(import.meta.dirname, '../../../golden')

/** Aliases and later or earlier versions of operators that a golden graph has; what they share is tested there. */
const untested = new Set(
  'TopK HashTable MutableHashTable MutableHashTableV2 MutableDenseHashTableV2 LookupTableFind LookupTableSize Case ResourceGatherNd MatrixDiag MatrixDiagV2 MatrixDiagPart MatrixDiagPartV2 MatrixSetDiag MatrixSetDiagV2 TensorArraySizeV3 LookupTableSizeV2'.split(
    ' ',
  ),
)

function operatorsOfGoldenGraphs(): Set<string> {
  const found = new Set<string>()
  const add = (graph: GraphMessage) => {
    for (const { op } of graph.node) found.add(op)
    for (const body of graph.library?.function ?? []) for (const { op } of body.node_def) found.add(op)
  }
  for (const file of readdirSync(join(golden, 'tensorflow-operators')))
    for (const { graph } of goldenCases(file.replace('.json', '')))
      add(readBinary(graphType, new Uint8Array(Buffer.from(graph, 'base64'))))
  for (const name of readdirSync(join(golden, 'tensorflow'))) {
    const frozen = join(golden, 'tensorflow', name, 'graph.pb')
    if (existsSync(frozen)) add(readBinary(graphType, readFileSync(frozen)))
    else
      for (const { graph_def } of readBinary(
        savedModelType,
        readFileSync(join(golden, 'tensorflow', name, 'model/saved_model.pb')),
      ).meta_graphs)
        if (graph_def) add(graph_def)
  }
  return found
}

test('every operator of the list stands in a golden graph, but for aliases', () => {
  const seen = operatorsOfGoldenGraphs()
  expect([...operators.keys()].filter((name) => !seen.has(name) && !untested.has(name))).toStrictEqual([])
  expect([...untested].filter((name) => !operators.has(name))).toStrictEqual([])
})

test('operators of shapes have both ways, so that shapes are computed at load', () => {
  for (const name of ['StridedSlice', 'Pack', 'ConcatV2', 'Mul', 'Prod']) {
    expect(operators.get(name)?.emit, name).toBeTypeOf('function')
    expect(operators.get(name)?.evaluate, name).toBeTypeOf('function')
  }
})
