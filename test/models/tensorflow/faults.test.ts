import { describe, expect, it } from 'vitest'
import { WireFault } from '../../../src/core/protobuf-wire.ts'
import { asError, atNode, inFile, nodePlace, overLimit, unsupported } from '../../../src/models/tensorflow/faults.ts'
import { TextFault } from '../../../src/models/tensorflow/message-text.ts'
import { NodeFault } from '../../../src/models/tensorflow/node-attributes.ts'
import { Untranslatable } from '../../../src/models/tensorflow/untranslatable.ts'

const node = { name: 'conv', op: 'Conv2D' }

describe('faults', () => {
  it('become errors that name the file and the place', () => {
    const messages = [
      new WireFault('GraphDef', 7, 'it is cut'),
      new TextFault('a\nbc', 3, 'it is odd'),
      new NodeFault(node, 'it is bare'),
    ]
    expect(messages.map((fault) => (asError(fault, 'm.pb', 'the graph') as Error).message)).toEqual([
      'm.pb cannot be read as tensorflow: the graph, GraphDef at byte 7: it is cut',
      'm.pb cannot be read as tensorflow: the graph, line 2, column 2: it is odd',
      'm.pb cannot be read as tensorflow: node "conv" (Conv2D): it is bare',
    ])
  })

  it('are thrown by what reads a file, and anything else as it was', () => {
    const other = new Error('other')
    expect(() =>
      inFile('m.pb', 'x', () => {
        throw other
      }),
    ).toThrow(other)
    expect(() =>
      inFile('m.pb', 'x', () => {
        throw new NodeFault(node, 'y')
      }),
    ).toThrow('cannot be read as tensorflow')
    expect(inFile('m.pb', 'x', () => 7)).toBe(7)
  })

  it('are thrown by what translates a node, with the node', () => {
    const refuse = (thrown: Error) => () =>
      atNode('m.pb', node, () => {
        throw thrown
      })
    expect(refuse(new Untranslatable('groups'))).toThrow(
      'm.pb: node "conv" (Conv2D) uses groups, which is not supported',
    )
    expect(refuse(new NodeFault(node, 'y'))).toThrow('node "conv" (Conv2D) uses y')
    const other = new Error('other')
    expect(refuse(other)).toThrow(other)
  })

  it('name nodes without repeating a text without end', () => {
    expect(nodePlace(node)).toBe('node "conv" (Conv2D)')
    expect(nodePlace({ name: 'x'.repeat(1e6), op: 'Y' }).length).toBeLessThan(250)
  })

  it('tell what is not supported and what is too large', () => {
    expect(unsupported('m', nodePlace(node), 'groups').code).toBe('MODEL_ARTIFACT_UNSUPPORTED')
    expect(overLimit('m', 'x', 5, 'nodes').message).toBe('m: x exceeds the limit of 5 nodes')
  })
})
