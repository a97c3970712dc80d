import { describe, expect, it } from 'vitest'
import { n, nodesOf, plainGraph, programOf, type } from '../../support/tensorflow-model.ts'

const bool = (value: boolean) => `attr { key: "value" value { tensor { dtype: DT_BOOL bool_val: ${value} } } }`
const float = type('T', 'DT_FLOAT')

/** `tf.cond(p, x * 2, x)` of TF 1.x: one constant in the branch hangs on the pivot. */
function condition(predicate: string): string {
  return [
    n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
    predicate,
    n('c/Switch', 'Switch', ['p', 'p']),
    n('c/switch_t', 'Identity', ['c/Switch:1']),
    n('c/switch_f', 'Identity', ['c/Switch']),
    n('c/pred', 'Identity', ['p']),
    n('two', 'Const', ['^c/switch_t'], 'attr { key: "value" value { tensor { dtype: DT_FLOAT float_val: 2 } } }'),
    n('c/x', 'Switch', ['x', 'c/pred'], float),
    n('mul', 'Mul', ['c/x:1', 'two'], float),
    n('c/x2', 'Switch', ['x', 'c/pred'], float),
    n('other', 'Identity', ['c/x2']),
    n('c/Merge', 'Merge', ['other', 'mul'], float),
    n('y', 'Neg', ['c/Merge'], float),
  ].join(' ')
}

const shown = (text: string) => nodesOf(programOf(plainGraph(text)).graph.nodes)

describe('a condition of TF 1.x', () => {
  it('that is constant becomes the branch that is taken', () => {
    const learning = (value: boolean) =>
      condition([n('phase', 'Const', [], bool(value)), n('p', 'PlaceholderWithDefault', ['phase'])].join(' '))
    expect(shown(learning(true))).toEqual({ x: 'Placeholder()', two: 'Const()', mul: 'Mul(x, two)', y: 'Neg(mul)' })
    expect(shown(learning(false))).toEqual({ x: 'Placeholder()', y: 'Neg(x)' })
    const negated = condition([n('phase', 'Const', [], bool(true)), n('p', 'LogicalNot', ['phase'])].join(' '))
    expect(shown(negated)).toEqual({ x: 'Placeholder()', y: 'Neg(x)' })
  })

  it('leaves a constant dead that hangs on the branch that is not taken', () => {
    const text = condition([n('phase', 'Const', [], bool(false)), n('p', 'Identity', ['phase'])].join(' '))
    const merged = text
      .replace(n('c/x', 'Switch', ['x', 'c/pred'], float), '')
      .replace(n('mul', 'Mul', ['c/x:1', 'two'], float), '')
      .replace('input: "mul"', 'input: "two"')
    expect(shown(merged)).toEqual({ x: 'Placeholder()', y: 'Neg(x)' })
  })

  it('that is an input stays, with the pivots that tell to which branch a constant belongs', () => {
    expect(shown(condition(n('p', 'Placeholder', [], type('dtype', 'DT_BOOL'))))).toEqual({
      x: 'Placeholder()',
      p: 'Placeholder()',
      'c/x': 'Switch(x, p)',
      'c/x2': 'Switch(x, p)',
      'c/Switch': 'Switch(p, p)',
      'c/switch_t': 'Identity(c/Switch:1)',
      two: 'Const(^c/switch_t)',
      mul: 'Mul(c/x:1, two)',
      'c/Merge': 'Merge(c/x2, mul)',
      y: 'Neg(c/Merge)',
    })
  })
})
