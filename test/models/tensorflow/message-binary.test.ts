import { describe, expect, it } from 'vitest'
import { WireFault, WireWriter } from '../../../src/core/protobuf-wire.ts'
import {
  attributeType,
  type GraphMessage,
  graphType,
  tensorType,
} from '../../../src/models/tensorflow/graph-messages.ts'
import { readBinary } from '../../../src/models/tensorflow/message-binary.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { graphBytes, writeBinary } from '../../support/tensorflow-message.ts'

const text = `
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node {
  name: "y" op: "Conv2D" input: "x" input: "^z" device: "/cpu:0"
  attr { key: "strides" value { list { i: 1 i: -2 i: 9223372036854775807 f: 0.5 b: true s: "a\\377" type: DT_INT64_REF } } }
  attr { key: "f" value { func { name: "g" attr { key: "T" value { type: DT_BOOL } } } } }
}
library { function { signature { name: "g" output_arg { name: "o" type: DT_INT32 } } ret { key: "o" value: "n:out:0" } arg_attr { key: 3 value { attr { key: "a" value { i: 7 } } } } } }
versions { producer: 1087 }
`

describe('binary messages', () => {
  it('hold what the same message in text holds', () => {
    expect(readBinary(graphType, graphBytes(text))).toEqual(readText<GraphMessage>(graphType, text))
  })

  it('may pack lists of numbers, in one or several parts', () => {
    const writer = new WireWriter()
    writer.packedFloats(5, [0.5, 1.5])
    writer.float(5, -1)
    writer.packedVarints(7, [1, -1, 2 ** 31 - 1])
    writer.packedVarints(10, [-(2n ** 63n), 5n])
    writer.packedVarints(11, [0, 1, 2])
    const message = readBinary(tensorType, writer.finish())
    expect(message.float_val).toEqual(Float32Array.of(0.5, 1.5, -1))
    expect(message.int_val).toEqual(Int32Array.of(1, -1, 2 ** 31 - 1))
    expect(message.int64_val).toEqual(BigInt64Array.of(-(2n ** 63n), 5n))
    expect(message.bool_val).toEqual(Uint8Array.of(0, 1, 1))
  })

  it('read absent fields as defaults, and members of a oneof as undefined', () => {
    expect(readBinary(tensorType, new Uint8Array(0)).dtype).toBe(0)
    expect(readBinary(attributeType, new Uint8Array(0)).i).toBeUndefined()
    expect(readBinary(attributeType, writeBinary(attributeType, { i: 0n })).i).toBe(0n)
  })

  it('view the bytes of the document', () => {
    const document = writeBinary(tensorType, { tensor_content: Uint8Array.of(1, 2, 3, 4) })
    expect(readBinary(tensorType, document).tensor_content.buffer).toBe(document.buffer)
    const inside = Buffer.concat([Buffer.alloc(5), document]).subarray(5)
    expect([...readBinary(tensorType, inside).tensor_content]).toEqual([1, 2, 3, 4])
  })

  it('are refused with the byte where they are wrong', () => {
    const document = graphBytes(text)
    for (const size of [1, 20, 100, document.length - 1])
      expect(() => readBinary(graphType, document.subarray(0, size))).toThrow(WireFault)
  })

  it('are refused when they are nested without end', () => {
    let inner: Uint8Array<ArrayBuffer> = new Uint8Array(0)
    for (let depth = 0; depth < 120; depth++) {
      const list = new WireWriter()
      list.bytes(10, inner)
      const entry = new WireWriter()
      entry.text(1, 'k')
      entry.bytes(2, list.finish())
      const func = new WireWriter()
      func.bytes(2, entry.finish())
      inner = func.finish()
    }
    const attribute = new WireWriter()
    attribute.bytes(10, inner)
    expect(() => readBinary(attributeType, attribute.finish())).toThrow('messages are nested more than 100 deep')
  })
})
