import type { Tensor } from '../../schema/tensor.ts'
import type { Step, Translation } from './translation.ts'

/** Arrays below this many bytes are copied to each thread. */
const minBytes = 4096

/** Moves the large arrays of translations to shared memory, equal graphs of several signatures to one place. */
export class SharedMemory {
  readonly #graphs = new Map<string, Uint8Array>()
  /** Bytes of all that was moved, and of what was too small for it. */
  bytes = 0

  translation(one: Translation): Translation {
    return {
      ...one,
      constants: one.constants.map(({ slot, tensor }) => ({ slot, tensor: this.tensor(tensor) })),
      steps: one.steps.map((step) => this.#step(step)),
    }
  }

  tensor(tensor: Tensor): Tensor {
    const { data } = tensor
    if (!ArrayBuffer.isView(data)) {
      this.bytes += data.length * 32
      return tensor
    }
    this.bytes += data.byteLength
    if (data.byteLength < minBytes || data.buffer instanceof SharedArrayBuffer) return tensor
    const type = data.constructor as Float32ArrayConstructor
    const copy = new type(new SharedArrayBuffer(data.byteLength) as unknown as ArrayBuffer)
    copy.set(data as Float32Array)
    return { ...tensor, data: copy }
  }

  #step(step: Step): Step {
    switch (step.kind) {
      case 'graph':
        return { ...step, model: this.#graph(step.model) }
      case 'kernel':
        return step
      case 'branch':
      case 'loop':
        return { ...step, bodies: step.bodies.map((body) => this.translation(body)) }
      default:
        return step satisfies never
    }
  }

  #graph(model: Uint8Array): Uint8Array {
    const key = keyOf(model)
    const known = this.#graphs.get(key)
    if (known && Buffer.compare(known, model) === 0) return known
    const shared = new Uint8Array(new SharedArrayBuffer(model.length))
    shared.set(model)
    this.#graphs.set(key, shared)
    // The runtime keeps constants once more, in its own memory.
    this.bytes += 2 * model.length
    return shared
  }
}

/** A cheap key: equal bytes have equal keys, and whether bytes are equal is compared where keys are. */
function keyOf(bytes: Uint8Array): string {
  let sum = bytes.length
  const step = Math.max(1, Math.floor(bytes.length / 4096))
  for (let i = 0; i < bytes.length; i += step) sum = (Math.imul(sum, 31) + (bytes[i] as number)) | 0
  return `${bytes.length} ${sum}`
}
