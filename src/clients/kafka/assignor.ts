import { rising } from './group-share.ts'

/** What the leader of a classic group knows of one member: its part of the JoinGroup answer. */
export interface AssignorMember {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What the member says that it still has, by topic; also partitions that it is about to give up. */
  readonly owned: ReadonlyMap<string, readonly number[]>
  /** Generation in which it got them; -1 = it does not say. */
  readonly generation: number
}

/** Partitions by topic, for each member; members without partitions have an empty map. */
export type GroupAssignment = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>

interface Place {
  readonly topic: string
  readonly partition: number
}

interface Load {
  readonly member: AssignorMember
  readonly topics: ReadonlySet<string>
  readonly places: Place[]
}

/**
 * Divides partitions among the members of a group: sticky, balanced and cooperative (KIP-429).
 *
 * Who has a partition keeps it unless balance needs it elsewhere: one is moved only from a member that has at least two more than the one that
 * gets it, which for equal subscriptions is as few moves as there can be. A partition that changes hands is given to nobody for now: its owner
 * gives it up and joins again, and only then does the new one get it. So no partition is assigned to one member while another still owns it.
 *
 * @param partitionCounts partitions of each topic; a topic that is not there is not assigned.
 */
export function assignPartitions(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): GroupAssignment {
  const ordered = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)) // equal answers for equal groups
  const claims = claimsOf(ordered)
  const loads = ordered.map((member): Load => ({ member, topics: new Set(member.topics), places: [] }))
  const free = keepOwned(loads, claims, partitionCounts)
  placeFree(loads, free)
  balance(loads)
  return new Map(loads.map((load) => [load.member.memberId, byTopic(load, claims)]))
}

function nameOf({ topic, partition }: Place): string {
  return `${partition}/${topic}`
}

/** Who claims each partition, the members of the newest generation first. */
function claimsOf(members: readonly AssignorMember[]): ReadonlyMap<string, readonly AssignorMember[]> {
  const claims = new Map<string, AssignorMember[]>()
  for (const member of members) {
    for (const [topic, partitions] of member.owned) {
      for (const partition of new Set(partitions)) {
        const name = nameOf({ topic, partition })
        const claimants = claims.get(name)
        if (claimants) claimants.push(member)
        else claims.set(name, [member])
      }
    }
  }
  for (const claimants of claims.values()) claimants.sort((a, b) => b.generation - a.generation)
  return claims
}

/** Gives each partition to the member that has it by the newest claim; returns those that nobody has who still wants them. */
function keepOwned(
  loads: readonly Load[],
  claims: ReadonlyMap<string, readonly AssignorMember[]>,
  partitionCounts: ReadonlyMap<string, number>,
): Place[] {
  const byMember = new Map(loads.map((load) => [load.member.memberId, load]))
  const free: Place[] = []
  for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (let partition = 0; partition < count; partition++) {
      const place = { topic, partition }
      const owner = claims.get(nameOf(place))?.find((member) => member.topics.includes(topic))
      const load = owner ? byMember.get(owner.memberId) : undefined
      if (load) load.places.push(place)
      else free.push(place)
    }
  }
  return free
}

/** Gives each free partition to the member with the fewest among those who read its topic. */
function placeFree(loads: readonly Load[], free: readonly Place[]): void {
  for (const place of free) {
    let least: Load | null = null
    for (const load of loads) {
      if (load.topics.has(place.topic) && (!least || load.places.length < least.places.length)) least = load
    }
    least?.places.push(place)
  }
}

/** Moves partitions from members that have at least two more; each move makes the sum of squares smaller, so it ends. */
function balance(loads: readonly Load[]): void {
  const rising = [...loads]
  for (;;) {
    rising.sort((a, b) => a.places.length - b.places.length || (a.member.memberId < b.member.memberId ? -1 : 1))
    if (!moveOne(rising)) return
  }
}

function moveOne(rising: readonly Load[]): boolean {
  for (let high = rising.length - 1; high > 0; high--) {
    const from = rising[high] as Load
    for (const to of rising) {
      if (to.places.length > from.places.length - 2) break
      const index = from.places.findLastIndex((place) => to.topics.has(place.topic))
      if (index < 0) continue
      to.places.push(...from.places.splice(index, 1))
      return true
    }
  }
  return false
}

/** The member's partitions by topic, without those that somebody else still has. */
function byTopic(
  { member, places }: Load,
  claims: ReadonlyMap<string, readonly AssignorMember[]>,
): ReadonlyMap<string, readonly number[]> {
  const isClaimed = (place: Place) => claims.get(nameOf(place))?.some((other) => other.memberId !== member.memberId)
  const given = Map.groupBy(
    places.filter((place) => !isClaimed(place)),
    ({ topic }) => topic,
  )
  return new Map([...given].map(([topic, ofTopic]) => [topic, rising(ofTopic.map(({ partition }) => partition))]))
}
