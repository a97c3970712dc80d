import { type Clock, systemClock } from '../../core/clock.ts'
import { unlessAborted } from '../../core/unless-aborted.ts'
import { configsOf } from './admin-configs.ts'
import { describeGroup, setGroupConfigs } from './admin-groups.ts'
import { KafkaCluster, type KafkaSettings } from './cluster.ts'
import { ClassicProtocol } from './group-classic.ts'
import { ConsumerProtocol } from './group-consumer.ts'
import type { GroupProtocol, GroupSettings } from './group-protocol.ts'
import { GroupShare, type ShareChange } from './group-share.ts'
import type { GroupMembership } from './membership.ts'

export type { GroupSettings } from './group-protocol.ts'
export type { GroupMembership } from './membership.ts'

/** One instance that reads the topic in the group. */
export interface GroupInstance {
  /** `host:port` of its HTTP server, or null when its client id does not say. */
  readonly address: string | null
  readonly partitions: readonly number[]
  readonly isSelf: boolean
}

const NO_EPOCH = -1
/** A heartbeat without an answer for so long is repeated on another connection. */
const MAX_REQUEST_MS = 10_000

/** How long a member that is closed waits for its last heartbeat and for leaving, where the cluster does not answer. */
const CLOSE_MS = 10_000

/** Settings of a group for a topic; the rest are the defaults. */
export function groupSettings(
  group: string,
  topic: string,
  other: Partial<Omit<GroupSettings, 'group' | 'topic'>> = {},
): GroupSettings {
  return {
    group,
    topic,
    protocol: 'auto',
    instanceId: null,
    sessionTimeoutMs: null,
    heartbeatIntervalMs: 1000,
    rebalanceTimeoutMs: 60_000,
    metadataIntervalMs: 30_000,
    address: null,
    ...other,
  }
}

/**
 * Membership of one instance in the consumer group of one topic, by either protocol; it implements the transports' `Assignment`.
 *
 * Heartbeats go on by themselves and wait for nobody. The epoch is raised before `next` tells of the change that came with it. `membership`
 * is read anew for every task: a member that was put out of its group and joins again has another, and the epoch of the former one
 * is -1 from its loss on, so that what was opened with it can never commit again.
 */
export class GroupMember {
  readonly #settings: GroupSettings
  readonly #cluster: KafkaCluster
  readonly #share = new GroupShare()
  readonly #protocol: GroupProtocol
  readonly #stop = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #membership: GroupMembership
  /** True from the loss of a membership until the next join. */
  #isOut = false
  #running: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null

  private constructor(cluster: KafkaCluster, settings: GroupSettings, isConsumer: boolean, clock: Clock) {
    this.#settings = settings
    this.#cluster = cluster
    this.#membership = this.#newMembership('')
    const parts = {
      cluster,
      clock,
      settings,
      share: this.#share,
      joined: (memberId: string, epoch: number) => this.#join(memberId, epoch),
      lost: () => this.#lose(),
    }
    this.#protocol = isConsumer ? new ConsumerProtocol(parts) : new ClassicProtocol(parts)
    this.#joined.promise.catch(() => {})
  }

  /** Joins; resolves when the group has taken the member in, rejects when it never will, and soon after the signal. */
  static async open(
    kafka: KafkaSettings,
    settings: GroupSettings,
    clock: Clock = systemClock,
    signal?: AbortSignal,
  ): Promise<GroupMember> {
    const requestTimeoutMs = Math.min(kafka.requestTimeoutMs, MAX_REQUEST_MS)
    const clientId = settings.address === null ? kafka.clientId : `${kafka.clientId}@${settings.address}`
    const cluster = new KafkaCluster({ ...kafka, clientId, requestTimeoutMs }, clock)
    let member: GroupMember | null = null
    try {
      const isConsumer = await unlessAborted(preparedFor(cluster, settings), signal)
      member = new GroupMember(cluster, settings, isConsumer, clock)
      member.#start()
      await unlessAborted(member.#joined.promise, signal)
      return member
    } catch (thrown) {
      await (member ?? cluster).close()
      throw thrown
    }
  }

  get membership(): GroupMembership {
    return this.#membership
  }

  async next(): Promise<ShareChange | null> {
    return await this.#share.next()
  }

  release(partitions: readonly number[]): void {
    this.#share.release(partitions)
    this.#protocol.wake()
  }

  /** All instances that read the topic in the group now. */
  async instances(): Promise<readonly GroupInstance[]> {
    const { group, topic } = this.#settings
    const { members } = await describeGroup(this.#cluster, group)
    return members
      .filter((member) => member.topics.includes(topic))
      .map((member) => ({
        address: addressOf(member.clientId),
        partitions: member.partitions.get(topic) ?? [],
        isSelf: member.memberId === this.#membership.memberId,
      }))
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end()
    await this.#closing
  }

  #start(): void {
    this.#running = this.#protocol.run(this.#stop.signal).then(
      () => this.#share.end(null),
      (thrown) => {
        this.#setEpoch(NO_EPOCH)
        this.#joined.reject(thrown)
        this.#share.end(thrown)
      },
    )
  }

