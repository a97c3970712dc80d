import { type Chains, chainsBytes, suitsChains, writeChains } from './chains.ts'
import { Kind } from './columns.ts'
import type { EnsembleData } from './ensemble.ts'
import { ImageWords } from './image-words.ts'
import { BLOCK_ROWS, Column, Place, SetGroup, TREE_LANES } from './kernel-layout.ts'
import { sumBytes, treeBytes } from './kernel-walks.ts'
import { type RankTable, rankTable } from './ranks.ts'
import { membersBytes, type SetSlots, setGroups, wordsBytes, writeGroup } from './set-groups.ts'
import { aboveOf, belowOf, ProgramWriter, type Run, runsOf } from './tree-programs.ts'
import { shared } from './trees.ts'

/** The memory of an ensemble's kernel as it is at first, made once and copied by each thread, and where things lie in it. */
export interface Image {
  /** From Place.image on. */
  readonly bytes: Uint8Array
  /** Leaf by node; -1 elsewhere. */
  readonly leafOf: Int32Array // [nodes]
  readonly values: number // address, as are the following
  readonly columns: number
  readonly columnsEnd: number
  readonly slots: number
  readonly slotsEnd: number
  readonly sets: number
  readonly setsEnd: number
  /** Whole groups of eight trees in their order. */
  readonly groups: number
  /** All trees. */
  readonly singles: number
  readonly targets: number
  /** For skewed trees. */
  readonly chains: Chains | null
  /** Empty where the masks would take too much memory. */
  readonly runs: readonly Run[]
  readonly masks: number
  readonly masksBytes: number
  /** Masks of codes, see Kernel.sliceSets. */
  readonly codes: number
  readonly rows: number
  /** Numbers of a row: the features and then the columns that are neither a feature nor a set. */
  readonly rowWidth: number
  readonly derived: Int32Array // columns
  readonly sums: number
  readonly out: number
  readonly bytesInAll: number
}

const maxImageBytes = 2 ** 26
const maxMasksBytes = 2 ** 24
const maxRowsBytes = 2 ** 25
const maxSlots = 4096
const maxCuts = 65534
const maxMembers = 2 ** 20
const maxCodes = 2 ** 16

/** Makes the image, or null for an ensemble that ranks do not suit. */
export function makeImage(ensemble: EnsembleData): Image | null {
  const { forest, columns } = ensemble
  if (forest.feature.length * 20 > maxImageBytes) return null
  if (columns.kind.length > maxSlots) return null
  const ranks = rankTable(forest, columns)
  if (ranks.slotColumn.length > maxSlots || ranks.mostCuts > maxCuts) return null
  if (searchSteps(ranks) > 2 * (64 + forest.depths.reduce((sum, depth) => sum + depth, 0))) return null
  const sets = setGroups(columns, ranks)
  if (sets.some(({ codes }) => codes > maxCodes)) return null
  if (sets.reduce((sum, { members }) => sum + members, 0) > maxMembers) return null
  return new ImageWriter(ensemble, ranks, sets).write()
}

/** Steps, about as long as one of a walk, that it takes to rank the numbers of a row; sets cost the same in either way. */
function searchSteps({ columnFirst }: RankTable): number {
  let steps = 0
  for (let column = 0; column + 1 < columnFirst.length; column++) {
    const cuts = (columnFirst[column + 1] as number) - (columnFirst[column] as number)
    if (cuts > 0) steps += 4 + Math.ceil(Math.log2(cuts + 1))
  }
  return steps
}

class ImageWriter {
  readonly #ensemble: EnsembleData
  readonly #ranks: RankTable
  readonly #sets: readonly SetSlots[]
  readonly #isFloat: boolean
  #size: number = Place.image

  constructor(ensemble: EnsembleData, ranks: RankTable, sets: readonly SetSlots[]) {
    this.#ensemble = ensemble
    this.#ranks = ranks
    this.#sets = sets
    this.#isFloat = ensemble.precision === 'float32'
  }

