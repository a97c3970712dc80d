import { describe, expect, it } from 'vitest'
import { endpointText, type TfSignature } from '../../../src/models/tensorflow/graph.ts'
import { readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { defaultSignature, graphSignature, signaturePlace } from '../../../src/models/tensorflow/signatures.ts'
import { n, opened, savedModel, signature, type } from '../../support/tensorflow-model.ts'

const graph = (text: string) => readGraph(readText(graphType, text), 'm')
const shape = (...sizes: number[]) =>
  `attr { key: "shape" value { shape { ${sizes.map((size) => `dim { size: ${size} }`).join(' ')} } } }`
const x = n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT') + shape(-1, 4))

describe('the signature of a graph', () => {
  const text = [
    x,
    n('unused', 'Placeholder'),
    n('k', 'Const'),
    n('y', 'MatMul', ['x', 'k'], type('T', 'DT_FLOAT')),
    n('top', 'TopKV2', ['y'], type('T', 'DT_FLOAT')),
    n('save', 'SaveV2', ['k']),
  ].join(' ')

  it('is the placeholders that are needed and what nobody reads', () => {
    const { inputs, outputs } = graphSignature(graph(text), { feeds: undefined, fetches: undefined })
    expect(inputs).toEqual([{ key: 'x', endpoint: { node: 'x', output: 0 }, dtype: 'float32', shape: [null, 4] }])
    expect(outputs.map(({ key, dtype }) => [key, dtype])).toEqual([
      ['top', 'float32'],
      ['top:1', 'int32'],
    ])
  })

  it('has outputs of which others only read the shape', () => {
    const asked = `${text} ${n('p', 'Softmax', ['y'])} ${n('s', 'Shape', ['p'])} ${n('t', 'Tile', ['k', 's'])}`
    const { outputs } = graphSignature(graph(asked), { feeds: undefined, fetches: undefined })
    expect(outputs.map(({ key }) => key)).toEqual(['top', 'top:1', 'p', 't'])
  })

  it('has what only a class is made of: scores and their ArgMax', () => {
    const asked = `${text} ${n('p', 'Softmax', ['y'])} ${n('c', 'ArgMax', ['p', 'k'])}`
    const { outputs } = graphSignature(graph(asked), { feeds: undefined, fetches: undefined })
    expect(outputs.map(({ key }) => key)).toEqual(['top', 'top:1', 'p', 'c'])
  })

  it('has placeholders whose default a queue of training gives, and no other with a default', () => {
    const nodes = [
      n('q', 'FIFOQueueV2'),
      n('batch', 'QueueDequeueManyV2', ['q'], type('T', 'DT_FLOAT')),
      n('x', 'PlaceholderWithDefault', ['batch'], type('dtype', 'DT_FLOAT') + shape(-1, 4)),
      n('one', 'Const'),
      n('keep', 'PlaceholderWithDefault', ['one'], type('dtype', 'DT_FLOAT') + shape()),
      n('y', 'Mul', ['x', 'keep'], type('T', 'DT_FLOAT')),
    ]
    const { inputs } = graphSignature(graph(nodes.join(' ')), { feeds: undefined, fetches: undefined })
    expect(inputs).toEqual([{ key: 'x', endpoint: { node: 'x', output: 0 }, dtype: 'float32', shape: [null, 4] }])
  })

  it('is what options name, with or without ":0"', () => {
    const { inputs, outputs } = graphSignature(graph(text), { feeds: ['y:0'], fetches: ['top:1'] })
    expect([...inputs, ...outputs].map(({ key, endpoint }) => [key, endpointText(endpoint)])).toEqual([
      ['y', 'y'],
      ['top:1', 'top:1'],
    ])
    expect(() => graphSignature(graph(text), { feeds: undefined, fetches: ['tops'] })).toThrow(
      'option "fetches": the graph has no node "tops"',
    )
  })

  it('has no shape where an old graph cannot tell a scalar from an unknown one', () => {
    const scalar = (producer: number) =>
      `${n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT') + shape())} ${n('y', 'Neg', ['x'])} versions { producer: ${producer} }`
    const shapes = [21, 22].map(
      (producer) => graphSignature(graph(scalar(producer)), { feeds: undefined, fetches: undefined }).inputs[0]?.shape,
    )
    expect(shapes).toEqual([null, []])
  })

  it('is refused when there is nothing to ask for', () => {
    expect(() => graphSignature(graph(x), { feeds: undefined, fetches: undefined })).toThrow(
      'it has no node that could be an output',
    )
  })
})

describe('signatures of a SavedModel', () => {
  it('are listed by name, without those that only initialise', () => {
    const model = opened(
      savedModel(
        `graph_def { ${x} } ${signature('b', { x: 'x:0' }, { y: 'x:0' })} ${signature('a', { x: 'x:0' }, {})} ${signature('__saved_model_init_op', {}, { __saved_model_init_op: 'x' })}`,
      ),
    )
    expect(model.signatures.map(({ name, method }) => [name, method])).toEqual([
      ['a', 'tensorflow/serving/predict'],
      ['b', 'tensorflow/serving/predict'],
    ])
  })

  it('take types and missing shapes from placeholders, and parts of sparse tensors one by one', () => {
    const sparse =
      'inputs { key: "s" value { dtype: DT_FLOAT coo_sparse { values_tensor_name: "x:0" indices_tensor_name: "i:0" dense_shape_tensor_name: "d:0" } } }'
    const model = opened(
      savedModel(`graph_def { ${x} ${n('i', 'Placeholder', [], type('dtype', 'DT_INT64'))} ${n('d', 'Placeholder', [], type('dtype', 'DT_INT64'))} }
      signature_def { key: "a" value { inputs { key: "x" value { name: "x:0" dtype: DT_STRING } } ${sparse} } }`),
    )
    expect(model.signatures[0]?.inputs.map(({ key, dtype, shape: sizes }) => [key, dtype, sizes])).toEqual([
      ['s/indices', 'int64', null],
      ['s/values', 'float32', [null, 4]],
      ['s/shape', 'int64', null],
      ['x', 'float32', [null, 4]],
    ])
  })

  it('are refused when they name what is not there', () => {
    expect(() => opened(savedModel(`graph_def { ${x} } ${signature('a', { x: 'z:0' }, {})}`))).toThrow(
      'signature "a", input "x": its tensor "z:0" is no output of a node',
    )
    expect(() =>
      opened(
        savedModel(
          `graph_def { ${x} } signature_def { key: "a" value { outputs { key: "y" value { name: "x:0" } } } }`,
        ),
      ),
    ).toThrow('output "y": its type is 0')
  })
})

describe('the signature to score with', () => {
  const one = (name: string, method = ''): TfSignature => ({ name, method, inputs: [], outputs: [] })

  it('is serving_default, else predict, else default, else the first that predicts, else the first', () => {
    const chosen = (...signatures: TfSignature[]) => defaultSignature(signatures)?.name
    expect(chosen(one('a'), one('predict'), one('serving_default'))).toBe('serving_default')
    expect(chosen(one('a'), one('default'), one('predict'))).toBe('predict')
    expect(chosen(one('a'), one('default'))).toBe('default')
    expect(chosen(one('a', 'tensorflow/serving/classify'), one('b', 'tensorflow/serving/predict'))).toBe('b')
    expect(chosen(one('a'), one('b'))).toBe('a')
    expect(chosen()).toBeUndefined()
    expect([one('a'), one('')].map(signaturePlace)).toEqual(['signature "a"', 'the graph'])
  })
})
