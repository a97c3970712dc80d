import { expect, it } from 'vitest'
import { readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { outputDtype } from '../../../src/models/tensorflow/output-dtype.ts'
import { n, type } from '../../support/tensorflow-model.ts'

it('tells the type of an output by the attributes and the operator', () => {
  const text = [
    n('a', 'MatMul', [], type('T', 'DT_DOUBLE')),
    n('b', 'Cast', [], type('SrcT', 'DT_FLOAT') + type('DstT', 'DT_INT32')),
    n('c', 'ArgMax', [], type('T', 'DT_FLOAT')),
    n('d', 'Less', [], type('T', 'DT_FLOAT')),
    n('e', 'AsString', [], type('T', 'DT_FLOAT')),
    n('f', 'TopKV2', [], type('T', 'DT_HALF')),
    n('g', 'Odd'),
    n('h', 'IdentityN', [], 'attr { key: "T" value { list { type: DT_INT8 type: DT_STRING } } }'),
    n('i', 'ArgMin', [], type('T', 'DT_FLOAT') + type('output_type', 'DT_INT32')),
  ].join('\n')
  const { nodes } = readGraph(readText(graphType, text), 'm')
  const dtypes = [...nodes.values()].map((node) => outputDtype(node, 0))
  expect(dtypes).toEqual(['float64', 'int32', 'int64', 'boolean', 'string', 'float16', 'float32', 'int8', 'int32'])
  expect(['f', 'h'].map((name) => outputDtype(nodes.get(name) as never, 1))).toEqual(['int32', 'string'])
})
