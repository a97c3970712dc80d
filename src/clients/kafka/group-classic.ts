import {
  heartbeatV3,
  heartbeatV4,
  joinGroupV6,
  joinGroupV7,
  joinGroupV8,
  joinGroupV9,
  leaveGroupV3,
  leaveGroupV4,
  leaveGroupV5,
  syncGroupV4,
  syncGroupV5,
} from '@platformatic/kafka'
import { MillraceError } from '../../core/errors.ts'
import { describeGroup } from './admin-groups.ts'
import { type AssignorMember, assignPartitions } from './assignor.ts'
import { answerOf, api, type KafkaConnection, protocolErrorOf } from './cluster.ts'
import { type GroupProtocol, LEAVE_MS, type MemberParts, Pause } from './group-protocol.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './group-subscription.ts'
import { backoffMs } from './retries.ts'

const joinGroup = api('JoinGroup', [joinGroupV9.api, joinGroupV8.api, joinGroupV7.api, joinGroupV6.api])
const syncGroup = api('SyncGroup', [syncGroupV5.api, syncGroupV4.api])
const heartbeat = api('Heartbeat', [heartbeatV4.api, heartbeatV3.api])
const leaveGroup = api('LeaveGroup', [leaveGroupV5.api, leaveGroupV4.api, leaveGroupV3.api])

const PROTOCOL_TYPE = 'consumer'
/** Name of Java's cooperative assignor: members with it and ours can be in one group, whoever leads. */
const ASSIGNOR = 'cooperative-sticky'
const DEFAULT_SESSION_TIMEOUT_MS = 10_000
/** JoinGroup is answered when all members have joined, which may take their longest rebalance time-out. */
const JOIN_MARGIN_MS = 10_000
const NO_GENERATION = -1

interface JoinAnswer {
  readonly generationId: number
  readonly protocolName?: string | null | undefined
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[]
}

/**
 * The `classic` protocol with cooperative rebalancing (KIP-429): the members' leader assigns, and nobody stops while it does.
 *
 * ```
 *              JoinGroup, SyncGroup                   takes partitions away
 * (out) ─────────────────────────► in, generation n ─────────────────────────► in, generation n: draining
 *   ▲                                │       ▲                                      │ all released:
 *   │ unknown, illegal generation    │       └────── JoinGroup: generation n+1 ◄────┘ join again without them
 *   └────────────────────────────────┘                  ▲
 *                                      REBALANCE_IN_PROGRESS in a heartbeat, new partitions of the topic
 * ```
 *
 * What a member still has, draining or not, is in its subscription; the leader gives it to nobody else before.
 */
export class ClassicProtocol implements GroupProtocol {
  readonly #parts: MemberParts
  readonly #pause: Pause
  readonly #sessionTimeoutMs: number
  /** Given by the coordinator; empty until then. */
  #memberId = ''
  #generation = NO_GENERATION
  #isJoinDue = true
  /** True when the group waits for partitions that this member drains. */
  #joinsWhenDrained = false
  /** A connection to the coordinator that JoinGroup and SyncGroup may block. */
  #patient: KafkaConnection | null = null
  /** Partition counts by topic that this member assigned by as the leader; 0 for a topic that there is not. Null when it does not lead. */
  #ledCounts: ReadonlyMap<string, number> | null = null
  #watchedAtMs = 0
  #failures = 0

  constructor(parts: MemberParts) {
    this.#parts = parts
    this.#pause = new Pause(parts.clock)
    this.#sessionTimeoutMs = parts.settings.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS
  }

