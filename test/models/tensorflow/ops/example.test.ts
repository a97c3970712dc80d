import { expect, test } from 'vitest'
import { WireWriter } from '../../../../src/core/protobuf-wire.ts'
import { readExample } from '../../../../src/models/tensorflow/ops/example.ts'
import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('parse', /./, ['ParseSingleSequenceExample'])

/** An Example with one feature: the list of kind 2 (floats) or 3 (whole numbers). */
function exampleOf(kind: 2 | 3, write: (list: WireWriter) => void): string {
  const writer = new WireWriter()
  writer.message(1, (features) =>
    features.message(1, (entry) => {
      entry.text(1, 'pixels')
      entry.message(2, (feature) => feature.message(kind, write))
    }),
  )
  return Buffer.from(writer.finish()).toString('latin1')
}

test('a feature may have more numbers than a call takes arguments', () => {
  const count = 512 * 512
  const floats = exampleOf(2, (list) => list.packedFloats(1, new Float32Array(count)))
  const longs = exampleOf(3, (list) => list.packedVarints(1, new Uint8Array(count)))
  for (const example of [floats, longs]) expect(readExample(example).get('pixels')?.values).toHaveLength(count)
})
