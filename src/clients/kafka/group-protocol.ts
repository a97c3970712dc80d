import type { Clock } from '../../core/clock.ts'
import type { KafkaCluster } from './cluster.ts'
import type { GroupShare } from './group-share.ts'

/** How a member takes part in its group. */
export interface GroupSettings {
  /** Name of the consumer group. */
  readonly group: string
  readonly topic: string
  /** `consumer` is KIP-848, `classic` JoinGroup with cooperative rebalancing; `auto` takes `consumer` where the cluster has it. */
  readonly protocol: 'auto' | 'consumer' | 'classic'
  /** `group.instance.id` of a static member, or null. */
  readonly instanceId: string | null
  /** A member that is silent for so long is out of the group; null takes the cluster's (consumer) or 10 s (classic). */
  readonly sessionTimeoutMs: number | null
  /** Longest time between two heartbeats; the server may ask for a shorter one. */
  readonly heartbeatIntervalMs: number
  /** Longest time for giving up partitions and joining again. */
  readonly rebalanceTimeoutMs: number
  /** How often the leader of a classic group looks for new partitions of the topic. */
  readonly metadataIntervalMs: number
  /** `host:port` of the instance's HTTP server, which others of the group see, or null. */
  readonly address: string | null
}

/** What a protocol works with and reports to. */
export interface MemberParts {
  readonly cluster: KafkaCluster
  readonly clock: Clock
  readonly settings: GroupSettings
  readonly share: GroupShare
  /** The group has taken the member in, or raised its epoch (generation): commits carry these from now on. */
  joined(memberId: string, epoch: number): void
  /** The group has put the member out: commits with the former epoch are refused. */
  lost(): void
}

/** No attempt to leave begins later; a group that it could not leave puts a member out after the session time-out. */
export const LEAVE_MS = 5_000

/** One of the two ways of being in a group: it keeps the membership up and tells the share what the group gives. */
export interface GroupProtocol {
  /** Joins and keeps the membership until the signal aborts; rejects with the error that ends it for good. */
  run(signal: AbortSignal): Promise<void>
  /** Something has changed that the group should hear of at once. */
  wake(): void
  /** Leaves the group, after `run` has ended; never rejects, because a member that cannot say so is put out after its session time-out. */
  leave(): Promise<void>
}

/** A pause between two heartbeats that can be cut short. */
export class Pause {
  readonly #clock: Clock
  #cut = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `delayMs`, at once when `end` was called since the last pause, or when the signal aborts. */
  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs > 0) await this.#clock.sleep(delayMs, AbortSignal.any([signal, this.#cut.signal]))
    if (this.#cut.signal.aborted) this.#cut = new AbortController()
  }

  end(): void {
    this.#cut.abort()
  }
}