  async run(signal: AbortSignal): Promise<void> {
    const interrupt = () => void this.#closePatient()
    signal.addEventListener('abort', interrupt, { once: true })
    try {
      while (!signal.aborted) {
        try {
          if (this.#isJoinDue) await this.#join(signal)
          else await this.#keep(signal)
          this.#failures = 0
        } catch (thrown) {
          if (!signal.aborted) await this.#recover(thrown, signal)
        }
      }
    } finally {
      signal.removeEventListener('abort', interrupt)
      await this.#closePatient()
    }
  }

  wake(): void {
    this.#pause.end()
  }

  /** A static member does not leave: its partitions wait for it until its session ends. */
  async leave(): Promise<void> {
    const { cluster, settings } = this.#parts
    if (this.#memberId === '' || settings.instanceId !== null) return
    try {
      const coordinator = { kind: 'group', key: settings.group } as const
      await cluster.retry({ coordinator, forMs: LEAVE_MS }, async () => {
        const connection = await cluster.coordinator('group', settings.group)
        await connection.call(leaveGroup, settings.group, [{ memberId: this.#memberId, reason: 'the instance stops' }])
      })
    } catch {
      // The coordinator finds out by the session time-out.
    }
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { settings, share, joined } = this.#parts
    const connection = await this.#patientConnection()
    if (signal.aborted) return
    const owned = share.owned
    const subscription = {
      topics: [settings.topic],
      owned: new Map(owned.length === 0 ? [] : [[settings.topic, owned]]),
      generation: this.#generation,
    }
    const answer: JoinAnswer = await connection.callFor(
      this.#subject,
      joinGroup,
      settings.group,
      this.#sessionTimeoutMs,
      settings.rebalanceTimeoutMs,
      this.#memberId,
      settings.instanceId,
      PROTOCOL_TYPE,
      [{ name: ASSIGNOR, metadata: encodeSubscription(subscription) }],
      'the instance joins',
    )
    this.#memberId = answer.memberId
    this.#generation = answer.generationId
    joined(answer.memberId, answer.generationId)
    await this.#sync(connection, answer, signal)
    this.#isJoinDue = false
  }

  async #sync(connection: KafkaConnection, join: JoinAnswer, signal: AbortSignal): Promise<void> {
    const { settings, share } = this.#parts
    const assignments = await this.#lead(join, signal)
    const answer = await connection.callFor(
      this.#subject,
      syncGroup,
      settings.group,
      this.#generation,
      this.#memberId,
      settings.instanceId,
      PROTOCOL_TYPE,
      join.protocolName ?? null,
      assignments,
    )
    share.give(decodeAssignment(answer.assignment).get(settings.topic) ?? [])
    this.#joinsWhenDrained = share.isDraining
  }

  /** The assignment of all members when this one leads, else nothing. A static member that comes back leads on with what was assigned. */
  async #lead(join: JoinAnswer, signal: AbortSignal): Promise<{ memberId: string; assignment: Buffer }[]> {
    this.#ledCounts = null
    if (join.leader !== join.memberId) return []
    const { clock } = this.#parts
    const members = join.members.map(memberOf)
    const counts = await this.#countsOf([...new Set(members.flatMap(({ topics }) => topics))], signal)
    this.#ledCounts = counts
    this.#watchedAtMs = clock.monotonicMs()
    if (join.skipAssignment) return []
    return [...assignPartitions(members, counts)].map(([memberId, assigned]) => ({
      memberId,
      assignment: encodeAssignment(assigned),
    }))
  }

  async #countsOf(topics: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const { cluster } = this.#parts
    const found = await Promise.all(topics.map((name) => cluster.findTopic(name, 0, signal)))
    return new Map(topics.map((name, i) => [name, found[i]?.partitions.length ?? 0]))
  }

  /** Waits, then tells the coordinator that this member is there; joins again when that is due. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { cluster, settings, share } = this.#parts
    await this.#pause.wait(Math.min(settings.heartbeatIntervalMs, this.#sessionTimeoutMs / 3), signal)
    if (this.#joinsWhenDrained && !share.isDraining) this.#isJoinDue = true
    if (signal.aborted || this.#isJoinDue) return
    const connection = await cluster.coordinator('group', settings.group)
    const { group, instanceId } = settings
    await connection.callFor(this.#subject, heartbeat, group, this.#generation, this.#memberId, instanceId)
    void this.#watch(signal)
  }

  /** Looks for new partitions beside the heartbeats, never before them. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts
    const counts = this.#ledCounts
    if (!counts || clock.monotonicMs() - this.#watchedAtMs < settings.metadataIntervalMs) return
    this.#watchedAtMs = clock.monotonicMs()
    try {
      const now = await this.#countsOf([...counts.keys()], signal)
      const hasChanged = [...now].some(([topic, count]) => counts.get(topic) !== count)
      if (!hasChanged || this.#ledCounts !== counts) return
      this.#isJoinDue = true
      this.#pause.end()
    } catch {
      // The next look tries again; a cluster that is away shows in the heartbeats.
    }
  }

  async #recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    const { cluster, clock, settings } = this.#parts
    switch (protocolErrorOf(thrown)) {
      case 'REBALANCE_IN_PROGRESS':
        this.#isJoinDue = true
        return
      case 'MEMBER_ID_REQUIRED':
        this.#memberId = answerOf<JoinAnswer>(thrown)?.memberId ?? ''
        return
      case 'UNKNOWN_MEMBER_ID':
        this.#memberId = ''
        this.#lose()
        break
      case 'ILLEGAL_GENERATION':
        this.#lose()
        break
      case 'FENCED_INSTANCE_ID':
        this.#memberId = ''
        this.#lose()
        await this.#untilNameIsFree(signal)
        return
      default:
        if (!(thrown instanceof MillraceError) || !thrown.isRetryable) throw thrown
        cluster.forgetCoordinator('group', settings.group)
        await this.#closePatient()
    }
    await clock.sleep(backoffMs(this.#failures++, cluster.random), signal)
  }

  #lose(): void {
    if (this.#generation !== NO_GENERATION) this.#parts.lost()
    this.#generation = NO_GENERATION
    this.#isJoinDue = true
    this.#joinsWhenDrained = false
    this.#ledCounts = null
  }

  /**
   * Waits while another process has the name of this static member: joining would put that one out, which would join again in its turn. In the
   * consumer protocol the coordinator does the same (UNRELEASED_INSTANCE_ID).
   */
  async #untilNameIsFree(signal: AbortSignal): Promise<void> {
    const { cluster, clock, settings } = this.#parts
    for (let isTaken = true; isTaken; ) {
      await clock.sleep(this.#sessionTimeoutMs / 3, signal)
      if (signal.aborted) return
      try {
        const { members } = await describeGroup(cluster, settings.group)
        isTaken = members.some(({ instanceId }) => instanceId === settings.instanceId)
      } catch (thrown) {
        if (!(thrown instanceof MillraceError) || !thrown.isRetryable) throw thrown
      }
    }
  }

  get #subject(): string {
    return `group "${this.#parts.settings.group}"`
  }

  async #patientConnection(): Promise<KafkaConnection> {
    const { cluster, settings } = this.#parts
    const node = await cluster.coordinatorNode('group', settings.group)
    if (this.#patient?.isUsable) return this.#patient
    const requestTimeoutMs = Math.max(settings.rebalanceTimeoutMs, this.#sessionTimeoutMs) + JOIN_MARGIN_MS
    this.#patient = await cluster.connect(node, { requestTimeoutMs })
    return this.#patient
  }

  async #closePatient(): Promise<void> {
    const connection = this.#patient
    this.#patient = null
    await connection?.close().catch(() => {})
  }
}

/** A member whose subscription cannot be read takes part without partitions: it must not keep the others from theirs. */
function memberOf({ memberId, metadata }: JoinAnswer['members'][number]): AssignorMember {
  try {
    return { memberId, ...decodeSubscription(metadata) }
  } catch {
    return { memberId, topics: [], owned: new Map(), generation: NO_GENERATION }
  }
}
