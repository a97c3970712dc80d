import type { KafkaCluster } from '../../clients/kafka/cluster.ts'
import type { KafkaSink } from '../../clients/kafka/sink.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Transaction } from '../../core/transaction.ts'
import { unlessAborted } from '../../core/unless-aborted.ts'
import type { Checkpoint, CheckpointStore, TaskPlace } from '../state.ts'
import { type ChangelogKind, changelogKinds } from './changelog.ts'
import { ChangelogPartition } from './changelog-partition.ts'
import { ChangelogSink } from './changelog-sink.ts'
import { LocalCheckpoints, LocalTransaction } from './local-checkpoints.ts'

/** Makes the transactions of one task. */
export interface TaskProducer {
  begin(): KafkaSink
  /** Idempotent. */
  close(): Promise<void>
}

/** How a store keeps checkpoints. */
export interface KafkaCheckpointSettings {
  /** The changelog topic. */
  readonly topic: string
  readonly commitIntervalMs: number
  readonly transactionTimeoutMs: number
  /** True: a commit is one transaction; false: at-least-once. */
  readonly isAtomic: boolean
  /** Opens the producer of a task; where commits are atomic this fences the former one with the same id. It tries nothing again after the signal. */
  readonly openProducer: (transactionalId: string, signal?: AbortSignal) => Promise<TaskProducer>
  /** Makes sure of the changelog topic and returns the number of its partitions. */
  readonly ensureTopic: () => Promise<number>
}

interface OwnedTask {
  readonly partition: number
  readonly producer: TaskProducer
}

/** The transactional id of a task: whoever opens a producer under it fences the one before. */
export function transactionalIdOf(task: string): string {
  return `millrace-${task}`
}

/**
 * Checkpoints in a compacted topic. A task that is acquired has a producer of its own, whose transactions hold everything that the
 * task's streams write to the cluster, its positions, and its checkpoint in the partition of the changelog that has the number of
 * its data partition. What is saved of tasks that are not acquired (what an instance knows beside its tasks) is kept in memory.
 */
export class KafkaCheckpoints implements CheckpointStore {
  readonly domain: string
  readonly commitIntervalMs: number
  readonly forgetsUnacquired = true
  readonly #cluster: KafkaCluster
  readonly #settings: KafkaCheckpointSettings
  readonly #owned = new Map<string, OwnedTask>()
  readonly #local: LocalCheckpoints
  #partitions: Promise<readonly ChangelogPartition[]> | null = null

  constructor(cluster: KafkaCluster, settings: KafkaCheckpointSettings) {
    this.domain = cluster.domain
    this.commitIntervalMs = settings.commitIntervalMs
    this.#cluster = cluster
    this.#settings = settings
    this.#local = new LocalCheckpoints(cluster.domain)
  }

  begin(task: string): Transaction {
    const owned = this.#owned.get(task)
    if (!owned) return this.#local.begin()
    const { topic, isAtomic } = this.#settings
    const { partition, producer } = owned
    const afterwards = isAtomic ? null : () => producer.begin()
    return new ChangelogSink(task, producer.begin(), { topic, partition }, afterwards, () => this.#cluster.clock.now())
  }

  async acquire(task: string, { partition }: TaskPlace, signal?: AbortSignal): Promise<void> {
    const partitions = await unlessAborted(this.#changelog(), signal)
    await this.release(task)
    // Whoever is stopping must not fence the next owner any more.
    signal?.throwIfAborted()
    const opening = this.#settings.openProducer(transactionalIdOf(task), signal)
    const producer = await unlessAborted(opening, signal, (late) => void late.close().catch(() => {}))
    this.#owned.set(task, { partition: partition % partitions.length, producer })
  }

  async release(task: string): Promise<void> {
    const owned = this.#owned.get(task)
    this.#owned.delete(task)
    await owned?.producer.close()
  }

  async follow(onState: ((task: string, state: unknown) => void) | null): Promise<void> {
    const partitions = await this.#changelog()
    for (const partition of partitions) partition.follow(onState)
    await Promise.all(partitions.map((partition) => partition.catchUp(false)))
  }

  async load(task: string, signal?: AbortSignal): Promise<Checkpoint | null> {
    const partitions = await unlessAborted(this.#changelog(), signal)
    const owned = this.#owned.get(task)
    if (owned) {
      const partition = partitions[owned.partition] as ChangelogPartition
      // What the former owner of this task left is settled since `acquire`; it may lie behind what others have open.
      await unlessAborted(partition.catchUp(true, signal), signal)
      return partition.table.get(task)
    }
    const known = this.#local.get(task)
    if (known) return known
    await Promise.all(partitions.map((partition) => partition.catchUp(false)))
    return partitions.map(({ table }) => table.get(task)).find((checkpoint) => checkpoint !== null) ?? null
  }

  savePositions(task: string, positions: Readonly<Record<string, number>>, transaction: Transaction): void {
    this.#save(task, 'positions', JSON.stringify(positions), transaction)
  }

  saveState(task: string, state: unknown, transaction: Transaction): void {
    this.#save(task, 'state', JSON.stringify(state ?? null), transaction)
  }

  saveStatistics(task: string, statistics: unknown, transaction: Transaction): void {
    this.#save(task, 'statistics', JSON.stringify(statistics ?? null), transaction)
  }

  async tasks(): Promise<string[]> {
    const partitions = await this.#changelog()
    await Promise.all(partitions.map((partition) => partition.catchUp(false)))
    const names = [...this.#local.tasks(), ...partitions.flatMap(({ table }) => table.tasks())]
    return [...new Set(names)].sort()
  }

  remove(task: string, transaction: Transaction): void {
    for (const kind of changelogKinds) this.#save(task, kind, null, transaction)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#owned.keys()].map((task) => this.release(task)))
    const asked = this.#partitions?.catch(() => [])
    await this.#cluster.close() // ends what is still being asked for
    await Promise.all(((await asked) ?? []).map((partition) => partition.close()))
  }

  #save(task: string, kind: ChangelogKind, text: string | null, transaction: Transaction): void {
    if (transaction instanceof ChangelogSink && transaction.domain === this.domain && transaction.task === task) {
      transaction.save(kind, text)
    } else if (transaction instanceof LocalTransaction && transaction.domain === this.domain) {
      transaction.save(task, kind, text)
    } else {
      const parameters = { actual: transaction.domain, expected: this.domain }
      throw new MillraceError('STATE_FOREIGN_TRANSACTION', parameters)
    }
  }

  /** The partitions of the changelog; asked for again after an error. */
  #changelog(): Promise<readonly ChangelogPartition[]> {
    this.#partitions ??= this.#settings.ensureTopic().then((partitions) => {
      const { topic, transactionTimeoutMs } = this.#settings
      return Array.from(
        { length: partitions },
        (_, partition) => new ChangelogPartition(this.#cluster, { topic, partition, transactionTimeoutMs }),
      )
    })
    this.#partitions.catch(() => {
      this.#partitions = null
    })
    return this.#partitions
  }
}
