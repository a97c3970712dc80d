import { describe, expect, it } from 'vitest'
import { attributeType, graphType, tensorType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'

const bytesOf = (text: string) => [...(readText(attributeType, text).s ?? [])]

describe('text messages', () => {
  it('spell numbers in all their forms', () => {
    const numbers = readText(
      tensorType,
      'float_val: 1 float_val: -.5e1 float_val: [1.5f, inf, -inf, nan, 0x10] double_val: 1e300',
    )
    expect([...numbers.float_val]).toEqual([1, -5, 1.5, Infinity, -Infinity, Number.NaN, 16])
    expect([...numbers.double_val]).toEqual([1e300])
    expect([...readText(tensorType, 'int_val: [-1, 0x1F, 010]').int_val]).toEqual([-1, 31, 8])
    expect([...readText(tensorType, 'int64_val: -9223372036854775808').int64_val]).toEqual([-(2n ** 63n)])
    expect([...readText(tensorType, 'bool_val: true bool_val: 0 bool_val: f').bool_val]).toEqual([1, 0, 0])
  })

  it('spell text in quotes with escapes, and join what stands together', () => {
    expect(bytesOf('s: "a\\n\\\\\\"\\101\\x42\\xff" \'c"\'')).toEqual([97, 10, 92, 34, 65, 66, 255, 99, 34])
    expect(bytesOf('s: "\\303\\251é\\u00e9\\U0001f600\\?"')).toEqual([
      195, 169, 195, 169, 195, 169, 240, 159, 152, 128, 63,
    ])
  })

  it('have comments, brackets of two kinds, commas and unknown fields', () => {
    const graph = readText(
      graphType,
      `# a graph
      node < name: "x", op: 'NoOp'; > debug_info { files: ["a", "b"] [type.googleapis.com/x] { v: -1 } w: WORD }
      node: { name: "y" experimental_type { args { } } }`,
    )
    expect(graph.node.map((node) => node.name)).toEqual(['x', 'y'])
  })

  it('spell types by name or number', () => {
    expect(readText(tensorType, 'dtype: DT_HALF').dtype).toBe(19)
    expect(readText(tensorType, 'dtype: 3').dtype).toBe(3)
    expect(() => readText(tensorType, 'dtype: DT_TERNARY')).toThrow('field "dtype" is DT_TERNARY, which is not known')
  })

  it('keep a map entry without a value', () => {
    const [node] = readText(graphType, 'node { attr { key: "T" } }').node
    expect(node?.attr.get('T')?.i).toBeUndefined()
  })

  it.each([
    ['node {\n  name "x"\n}', 2, 'field "name" holds no messages, expected ":"'],
    ['node {\n  name: "x"', 2, 'expected the name of a field or "}"'],
    ['node: "x"', 1, 'field "node" holds messages, expected "{"'],
    ['versions { producer: 1.5 }', 1, 'expected a whole number'],
    ['versions { producer: 99999999999 }', 1, 'has more than 32 bits'],
    ['}', 1, 'expected the name of a field'],
    ['node { name: "open\n" }', 1, 'has no text in quotes'],
    ['x x', 1, 'expected ":" or "{"'],
  ])('are refused with the line: %s', (text, line, reason) => {
    expect(() => readText(graphType, text)).toThrow(
      expect.objectContaining({ line, message: expect.stringContaining(reason) }),
    )
  })

  it('are refused when they are nested without end', () => {
    expect(() => readText(graphType, 'a{'.repeat(200))).toThrow('messages are nested more than 100 deep')
  })

  it('are read in time that grows with their length', () => {
    const text = `node { name: "x" ${'input: "y" '.repeat(20_000)} }`
    expect(readText(graphType, text).node[0]?.input).toHaveLength(20_000)
    expect(() => readText(graphType, '-'.repeat(50_000))).toThrow('expected the name of a field')
    expect(() => readText(tensorType, `float_val: ${'-'.repeat(50_000)}`)).toThrow('has no number')
    expect(() => readText(tensorType, `float_val: ${'1'.repeat(50_000)}x`)).toThrow()
  })
})
