import { readFile } from 'node:fs/promises'
import type { EmbeddedLog } from '../../clients/log/log.ts'
import { columnOf } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { framesOf } from '../../core/frames.ts'

/** One record in this many is malformed. */
export const MALFORMED_EVERY = 1_000
/** How often records are appended. */
const TICK_MS = 10

/** Ways in which a record can be wrong, taken in turn: cut off, texts for numbers, not UTF-8, no object. */
const malformed: readonly ((line: Buffer) => Buffer)[] = [
  (line) => line.subarray(0, line.length - 1),
  (line) => Buffer.from(line.toString().replaceAll(/[\d.]+(?=[,}])/g, '"wide"')),
  () => Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  () => Buffer.from('[5.1, 3.5, 1.4, 0.2'),
]

/** Appends records to a topic at a steady rate, spread over its partitions; one in a thousand is malformed. */
export class Feed {
  readonly #log: EmbeddedLog
  readonly #topic: string
  readonly #clock: Clock
  readonly #lines: readonly Buffer[]
  readonly #partitions: number
  #sent = 0

  private constructor(log: EmbeddedLog, topic: string, clock: Clock, lines: readonly Buffer[]) {
    this.#log = log
    this.#topic = topic
    this.#clock = clock
    this.#lines = lines
    this.#partitions = log.topic(topic)?.partitions ?? 1
  }

  /** A feed of the lines of a JSON lines file, over and over. */
  static async open(log: EmbeddedLog, topic: string, file: URL, clock: Clock): Promise<Feed> {
    const text = await readFile(file, 'utf8')
    const lines = text.split('\n').filter((line) => line !== '')
    return new Feed(
      log,
      topic,
      clock,
      lines.map((line) => Buffer.from(line)),
    )
  }

  /** Records appended so far. */
  get sent(): number {
    return this.#sent
  }

  /** Keeps to `rate` records per second until the signal aborts; what a late tick missed, the next one makes up for. */
  async run(rate: number, signal: AbortSignal): Promise<void> {
    const startMs = this.#clock.monotonicMs()
    while (!signal.aborted) {
      await this.#clock.sleep(TICK_MS, signal)
      const due = Math.floor(((this.#clock.monotonicMs() - startMs) / 1_000) * rate)
      this.#append(Math.min(due - this.#sent, rate))
    }
  }

  #append(count: number): void {
    const shares: Buffer[][] = Array.from({ length: this.#partitions }, () => [])
    for (let i = 0; i < count; i++) {
      this.#sent++
      shares[this.#sent % this.#partitions]?.push(this.#next())
    }
    const nowMs = this.#clock.now()
    for (const [partition, values] of shares.entries()) {
      if (values.length === 0) continue
      const frames = { ...framesOf(columnOf(values)), timestampsMs: new Float64Array(values.length).fill(nowMs) }
      this.#log.append(this.#topic, partition, frames)
    }
  }

  #next(): Buffer {
    const line = this.#lines[this.#sent % this.#lines.length] as Buffer
    if (this.#sent % MALFORMED_EVERY !== 0) return line
    const spoil = malformed[(this.#sent / MALFORMED_EVERY) % malformed.length] as (line: Buffer) => Buffer
    return spoil(line)
  }
}
