/** The shipped components, with a log whose input partitions are given out by a test, or end where they are read to their end. */
import { registry as shipped } from '../../src/components.ts'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import type { MillraceError } from '../../src/core/errors.ts'
import type {
  AssignedInstance,
  Assignment,
  AssignmentChange,
  FrameReader,
  Transport,
} from '../../src/transports/transport.ts'

/** A group of which the test is the coordinator: it says which partitions the instance has. */
export class ScriptedAssignment implements Assignment {
  readonly membership = { group: 'scripted' }
  /** Partitions that were released, in order. */
  readonly released: number[] = []
  isClosed = false
  others: readonly AssignedInstance[] = []
  #own: readonly number[] = []
  readonly #changes: (AssignmentChange | MillraceError)[] = []
  #wake = () => {}

  /** From now on the instance has these partitions. */
  give(partitions: readonly number[], isLost = false): void {
    this.#own = partitions
    this.#changes.push({ partitions, isLost })
    this.#wake()
  }

  /** Ends the membership with an error. */
  fail(error: MillraceError): void {
    this.#changes.push(error)
    this.#wake()
  }

  async next(): Promise<AssignmentChange | null> {
    while (this.#changes.length === 0 && !this.isClosed) await new Promise<void>((resolve) => (this.#wake = resolve))
    const change = this.#changes.shift() ?? null
    if (change instanceof Error) throw change
    return change
  }

  release(partitions: readonly number[]): void {
    this.released.push(...partitions)
  }

  async instances(): Promise<readonly AssignedInstance[]> {
    return [{ address: 'told by the group:1', partitions: this.#own, isSelf: true }, ...this.others]
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.#wake()
  }
}

const log = shipped.get<Transport>('transport', 'log', 'test')

function withLog(changed: Transport): Registry {
  return new Registry([
    ...kinds.flatMap((kind) => shipped.list(kind)).filter((component) => component !== log),
    changed,
  ])
}

/** Components whose log divides topic `in`; each opening takes the next of `assignments`, the last one again and again. */
export function dividedRegistry(assignments: readonly ScriptedAssignment[]): Registry {
  let opened = 0
  return withLog({
    ...log,
    openAssignment: async (options) => {
      if ((options as unknown as { topic: string }).topic !== 'in') return null
      return assignments[Math.min(opened++, assignments.length - 1)] ?? null
    },
  })
}

/** For threads: topic `in` ends where there is nothing more to read. */
export const registry = withLog({
  ...log,
  openReader: async (options, context) => {
    const reader = (await log.openReader(options, context)) as FrameReader
    if ((options as unknown as { topic: string }).topic !== 'in') return reader
    const next: FrameReader['next'] = async (maxRecords) => {
      const batch = await reader.next(maxRecords, 0)
      return batch?.length === 0 ? null : batch
    }
    return new Proxy(reader, {
      get: (target, name) => {
        const member = name === 'next' ? next : (Reflect.get(target, name) as unknown)
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member
      },
    })
  },
})

/** URL of this module, for threads. */
export const endingUrl = import.meta.url
