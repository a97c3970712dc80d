import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { emptyFrames, type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { Wake } from '../../src/core/wake.ts'
import type { FrameReader, FrameWriter, Transport, TransportContext } from '../../src/transports/transport.ts'

/** One step of a script: records to deliver, or something that happens between two records. */
export type Step =
  | { readonly step: 'records'; readonly records: readonly string[] }
  | { readonly step: 'abort'; readonly reason: string }
  | { readonly step: 'pause' }

/** Records to deliver, in batches no larger than this list. */
export function records(...texts: string[]): Step {
  return { step: 'records', records: texts }
}

/** The reader breaks with an error that may pass, once. */
export function abort(reason: string): Step {
  return { step: 'abort', reason }
}

/** Nothing comes until `script.release()`, once. */
export const pause: Step = { step: 'pause' }

/**
 * A stream that behaves as a story tells (STYLE 9.5): `new Script(records('a', 'b', 'c'), abort('line dropped'), records('d'))`.
 * It ends after the last step. Records are at positions 0, 1, …; readers may be opened again and go on where they are told to.
 */
export class Script {
  readonly #steps: readonly Step[]
  /** Aborts and pauses that are over. */
  readonly #done = new Set<Step>()
  readonly #wake = new Wake()
  /** Every position that was committed, in order. */
  readonly committed: number[] = []
  /** Every record that was written, in order. */
  readonly written: string[] = []
  /** The next this many writes break with an error that may pass. */
  writesToAbort = 0
  opened = 0

  constructor(...steps: Step[]) {
    this.#steps = steps
  }

  /** The transport under the name `scripted`, for a registry. */
  get transport(): Transport<Record<never, never>> {
    return {
      kind: 'transport',
      name: 'scripted',
      summary: 'behaves as a test tells it to',
      stability: 'experimental',
      since: '0.1.0',
      guarantee: { level: 'at-least-once', condition: 'always' },
      options: {},
      traits: () => ({ canRead: true, canWrite: true, keepsRecords: true, isSeekable: true, carriesHeaders: false }),
      partitions: async () => 1,
      domain: () => null,
      openReader: async (_options, context) => this.#reader(context),
      openWriter: async () => this.#writer(),
    }
  }

  /** Ends the pause that a reader has come to. */
  release(): void {
    const paused = this.#steps.find((step) => step.step === 'pause' && !this.#done.has(step))
    if (paused) this.#done.add(paused)
    this.#wake.wake()
  }

  /** What comes at a position: records up to the end of their step, an obstacle, or null at the end. */
  #at(position: number): Step | null {
    let first = 0
    for (const step of this.#steps) {
      if (step.step === 'records') {
        if (position < first + step.records.length) return records(...step.records.slice(position - first))
        first += step.records.length
      } else if (first >= position && !this.#done.has(step)) return step
    }
    return null
  }

  #reader(context: TransportContext): FrameReader {
    this.opened++
    let position = typeof context.start === 'number' ? context.start : 0
    const nothing = () => emptyFrames(position)
    return {
      delivers: 'frames',
      domain: null,
      get position() {
        return position
      },
      next: async (maxRecords, waitMs): Promise<FrameBatch | null> => {
        const step = this.#at(position)
        if (step === null) return null
        if (step.step === 'pause') {
          await this.#wake.wait(waitMs, context.clock)
          return nothing()
        }
        if (step.step === 'abort') {
          this.#done.add(step)
          const { reason } = step
          throw new MillraceError('TRANSPORT_IO', {
            place: context.place,
            direction: 'reading',
            subject: 'the script',
            reason,
          })
        }
        const batch = framesOf(columnOf(step.records.slice(0, maxRecords).map((text) => Buffer.from(text))), position)
        position = batch.end
        return batch
      },
      seek: async (to) => {
        position = to
      },
      commit: async (end) => {
        this.committed.push(end)
      },
      interrupt: () => this.#wake.wake(),
      close: async () => {},
    }
  }

  #writer(): FrameWriter {
    return {
      accepts: 'frames',
      domain: null,
      write: (batch) => {
        if (this.writesToAbort > 0) {
          this.writesToAbort--
          const parameters = { place: 'the script', direction: 'writing', subject: 'the script', reason: 'told to' }
          throw new MillraceError('TRANSPORT_IO', parameters)
        }
        for (let i = 0; i < batch.length; i++) this.written.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
      },
      flush: async () => {},
      close: async () => {},
    }
  }
}
