import { describe, expect, it } from 'vitest'
import { FunctionLibrary } from '../../../src/models/tensorflow/function-body.ts'
import { readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { f, nodesOf } from '../../support/tensorflow-model.ts'

function bodyOf(text: string, attributes = new Map()) {
  const library = new FunctionLibrary(
    readGraph(
      readText(
        graphType,
        `library { function { ${text} } function { signature { name: "inner" output_arg { name: "p" } output_arg { name: "q" } } ret { key: "p" value: "x" } } }`,
      ),
      'm',
    ),
  )
  return library.body('g', attributes)
}

const signature =
  'signature { name: "g" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } }'

describe('the body of a function', () => {
  it('has its inputs as outputs of nodes, counted over all output arguments', () => {
    const body = bodyOf(`${signature}
      ${f('top', 'TopKV2', ['x', 'k:output:0'])} ${f('k', 'Const')} ${f('split', 'Split', ['k:output', 'x'])}
      ${f('in', 'inner', ['x', '^top'])} ${f('sum', 'Add', ['top:indices:0', 'split:output:2'])} ${f('last', 'Mul', ['in:q:0', 'sum:z:0'])}
      ret { key: "y" value: "last:z:0" } control_ret { key: "e" value: "top" } control_ret { key: "f" value: "top" }`)
    expect(nodesOf(body?.nodes ?? new Map())).toEqual({
      top: 'TopKV2(x, k)',
      k: 'Const()',
      split: 'Split(k, x)',
      in: 'inner(x, ^top)',
      sum: 'Add(top:1, split:2)',
      last: 'Mul(in:1, sum)',
    })
    expect(body?.arguments).toEqual([{ name: 'x', dtype: 'float32', shape: null }])
    expect(body?.results).toEqual([{ node: 'last', output: 0, name: 'y', dtype: 'float32' }])
    expect(body?.effects).toEqual(['top'])
  })

  it('takes attributes of the call where it leaves them open', () => {
    const generic = `signature { name: "g" input_arg { name: "x" type_attr: "T" } output_arg { name: "y" type_attr: "T" } } ${f('n', 'Neg', ['x'], 'attr { key: "T" value { placeholder: "T" } }')} ret { key: "y" value: "n:y:0" }`
    const body = bodyOf(generic, new Map([['T', { kind: 'dtype', value: 'int32', isReference: false }]]))
    expect(body?.nodes.get('n')?.attributes.get('T')).toMatchObject({ value: 'int32' })
    expect(body?.results[0]?.dtype).toBe('int32')
  })

  it('may give an argument as it is, and knows shapes of arguments', () => {
    const body = bodyOf(
      `${signature} ret { key: "y" value: "x" } arg_attr { key: 0 value { attr { key: "_output_shapes" value { list { shape { dim { size: -1 } } } } } } }`,
    )
    expect(body?.results[0]).toMatchObject({ node: 'x', output: 0 })
    expect(body?.arguments[0]?.shape).toEqual([null])
  })

  it.each([
    [
      `${signature} ${f('n', 'Neg', ['z:y:0'])} ret { key: "y" value: "n:y:0" }`,
      'function "g", node "n" (Neg): its input "z:y:0" is no output of the function',
    ],
    [
      `${signature} ${f('n', 'TopKV2', ['x'])} ret { key: "y" value: "n:ranks:0" }`,
      'function "g", the results: its input "n:ranks:0" is no output',
    ],
    [`${signature} ${f('n', 'Neg')} ${f('n', 'Neg')}`, 'there are two nodes of this name'],
    [`${signature} ${f('x', 'Neg')}`, 'there are two nodes of this name'],
    [signature, 'nothing gives its output "y"'],
    ['signature { name: "g" input_arg { name: "x" number_attr: "N" } }', 'the list "x" as an argument'],
  ])('is refused with the place: %s', (text, reason) => {
    expect(() => bodyOf(text)).toThrow(reason)
  })
})
