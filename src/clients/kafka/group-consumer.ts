import { randomUUID } from 'node:crypto'
import { consumerGroupHeartbeatV0, consumerGroupHeartbeatV1 } from '@platformatic/kafka'
import { MillraceError } from '../../core/errors.ts'
import { api, protocolErrorOf } from './cluster.ts'
import { type GroupProtocol, LEAVE_MS, type MemberParts, Pause } from './group-protocol.ts'
import { backoffMs } from './retries.ts'

/** The request of KIP-848 that joins, keeps, acknowledges and leaves. */
export const consumerGroupHeartbeat = api('ConsumerGroupHeartbeat', [
  consumerGroupHeartbeatV1.api,
  consumerGroupHeartbeatV0.api,
])

/** Member epochs with a meaning of their own (KIP-848). */
const JOINING = 0
const LEAVING = -1
/** A static member that will be back: its partitions wait for it. */
const LEAVING_FOR_NOW = -2

/** Assignor of the server: balanced, and moves as few partitions as possible. */
const SERVER_ASSIGNOR = 'uniform'

interface HeartbeatAnswer {
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment: {
    readonly topicPartitions: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]
  } | null
}

/**
 * The `consumer` protocol (KIP-848): the group's coordinator assigns, the member follows by heartbeats.
 *
 * ```
 *              epoch 0                     answer takes partitions away
 * (out) ─────────────────► in, epoch n ──────────────────────────────────► in, epoch n: draining
 *   ▲                        │   ▲ ▲                                             │ all released:
 *   │ fenced, unknown        │   │ └──────── epoch n+1, what is free by now ◄────┘ heartbeat with what is owned
 *   └────────────────────────┘   └── a heartbeat every interval
 * ```
 *
 * A partition stays the member's until a heartbeat lists what it owns without it. What an answer adds is free and may be used at once. After
 * a heartbeat without an answer the next one says everything again, to which the coordinator answers with the whole assignment.
 */
export class ConsumerProtocol implements GroupProtocol {
  readonly #parts: MemberParts
  readonly #pause: Pause
  readonly #memberId = randomUUID()
  #epoch = JOINING
  /** True when the next heartbeat must say everything. */
  #isFull = true
  /** Partitions in the last heartbeat that was answered. */
  #told = ''
  #topicId = ''
  #failures = 0

  constructor(parts: MemberParts) {
    this.#parts = parts
    this.#pause = new Pause(parts.clock)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const intervalMs = await this.#beat(signal)
        this.#failures = 0
        await this.#pause.wait(intervalMs, signal)
      } catch (thrown) {
        if (!signal.aborted) await this.#recover(thrown, signal)
      }
    }
  }

  wake(): void {
    this.#pause.end()
  }

  async leave(): Promise<void> {
    const { cluster, settings } = this.#parts
    const { group, instanceId } = settings
    if (this.#epoch <= JOINING && this.#failures === 0) return
    try {
      const epoch = instanceId === null ? LEAVING : LEAVING_FOR_NOW
      const coordinator = { kind: 'group', key: group } as const
      await cluster.retry({ coordinator, forMs: LEAVE_MS }, () => this.#send(epoch, null))
    } catch {
      // The coordinator finds out by the session time-out.
    }
  }

  /** One heartbeat and what follows from it; gives the time until the next. */
  async #beat(signal: AbortSignal): Promise<number> {
    const { cluster, settings, share, joined } = this.#parts
    this.#topicId = (await cluster.topic(settings.topic, undefined, signal)).id
    const owned = this.#epoch === JOINING ? [] : share.owned
    const told = owned.join()
    const isTelling = this.#isFull || told !== this.#told
    const answer: HeartbeatAnswer = await this.#send(this.#epoch, isTelling ? owned : null)
    this.#isFull = false
    this.#told = told
    this.#epoch = answer.memberEpoch
    joined(this.#memberId, answer.memberEpoch)
    if (answer.assignment) share.give(await this.#partitionsOf(answer.assignment, signal))
    const { heartbeatIntervalMs, sessionTimeoutMs } = settings
    const sessionThirdMs = (sessionTimeoutMs ?? Number.POSITIVE_INFINITY) / 3
    const intervalMs = Math.min(answer.heartbeatIntervalMs, heartbeatIntervalMs, sessionThirdMs)
    return this.#hasMoreToTell() ? 0 : Math.max(1, intervalMs)
  }

  /** What was added is told at once, what is taken away when it is released: the group goes on sooner. */
  #hasMoreToTell(): boolean {
    return this.#parts.share.owned.join() !== this.#told
  }

  async #send(epoch: number, owned: readonly number[] | null): Promise<HeartbeatAnswer> {
    const { cluster, settings } = this.#parts
    const { group, topic, instanceId, rebalanceTimeoutMs } = settings
    const isFull = epoch >= JOINING && this.#isFull
    const topics = owned && owned.length > 0 ? [{ topicId: this.#topicId, partitions: [...owned] }] : []
    const connection = await cluster.coordinator('group', group)
    return await connection.callFor(
      `group "${group}"`,
      consumerGroupHeartbeat,
      group,
      this.#memberId,
      epoch,
      instanceId,
      null,
      isFull ? rebalanceTimeoutMs : -1,
      isFull ? [topic] : null,
      null,
      isFull ? SERVER_ASSIGNOR : null,
      owned ? topics : null,
    )
  }

  /** The topic may have been made anew since it was looked up: then its id is looked up again. */
  async #partitionsOf(
    assignment: NonNullable<HeartbeatAnswer['assignment']>,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const { cluster, settings } = this.#parts
    if (assignment.topicPartitions.some(({ topicId }) => topicId !== this.#topicId)) {
      this.#topicId = (await cluster.topic(settings.topic, 0, signal)).id
    }
    const found = assignment.topicPartitions.find(({ topicId }) => topicId === this.#topicId)
    if (found === undefined && assignment.topicPartitions.length > 0) {
      // The coordinator says an assignment once: the next heartbeat says everything, so that it comes again.
      const subject = `group "${settings.group}"`
      const error = `its assignment has another id of topic "${settings.topic}"`
      throw new MillraceError('CLIENT_KAFKA_RETRYABLE', {
        server: cluster.servers,
        api: consumerGroupHeartbeat.name,
        subject,
        error,
      })
    }
    return found?.partitions ?? []
  }

  async #recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    const { cluster, clock, settings, lost } = this.#parts
    this.#isFull = true
    switch (protocolErrorOf(thrown)) {
      case 'FENCED_MEMBER_EPOCH':
      case 'UNKNOWN_MEMBER_ID':
        if (this.#epoch !== JOINING) lost()
        this.#epoch = JOINING
        break
      case 'FENCED_INSTANCE_ID':
        lost()
        throw thrown
      case 'UNRELEASED_INSTANCE_ID':
        break // the former process with this instance id is still a member: until it leaves or its session ends
      default:
        if (!(thrown instanceof MillraceError) || !thrown.isRetryable) throw thrown
        cluster.forgetCoordinator('group', settings.group)
    }
    await clock.sleep(backoffMs(this.#failures++, cluster.random), signal)
  }
}
