import { offsetCommitV8, offsetCommitV9 } from '@platformatic/kafka'
import { MillraceError } from '../../core/errors.ts'
import type { KafkaCluster } from './cluster.ts'
import { api } from './connection.ts'
import type { GroupMembership } from './membership.ts'
import { type AnswerPlace, damagedAnswer, errorKind, errorName, refusal } from './protocol-errors.ts'
import { byTopic, type CommittingMember, type OffsetResult, type OffsetToCommit } from './transaction-requests.ts'

/** The positions of one group that one commit makes durable. */
export class GroupOffsets {
  readonly membership: GroupMembership
  readonly #offsets = new Map<string, OffsetToCommit>()

  constructor(membership: GroupMembership) {
    this.membership = membership
  }

  /** The last call for a partition counts. */
  add(offset: OffsetToCommit): void {
    this.#offsets.set(`${offset.topic}/${offset.partition}`, offset)
  }

  get offsets(): OffsetToCommit[] {
    return [...this.#offsets.values()]
  }
}

/** Positions by group; a member that has come anew is another one. */
export class OffsetsByGroup {
  readonly #groups = new Map<string, GroupOffsets>()

  add(membership: GroupMembership, offset: OffsetToCommit): void {
    const key = `${membership.group}\n${membership.memberId}`
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new GroupOffsets(membership)
      this.#groups.set(key, group)
    }
    group.add(offset)
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  get groups(): GroupOffsets[] {
    return [...this.#groups.values()]
  }
}

/** Answers to a commit by a member whose generation has passed: the member may know the next one in a moment. */
const STALE = ['ILLEGAL_GENERATION', 'STALE_MEMBER_EPOCH']

/** Answer of a classic group whose members have joined anew and wait for what their leader assigns. */
const REBALANCING = 'REBALANCE_IN_PROGRESS'

/** Answers that say that this member has no part in the group any more: what it has done is not committed in its name. */
const NOT_A_MEMBER = ['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH']

/** Time that a member is given to take part in the group's next generation; about a session, after which it would be out. */
const CATCH_UP_MS = 10_000
const FIRST_WAIT_MS = 20
const MAX_WAIT_MS = 500

/** What is left of the time for catching up. */
interface Patience {
  leftMs: number
  nextWaitMs: number
}

/**
 * Commits in the name of a member, whose generation another thread keeps up to date. A generation that is refused, or that is not
 * complete yet, is read again, and the commit repeated with it. `send` resolves with the results of all positions.
 */
export async function commitInName(
  cluster: KafkaCluster,
  { membership, offsets }: GroupOffsets,
  { request, repeatsUnanswered }: { readonly request: string; readonly repeatsUnanswered: boolean },
  send: (member: CommittingMember, offsets: readonly OffsetToCommit[]) => Promise<readonly OffsetResult[]>,
): Promise<void> {
  const { group, memberId, instanceId } = membership
  const patience = { leftMs: CATCH_UP_MS, nextWaitMs: FIRST_WAIT_MS }
  for (;;) {
    const epoch = Atomics.load(membership.epoch, 0)
    if (epoch === -1 && memberId !== '') throw notMember(membership, 'the member has left')
    const place = { server: cluster.servers, api: request, subject: `group "${group}"` }
    const coordinator = { kind: 'group', key: group } as const
    const results = await cluster.retry({ coordinator, repeatsUnanswered }, async () => {
      const answered = await send({ group, epoch, memberId, instanceId }, offsets)
      throwRetryable(answered, place)
      return answered
    })
    const names = results.map(({ errorCode }) => errorName(errorCode)).filter((name) => name !== null)
    if (names.length === 0) {
      if (results.length >= offsets.length) return
      throw damagedAnswer(place, `it tells of ${results.length} of ${offsets.length} partitions`)
    }
    const stale = names.find((name) => STALE.includes(name))
    if (stale !== undefined && (await hasChanged(cluster, membership, epoch, patience))) continue
    const early = names.find((name) => name === REBALANCING)
    if (stale === undefined && early !== undefined && (await hasWaited(cluster, patience))) continue
    const gone = stale ?? early ?? names.find((name) => NOT_A_MEMBER.includes(name))
    if (gone !== undefined) throw notMember(membership, `kafka answers ${gone} to ${request}`)
    throw refusal(names[0] as string, place)
  }
}

/** Errors that a repetition may mend are thrown one for all, so that the whole request is repeated: it has the same effect. */
function throwRetryable(results: readonly OffsetResult[], place: AnswerPlace): void {
  for (const { errorCode } of results) {
    const name = errorName(errorCode)
    if (name === null || errorKind(name) === 'refused' || errorKind(name) === 'fenced') continue
    throw refusal(name, place)
  }
}

function notMember({ group, memberId }: GroupMembership, reason: string): MillraceError {
  return new MillraceError('CLIENT_KAFKA_ABORTED', { subject: `member "${memberId}" of group "${group}"`, reason })
}

/** Waits for another generation than `old`; false when there is none in time. */
async function hasChanged(
  cluster: KafkaCluster,
  { epoch }: GroupMembership,
  old: number,
  patience: Patience,
): Promise<boolean> {
  while (Atomics.load(epoch, 0) === old) if (!(await hasWaited(cluster, patience))) return false
  return true
}

/** Waits for a step, each of which is longer than the one before; false when no time is left. */
async function hasWaited({ clock }: KafkaCluster, patience: Patience): Promise<boolean> {
  const waitMs = Math.min(patience.nextWaitMs, patience.leftMs)
  if (waitMs <= 0) return false
  await clock.sleep(waitMs)
  patience.leftMs -= waitMs
  patience.nextWaitMs = Math.min(2 * waitMs, MAX_WAIT_MS)
  return true
}

const offsetCommit = api('OffsetCommit', [offsetCommitV9.api, offsetCommitV8.api])

/** Commits the positions of a group outside of transactions. */
export async function commitGroupOffsets(cluster: KafkaCluster, group: GroupOffsets): Promise<void> {
  await commitInName(cluster, group, { request: 'OffsetCommit', repeatsUnanswered: true }, (member, offsets) =>
    sendOffsets(cluster, member, offsets),
  )
}

/** One OffsetCommit; resolves with the result of each position. */
export async function sendOffsets(
  cluster: KafkaCluster,
  { group, epoch, memberId, instanceId }: CommittingMember,
  offsets: readonly OffsetToCommit[],
): Promise<readonly OffsetResult[]> {
  const connection = await cluster.coordinator('group', group)
  const topics = [...byTopic(offsets)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    })),
  }))
  const answer = await connection.ask(offsetCommit, group, epoch, memberId, instanceId, topics)
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({ topic: name, partition: partitionIndex, errorCode })),
  )
}
