import { describe, expect, it } from 'vitest'
import { type AssignorMember, assignPartitions, type GroupAssignment } from '../../../src/clients/kafka/assignor.ts'

/** Numbers below `limit`, the same for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const topic = 'iris'

function member(memberId: string, owned: readonly number[], generation = 5, topics = [topic]): AssignorMember {
  return { memberId, topics, owned: new Map(owned.length === 0 ? [] : [[topic, owned]]), generation }
}

function of(assignment: GroupAssignment, memberId: string, name = topic): readonly number[] {
  return assignment.get(memberId)?.get(name) ?? []
}

/** What the members own after they have given up what they were not assigned. */
function follow(members: readonly AssignorMember[], assignment: GroupAssignment, generation: number): AssignorMember[] {
  return members.map((m) => ({ ...m, owned: assignment.get(m.memberId) ?? new Map(), generation }))
}

/** Assigns and follows until nothing changes; counts partitions that have left a member. */
function settle(members: readonly AssignorMember[], counts: ReadonlyMap<string, number>) {
  let current = [...members]
  let moved = 0
  for (let round = 1; round <= 4; round++) {
    const assignment = assignPartitions(current, counts)
    expectNothingOwnedTwice(current, assignment)
    const next = follow(current, assignment, 5 + round)
    moved += sum(current.map((m, i) => leaving(m, next[i] as AssignorMember)))
    if (JSON.stringify(current.map(names)) === JSON.stringify(next.map(names))) return { members: next, moved, round }
    current = next
  }
  throw new Error('the group does not settle')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function names(m: AssignorMember): string[] {
  return [...m.owned].flatMap(([name, partitions]) => partitions.map((p) => `${name}/${p}`)).sort()
}

function leaving(before: AssignorMember, after: AssignorMember): number {
  const kept = new Set(names(after))
  return names(before).filter((name) => !kept.has(name)).length
}

function expectNothingOwnedTwice(members: readonly AssignorMember[], assignment: GroupAssignment): void {
  const given = new Map<string, string>()
  for (const m of members) {
    for (const name of names({ ...m, owned: assignment.get(m.memberId) ?? new Map() })) {
      expect(given.has(name), `${name} is given twice`).toBe(false)
      given.set(name, m.memberId)
    }
  }
  for (const m of members) {
    for (const name of names(m)) expect([undefined, m.memberId], `${name} of ${m.memberId}`).toContain(given.get(name))
  }
}

describe('assignPartitions', () => {
  it('gives a new group each partition once, balanced within one', () => {
    const assignment = assignPartitions([member('a', []), member('b', []), member('c', [])], new Map([[topic, 7]]))
    const all = ['a', 'b', 'c'].flatMap((id) => of(assignment, id))
    expect([...all].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(['a', 'b', 'c'].map((id) => of(assignment, id).length).sort()).toEqual([2, 2, 3])
  })

  it('believes the member of the newest generation where two say that they have a partition', () => {
    const members = [member('a', [0, 1, 2, 3], 3), member('b', [0, 1], 5)]
    const first = assignPartitions(members, new Map([[topic, 4]]))
    expect([of(first, 'a'), of(first, 'b')]).toEqual([[2, 3], []])
    const next = assignPartitions([member('a', [2, 3], 6), member('b', [], 6)], new Map([[topic, 4]]))
    expect([of(next, 'a'), of(next, 'b')]).toEqual([
      [2, 3],
      [0, 1],
    ])
  })

  it('takes a partition from its owner first and gives it to the new member in the next round', () => {
    const members = [member('a', [0, 1, 2, 3]), member('b', [])]
    const first = assignPartitions(members, new Map([[topic, 4]]))
    expect(of(first, 'a')).toEqual([0, 1])
    expect(of(first, 'b')).toEqual([])
    const second = assignPartitions(follow(members, first, 6), new Map([[topic, 4]]))
    expect(of(second, 'a')).toEqual([0, 1])
    expect(of(second, 'b')).toEqual([2, 3])
  })

  it('lets the newer generation win when two members claim a partition, and gives it to nobody while the older one claims it', () => {
    const members = [member('a', [0, 1], 4), member('b', [1], 5)]
    const assignment = assignPartitions(members, new Map([[topic, 2]]))
    expect(of(assignment, 'a')).toEqual([0])
    expect(of(assignment, 'b')).toEqual([])
    expect(of(assignPartitions([member('a', [0], 6), member('b', [1], 6)], new Map([[topic, 2]])), 'b')).toEqual([1])
  })

  it('assigns a topic to those who read it only', () => {
    const members = [member('a', [], 5, ['iris', 'wine']), member('b', [], 5, ['wine'])]
    const assignment = assignPartitions(members, new Map([['iris', 2], ['wine', 2]])) // biome-ignore format: one line
    expect(of(assignment, 'a', 'iris')).toEqual([0, 1])
    expect(of(assignment, 'b', 'iris')).toEqual([])
    expect(of(assignment, 'b', 'wine')).toEqual([0, 1])
  })

  it('drops partitions that do not exist any more', () => {
    expect(of(assignPartitions([member('a', [0, 9])], new Map([[topic, 1]])), 'a')).toEqual([0])
  })

  it('settles any group of one topic: each partition once, balanced within one, as few moves as there can be', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = numbers(seed)
      const count = next(30)
      const size = 1 + next(6)
      const owned = Array.from({ length: size }, (): number[] => [])
      for (let p = 0; p < count; p++) if (next(4) > 0) owned[next(size)]?.push(p)
      const members = owned.map((partitions, i) => member(`m${i}`, partitions))
      const settled = settle(members, new Map([[topic, count]]))
      const sizes = settled.members.map((m) => m.owned.get(topic)?.length ?? 0)
      expect(sum(sizes), `seed ${seed}`).toBe(count)
      expect(Math.max(...sizes) - Math.min(...sizes), `seed ${seed}`).toBeLessThanOrEqual(1)
      expect(settled.moved, `seed ${seed}`).toBe(fewestMoves(owned, count))
      expect(settled.round, `seed ${seed}`).toBeLessThanOrEqual(3) // give up, take up, nothing left to do
    }
  })

  it('settles groups with different topics and stale claims, each partition once and never with two owners', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = numbers(seed * 7919)
      const counts = new Map([1, 2, 3].map((t) => [`t${t}`, next(8)]))
      const members = Array.from({ length: 1 + next(5) }, (_, i): AssignorMember => {
        const topics = [...counts.keys()].filter(() => next(3) > 0)
        const owned = new Map(topics.map((t) => [t, range(counts.get(t) ?? 0).filter(() => next(4) === 0)]))
        return { memberId: `m${i}`, topics, owned, generation: 3 + next(2) }
      })
      const settled = settle(members, counts)
      for (const [name, count] of counts) {
        const isRead = members.some((m) => m.topics.includes(name))
        const given = settled.members.flatMap((m) => m.owned.get(name) ?? [])
        expect(
          [...given].sort((a, b) => a - b),
          `seed ${seed}, ${name}`,
        ).toEqual(isRead ? range(count) : [])
      }
    }
  })
})

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** Partitions that some member must give up: what is above its share, the larger shares going to those who have most. */
function fewestMoves(owned: readonly number[][], count: number): number {
  const least = Math.floor(count / owned.length)
  const larger = count % owned.length
  const sizes = owned.map((partitions) => partitions.length).sort((a, b) => b - a)
  return sum(sizes.map((size, i) => Math.max(0, size - (i < larger ? least + 1 : least))))
}
