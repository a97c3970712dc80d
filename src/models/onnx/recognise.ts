import { WireFault, WireReader } from '../../core/protobuf-wire.ts'

/** True when the bytes begin as a ModelProto does (ir_version=1, graph=7, opset_import=8) and hold a graph. */
export function recognisesOnnx(bytes: Uint8Array): boolean {
  try {
    const reader = new WireReader(bytes, 'ModelProto')
    let isVersioned = false
    let hasGraph = false
    while (reader.next()) {
      if (reader.field === 1) {
        if (reader.wire !== 0) return false
        isVersioned = reader.varint() < 100
      } else if (reader.field === 7) {
        if (reader.wire !== 2) return false
        hasGraph = true
      } else if (reader.field > 30) return false
    }
    return isVersioned && hasGraph
  } catch (thrown) {
    if (thrown instanceof WireFault) return false
    throw thrown
  }
}
