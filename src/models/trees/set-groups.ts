import type { Columns } from './columns.ts'
import type { ImageWords } from './image-words.ts'
import { Place, SetGroup } from './kernel-layout.ts'
import type { RankTable } from './ranks.ts'

/** Slots of sets that read the same feature in the same way. */
export interface SetSlots {
  readonly first: number
  readonly end: number // exclusive
  /** Numbers that the sets can have: a multiple of 32. */
  readonly codes: number
  readonly members: number
}

/** The groups of an ensemble's sets. */
export function setGroups(columns: Columns, { slotColumn, slotMissing, numberSlots }: RankTable): SetSlots[] {
  const { feature, treatment, first, end } = columns
  const isAlike = (a: number, b: number): boolean => {
    const [x, y] = [slotColumn[a] as number, slotColumn[b] as number]
    return feature[x] === feature[y] && treatment[x] === treatment[y] && slotMissing[a] === slotMissing[b]
  }
  const groups: SetSlots[] = []
  for (let from = numberSlots; from < slotColumn.length; ) {
    let to = from
    let words = 0
    let members = 0
    for (; to < slotColumn.length && isAlike(from, to); to++) {
      const column = slotColumn[to] as number
      words = Math.max(words, (end[column] as number) - (first[column] as number))
      members += membersOf(columns, column).length + (slotMissing[to] as number)
    }
    groups.push({ first: from, end: to, codes: words * 32, members })
    from = to
  }
  return groups
}

function membersOf({ first, end, words }: Columns, column: number): number[] {
  const members: number[] = []
  for (let word = first[column] as number; word < (end[column] as number); word++)
    for (let bits = words[word] as number; bits !== 0; bits &= bits - 1)
      members.push((word - (first[column] as number)) * 32 + 31 - Math.clz32(bits & -bits))
  return members
}

/** Bytes of a group's words, by number and set, with a row for "in none" and one for "in all". */
export const wordsBytes = ({ first, end, codes }: SetSlots): number => (codes / 32 + 2) * (end - first) * 4

/** Bytes of a group's lists of members. */
export const membersBytes = ({ first, end, members }: SetSlots): number => (end - first + members) * 4

/** Where a group's parts lie. */
export interface GroupPlaces {
  readonly group: number
  readonly words: number
  readonly members: number
  readonly masks: number
  /** Masks of codes while a block is sliced. */
  readonly codes: number
}

/** Writes a group, see SetGroup and kernel-ranks.ts. */
export function writeGroup(
  image: ImageWords,
  columns: Columns,
  { slotColumn, slotMissing, slotMasks }: RankTable,
  { first, end, codes }: SetSlots,
  places: GroupPlaces,
): void {
  const sets = end - first
  const column = slotColumn[first] as number
  const isAbove = slotMissing[first] === 1
  const put = (offset: number, value: number): void => image.put(places.group + offset, value)
  put(SetGroup.feature, (columns.feature[column] as number) * 8)
  put(SetGroup.treatment, columns.treatment[column] as number)
  put(SetGroup.codes, codes)
  put(SetGroup.missing, isAbove ? codes + 32 : codes)
  put(SetGroup.sets, sets)
  put(SetGroup.words, places.words)
  put(SetGroup.q, Place.q + first * 16)
  put(SetGroup.masks, places.masks + ((slotMasks[first] as number) + 1) * 16)
  put(SetGroup.members, places.members)
  let at = places.members
  for (let set = 0; set < sets; set++) {
    const source = slotColumn[first + set] as number
    const from = columns.first[source] as number
    for (let word = from; word < (columns.end[source] as number); word++)
      image.put(places.words + ((word - from) * sets + set) * 4, columns.words[word] as number)
    image.put(places.words + ((codes / 32 + 1) * sets + set) * 4, -1)
    const members = membersOf(columns, source)
    if (isAbove) members.push(codes + 32)
    image.put(at, members.length)
    for (const [i, code] of members.entries()) image.put(at + 4 + i * 4, places.codes + code * 16)
    at += 4 + members.length * 4
  }
}