  write(): Image | null {
    const { trees, features, targets, forest } = this.#ensemble
    const { numberSlots, slotColumn, masks: maskCount } = this.#ranks
    const nodes = forest.feature.length
    const numbers = this.#columnsOf((kind) => kind !== Kind.set)
    const derived = this.#columnsOf((kind) => kind === Kind.present)
    const take = (bytes: number): number => this.#take(bytes)
    take(nodes * 8)
    const values = take(nodes * 8)
    const columns = take(numbers.length * Column.size)
    const spans = Array.from(numbers, (column) => 2 ** Math.ceil(Math.log2(this.#cutsOf(column) + 1)) * 4)
    const cuts = spans.map((span) => take(span * 2))
    const maps = Array.from({ length: numberSlots }, (_, slot) => take((this.#cutsOf(this.#columnOf(slot)) + 2) * 2))
    const slots = take(numberSlots * 8)
    const sets = take(this.#sets.length * SetGroup.size)
    const setPlaces = this.#sets.map((group) => ({
      words: take(wordsBytes(group)),
      members: take(membersBytes(group)),
    }))
    const groups = take(Math.floor(trees / TREE_LANES) * treeBytes(TREE_LANES))
    const singles = take(trees * treeBytes(1))
    const targetOffsets = take(trees * 4)
    const found = maskCount * 16 <= maxMasksBytes ? runsOf(this.#ensemble, take) : []
    // Trees of vector leaves are not walked by blocks.
    const runs = this.#ensemble.leafWidth > 1 && found.some(({ shape }) => shape === null) ? [] : found
    const rowWidth = features + derived.length
    const chainsAt = this.#takeChains()
    if (this.#size - Place.image > maxImageBytes || rowWidth * BLOCK_ROWS * 8 > maxRowsBytes) return null
    const image = new ImageWords(this.#size)
    const masks = take(maskCount * 16)
    const codes = take(this.#sets.reduce((most, group) => Math.max(most, group.codes + 64), 0) * 16)
    const rows = take(rowWidth * BLOCK_ROWS * 8)
    const sums = take(targets * BLOCK_ROWS * 8)
    const out = take(trees * 4)
    for (const [i, column] of numbers.entries())
      this.#writeColumn(image, column, columns + i * Column.size, cuts[i] as number, spans[i] as number, derived)
    for (let slot = 0; slot < numberSlots; slot++) {
      const column = columns + numbers.indexOf(this.#columnOf(slot)) * Column.size
      this.#writeSlot(image, slot, column, maps[slot] as number, masks, slots + slot * 8)
    }
    for (const [i, group] of this.#sets.entries()) {
      const place = setPlaces[i] as (typeof setPlaces)[number]
      const places = { ...place, group: sets + i * SetGroup.size, masks, codes }
      writeGroup(image, this.#ensemble.columns, this.#ranks, group, places)
    }
    const leafOf = this.#writeNodes(image, values)
    this.#writeTrees(image, groups, singles, targetOffsets)
    const chains = chainsAt === null ? null : writeChains(image, chainsAt, leafOf, forest, slotColumn.length)
    const programs = new ProgramWriter(this.#ensemble, this.#ranks, image, masks)
    for (const run of runs) programs.write(run)
    return {
      ...{ bytes: image.bytes, leafOf, values, columns, columnsEnd: columns + numbers.length * Column.size },
      ...{ slots, slotsEnd: slots + numberSlots * 8, sets, setsEnd: sets + this.#sets.length * SetGroup.size },
      ...{ groups, singles, targets: targetOffsets, chains, runs, masks, masksBytes: maskCount * 16, codes },
      ...{ rows, rowWidth, derived, sums, out, bytesInAll: this.#size },
    }
  }

  #take(bytes: number): number {
    const at = this.#size
    this.#size += Math.ceil(bytes / 64) * 64
    return at
  }

  /** Takes room for chains when there are to be some and there is any. */
  #takeChains(): number | null {
    const bytes = chainsBytes(this.#ensemble.forest.feature.length)
    if (this.#size - Place.image + bytes > maxImageBytes) return null
    return suitsChains(this.#ensemble, this.#ranks.slotColumn.length) ? this.#take(bytes) : null
  }

  #columnsOf(isWanted: (kind: number) => boolean): Int32Array {
    const { kind } = this.#ensemble.columns
    return Int32Array.from(kind.keys()).filter((column) => isWanted(kind[column] as number))
  }

  #columnOf(slot: number): number {
    return this.#ranks.slotColumn[slot] as number
  }

  #cutsOf(column: number): number {
    return (this.#ranks.columnFirst[column + 1] as number) - (this.#ranks.columnFirst[column] as number)
  }

  #writeColumn(image: ImageWords, column: number, at: number, cutsAt: number, span: number, derived: Int32Array): void {
    const { columns, features } = this.#ensemble
    const { cuts, columnFirst } = this.#ranks
    const place = derived.indexOf(column)
    const count = this.#cutsOf(column)
    image.put(at + Column.feature, (place >= 0 ? features + place : (columns.feature[column] as number)) * 8)
    image.put(at + Column.treatment, place >= 0 ? 0 : (columns.treatment[column] as number))
    image.put(at + Column.cuts, cutsAt - 8)
    image.put(at + Column.span, span)
    image.put(at + Column.count, count * 8)
    for (let i = 0; i < span / 4; i++) {
      const cut = i < count ? (cuts[(columnFirst[column] as number) + i] as number) : Number.POSITIVE_INFINITY
      image.putValue(cutsAt + i * 8, cut, false)
    }
  }

  /** Writes a slot's part of its column, its map from the column's ranks to its own, and where its masks lie. */
  #writeSlot(image: ImageWords, slot: number, column: number, map: number, masks: number, at: number): void {
    const { cuts, columnFirst, slotColumn, slotCuts, slotFirst, slotMissing, slotMasks } = this.#ranks
    const isSecond = image.get(column + Column.slots) !== 0
    const part = column + Column.slots + (isSecond ? Column.slotBytes : 0)
    const own = masks + (slotMasks[slot] as number) * 16
    image.put(part, map)
    image.put(part + 4, Place.q + slot * 16)
    image.put(part + 8, own)
    const [first, end] = [slotFirst[slot] as number, slotFirst[slot + 1] as number]
    const from = columnFirst[slotColumn[slot] as number] as number
    const count = this.#cutsOf(slotColumn[slot] as number)
    let rank = 0
    for (let i = 0; i < count; i++) {
      if (first + rank < end && slotCuts[first + rank] === cuts[from + i]) rank++
      image.putHalf(map + (i + 1) * 2, rank)
    }
    image.putHalf(map + (count + 1) * 2, slotMissing[slot] === 1 ? end - first : 0)
    image.put(at, own + 16)
    image.put(at + 4, own + (end - first + 1) * 16)
  }

  /** Writes nodes tree by tree, level by level, and values of leaves. */
  #writeNodes(image: ImageWords, values: number): Int32Array {
    const { forest, leafValues, leafWidth } = this.#ensemble
    const { falseChild, payload, feature } = forest
    const { nodeSlot, nodeCut } = this.#ranks
    const leafOf = shared(Int32Array, feature.length).fill(-1)
    const queue = new Int32Array(feature.length)
    let next = 0
    for (const root of forest.roots) {
      queue[next] = root
      for (let at = next++; at < next; at++) {
        const node = queue[at] as number
        const place = Place.image + at * 8
        if (falseChild[node] === node) {
          const leaf = payload[node] as number
          leafOf[at] = leaf
          image.put(place, 0xffff0000)
          image.put(place + 4, at * 8)
          if (leafWidth === 1) image.putValue(values + at * 8, leafValues[leaf] as number, this.#isFloat)
        } else {
          image.put(place, ((nodeSlot[node] as number) * 16) | ((nodeCut[node] as number) << 16))
          image.put(place + 4, next * 8)
          queue[next++] = belowOf(forest, node)
          queue[next++] = aboveOf(forest, node)
        }
      }
    }
    return leafOf
  }

  #writeTrees(image: ImageWords, groups: number, singles: number, targets: number): void {
    const { forest, trees, targetOf, leafWidth } = this.#ensemble
    const { depths, roots } = forest
    for (let tree = 0; tree < trees; tree++) {
      const depth = depths[tree] as number
      const target = leafWidth === 1 ? (targetOf[tree] as number) : 0
      const offset = target * BLOCK_ROWS * sumBytes(this.#isFloat)
      // Trees follow each other in the forest, so that a root has its place in both orders of nodes.
      const root = (roots[tree] as number) * 8
      const single = singles + tree * treeBytes(1)
      for (const [i, word] of [depth, root, offset].entries()) image.put(single + i * 4, word)
      image.put(targets + tree * 4, offset)
      if (tree >= Math.floor(trees / TREE_LANES) * TREE_LANES) continue
      const group = groups + Math.floor(tree / TREE_LANES) * treeBytes(TREE_LANES)
      image.put(group, Math.max(depth, image.get(group)))
      image.put(group + 4 + (tree % TREE_LANES) * 8, root)
      image.put(group + 8 + (tree % TREE_LANES) * 8, offset)
    }
  }
}