  async #end(): Promise<void> {
    this.#stop.abort()
    const leaving = this.#running.then(async () => {
      this.#setEpoch(NO_EPOCH)
      await this.#protocol.leave()
    })
    const isLeft = new AbortController()
    await Promise.race([leaving, this.#cluster.clock.sleep(CLOSE_MS, isLeft.signal)])
    isLeft.abort()
    await this.#cluster.close() // ends what is still under way
    await leaving
  }

  #join(memberId: string, epoch: number): void {
    if (this.#isOut || this.#membership.memberId !== memberId) this.#membership = this.#newMembership(memberId)
    this.#isOut = false
    this.#setEpoch(epoch)
    this.#joined.resolve()
  }

  #lose(): void {
    this.#setEpoch(NO_EPOCH)
    this.#isOut = true
    this.#share.lose()
  }

  #setEpoch(epoch: number): void {
    Atomics.store(this.#membership.epoch, 0, epoch)
  }

  #newMembership(memberId: string): GroupMembership {
    const epoch = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(NO_EPOCH)
    const { group, instanceId } = this.#settings
    return Object.freeze({ group, memberId, instanceId, epoch })
  }
}

/** Makes sure of the topic and of what the group is to be like; true for the consumer protocol. */
async function preparedFor(cluster: KafkaCluster, settings: GroupSettings): Promise<boolean> {
  await cluster.topic(settings.topic)
  const isConsumer = await usesConsumerProtocol(cluster, settings)
  if (isConsumer) await setSessionTimeout(cluster, settings)
  return isConsumer
}

async function usesConsumerProtocol(cluster: KafkaCluster, { protocol }: GroupSettings): Promise<boolean> {
  if (protocol !== 'auto') return protocol === 'consumer'
  return (await cluster.features()).groupVersion >= 1
}

const SESSION_TIMEOUT = 'consumer.session.timeout.ms'
const HEARTBEAT_INTERVAL = 'consumer.heartbeat.interval.ms'

/** In the consumer protocol the time-out is the group's, kept by the cluster, which wants the interval of heartbeats to be shorter. */
async function setSessionTimeout(cluster: KafkaCluster, { group, sessionTimeoutMs }: GroupSettings): Promise<void> {
  if (sessionTimeoutMs === null) return
  const configs = await configsOf(cluster, 'group', group)
  if (Number(configs.get(SESSION_TIMEOUT)?.value) === sessionTimeoutMs) return
  const changes: Record<string, string> = { [SESSION_TIMEOUT]: String(sessionTimeoutMs) }
  if (!(Number(configs.get(HEARTBEAT_INTERVAL)?.value) < sessionTimeoutMs)) {
    changes[HEARTBEAT_INTERVAL] = String(Math.floor(sessionTimeoutMs / 3))
  }
  await setGroupConfigs(cluster, group, changes)
}

/** `host:port` after the last `@` of a client id, where that is one. */
export function addressOf(clientId: string): string | null {
  const address = clientId.slice(clientId.lastIndexOf('@') + 1)
  return clientId.includes('@') && /^[^\s/@]+:\d{1,5}$/.test(address) ? address : null
}
