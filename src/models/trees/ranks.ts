import { type Columns, Kind } from './columns.ts'
import { type Forest, nextUp } from './trees.ts'

/**
 * The numbers that a forest's tests compare with, as cuts: "below cut c" is x < c. A slot is a column together with the side on
 * which missing values are. Cuts are sorted and each is there once.
 *
 * Example: the tests x0 < 2 and x0 <= 3 with missing values above are one slot with cuts [2, nextUp(3)].
 */
export interface RankTable {
  /** Slots of numbers; those of sets come after them, sets that read the same in the same way beside each other. */
  readonly numberSlots: number
  readonly cuts: Float64Array // by column, all its slots together; sets have none
  readonly columnFirst: Int32Array // [columns + 1], into cuts
  readonly slotColumn: Int32Array // [slots]
  /** 1 where missing values are above all cuts, 0 where below. */
  readonly slotMissing: Uint8Array // [slots]
  readonly slotCuts: Float64Array
  readonly slotFirst: Int32Array // [slots + 1], into slotCuts
  /** A slot's masks: one more than it has cuts, of which the first is not read. */
  readonly slotMasks: Int32Array // [slots]
  readonly masks: number
  readonly mostCuts: number
  readonly nodeSlot: Int32Array // [nodes]
  readonly nodeCut: Int32Array // [nodes], within the slot
}

/** Finds the cuts of a forest. A test that reads a negated feature has its cut on the other side and missing values below. */
export function rankTable(forest: Forest, { kind, feature: source, treatment }: Columns): RankTable {
  const columns = kind.length
  const { feature, threshold, falseChild } = forest
  const nodes = feature.length
  const counts = new Int32Array(columns * 2)
  const nodeSlot = new Int32Array(nodes)
  const cutOf = new Float64Array(nodes)
  for (let node = 0; node < nodes; node++) {
    if (falseChild[node] === node) continue
    const key = feature[node] as number
    counts[key] = (counts[key] as number) + 1
    const bound = threshold[node] as number
    cutOf[node] = key & 1 ? nextUp(-bound) : bound
  }
  const isSet = (key: number): boolean => kind[key >> 1] === Kind.set
  const used = Int32Array.from(counts.keys()).filter((key) => (counts[key] as number) > 0)
  const numbers = used.filter((key) => !isSet(key))
  const order = (key: number): number =>
    ((source[key >> 1] as number) * 3 + (treatment[key >> 1] as number)) * 2 + (key & 1)
  const slots = Int32Array.from([...numbers, ...used.filter(isSet).sort((a, b) => order(a) - order(b))])
  const slotOf = new Int32Array(columns * 2).fill(-1)
  for (const [slot, key] of slots.entries()) slotOf[key] = slot
  const collected = Array.from(slots, (key) => new Float64Array(counts[key] as number))
  counts.fill(0)
  for (let node = 0; node < nodes; node++) {
    if (falseChild[node] === node) continue
    const key = feature[node] as number
    nodeSlot[node] = slotOf[key] as number
    ;(collected[slotOf[key] as number] as Float64Array)[counts[key] as number] = cutOf[node] as number
    counts[key] = (counts[key] as number) + 1
  }
  const slotCuts = collected.map(distinct)
  const columnCuts = Array.from({ length: columns }, (_, column) => {
    if (kind[column] === Kind.set) return new Float64Array(0)
    const [a, b] = [slotOf[column * 2] as number, slotOf[column * 2 + 1] as number]
    return distinct(Float64Array.from([...(slotCuts[a] ?? []), ...(slotCuts[b] ?? [])]))
  })
  const nodeCut = new Int32Array(nodes)
  for (let node = 0; node < nodes; node++)
    if (falseChild[node] !== node)
      nodeCut[node] = placeOf(slotCuts[nodeSlot[node] as number] as Float64Array, cutOf[node] as number)
  const slotFirst = firsts(slotCuts)
  return {
    numberSlots: numbers.length,
    cuts: joined(columnCuts),
    columnFirst: firsts(columnCuts),
    slotColumn: slots.map((key) => key >> 1),
    slotMissing: Uint8Array.from(slots, (key) => (key & 1 ? 0 : 1)),
    slotCuts: joined(slotCuts),
    slotFirst,
    slotMasks: Int32Array.from(slots, (_, slot) => (slotFirst[slot] as number) + slot),
    masks: (slotFirst[slots.length] as number) + slots.length,
    mostCuts: columnCuts.reduce((most, cuts) => Math.max(most, cuts.length), 0),
    nodeSlot,
    nodeCut,
  }
}

/** Sorted, each once. */
function distinct(values: Float64Array): Float64Array {
  values.sort()
  let size = 0
  for (let i = 0; i < values.length; i++)
    if (size === 0 || values[i] !== values[size - 1]) values[size++] = values[i] as number
  return values.subarray(0, size)
}

function placeOf(cuts: Float64Array, cut: number): number {
  let low = 0
  let high = cuts.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cuts[middle] as number) < cut) low = middle + 1
    else high = middle
  }
  return low
}

function firsts(parts: readonly Float64Array[]): Int32Array {
  const first = new Int32Array(parts.length + 1)
  for (const [i, part] of parts.entries()) first[i + 1] = (first[i] as number) + part.length
  return first
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
