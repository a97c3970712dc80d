/** Bins per power of two: the relative width of a bin, and so the largest error of a percentile, is 1/16. */
const BINS_PER_OCTAVE = 16
/** Smallest value told apart from 0, in the unit of the values (for milliseconds: about a nanosecond). */
const LOWEST = 2 ** -20
const OCTAVES = 44
const BINS = OCTAVES * BINS_PER_OCTAVE

/**
 * Counts of positive values on a logarithmic scale, for percentiles of latencies and durations.
 *
 * A plain typed array, so that a snapshot crosses threads as it is and histograms of several tasks add up exactly
 * (a sketch library would bring its own objects and serialisation).
 */
export class Histogram {
  readonly counts: Float64Array // [BINS]
  #total = 0

  constructor(counts: Float64Array = new Float64Array(BINS)) {
    this.counts = counts
    for (const count of counts) this.#total += count
  }

  /** Number of recorded values. */
  get total(): number {
    return this.#total
  }

  /** Records `value` `times` times. Values at or below 0 count as the smallest. */
  record(value: number, times = 1): void {
    this.counts[binOf(value)]! += times
    this.#total += times
  }

  /** Adds the counts of another histogram. */
  add(other: Histogram): void {
    for (let i = 0; i < BINS; i++) this.counts[i]! += other.counts[i]!
    this.#total += other.#total
  }

  /** The value below which `share` (0 to 1) of the recorded values lie, within 1/16; NaN when nothing was recorded. */
  quantile(share: number): number {
    if (this.#total === 0) return Number.NaN
    const rank = Math.max(1, Math.ceil(share * this.#total))
    let seen = 0
    for (let i = 0; i < BINS; i++) {
      seen += this.counts[i]!
      if (seen >= rank) return middleOf(i)
    }
    return middleOf(BINS - 1)
  }
}

function binOf(value: number): number {
  if (!(value > LOWEST)) return 0
  const bin = Math.floor(Math.log2(value / LOWEST) * BINS_PER_OCTAVE)
  return bin < BINS ? bin : BINS - 1
}

function middleOf(bin: number): number {
  return LOWEST * 2 ** ((bin + 0.5) / BINS_PER_OCTAVE)
}
