import { MillraceError } from '../../core/errors.ts'

/** Partitions by topic. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>

/** What a member of a classic group tells the leader. */
export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: TopicPartitions
  /** Generation in which it got what it owns; -1 = none. */
  readonly generation: number
}

/*
 * The embedded protocol "consumer" of classic groups (ConsumerProtocolSubscription.json and ConsumerProtocolAssignment.json of Apache Kafka).
 * Numbers are big-endian; a list is INT32 count, then the elements; a string INT16 length, then UTF-8; bytes INT32 length (-1 = null), then the bytes.
 *
 *   subscription = version INT16, topics [STRING], userData BYTES|null,
 *                  (from version 1) owned [topic STRING, partitions [INT32]],
 *                  (from version 2) generation INT32,
 *                  (from version 3) rack STRING|null
 *   assignment   = version INT16, assigned [topic STRING, partitions [INT32]], userData BYTES|null
 *
 * A reader passes over what follows the fields that it knows, so newer versions can be read too.
 */
const SUBSCRIPTION_VERSION = 3
/** All versions have the same fields; consumers from Kafka 2.4 on read version 1. */
const ASSIGNMENT_VERSION = 1

/** Bytes of a subscription, version 3. The user data is what Java's cooperative-sticky assignor has there: the generation, for leaders that do not know version 2. */
export function encodeSubscription({ topics, owned, generation }: Subscription): Buffer {
  const parts: Buffer[] = [int16(SUBSCRIPTION_VERSION), int32(topics.length)]
  for (const topic of topics) parts.push(text(topic))
  parts.push(int32(4), int32(generation))
  parts.push(...partitionParts(owned), int32(generation), int16(-1))
  return Buffer.concat(parts)
}

/** Reads a subscription of any version; throws CLIENT_KAFKA_GROUP_DATA_WRONG where the bytes end too early or a size is impossible. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const cursor = new Cursor(bytes, 'subscription')
  const version = cursor.int16()
  const topics = cursor.list(2, () => cursor.text())
  const userData = cursor.nullableBytes()
  const owned = version >= 1 ? cursor.partitions() : new Map<string, number[]>()
  let generation = -1
  if (version >= 2) generation = cursor.int32()
  else if (userData && userData.length >= 4) generation = new Cursor(userData, 'user data').int32()
  return { topics, owned, generation }
}

/** Bytes of an assignment. */
export function encodeAssignment(assigned: TopicPartitions): Buffer {
  return Buffer.concat([int16(ASSIGNMENT_VERSION), ...partitionParts(assigned), int32(-1)])
}

/** Reads an assignment; no bytes at all mean no partitions (a member that a leader forgot). Throws CLIENT_KAFKA_GROUP_DATA_WRONG. */
export function decodeAssignment(bytes: Uint8Array): TopicPartitions {
  if (bytes.length === 0) return new Map()
  const cursor = new Cursor(bytes, 'assignment')
  cursor.int16()
  return cursor.partitions()
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}

function partitionParts(byTopic: TopicPartitions): Buffer[] {
  const parts: Buffer[] = [int32(byTopic.size)]
  for (const [topic, partitions] of byTopic) {
    parts.push(text(topic), int32(partitions.length))
    for (const partition of partitions) parts.push(int32(partition))
  }
  return parts
}

/** Reads big-endian fields; every size is checked against the bytes that are there. */
class Cursor {
  readonly #bytes: Buffer
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  text(): string {
    const length = this.int16()
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  nullableBytes(): Uint8Array | null {
    const length = this.int32()
    if (length === -1) return null
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** `leastBytes` is the size of the smallest element, so that a count beyond the bytes is found before the first one. */
  list<T>(leastBytes: number, read: () => T): T[] {
    const count = this.int32()
    if (count < 0 || count * leastBytes > this.#bytes.length - this.#at) this.#fail(`a list of ${count} elements`)
    return Array.from({ length: count }, read)
  }

  partitions(): TopicPartitions {
    return new Map(this.list(6, () => [this.text(), this.list(4, () => this.int32())] as const))
  }

  #take(length: number): number {
    const start = this.#at
    if (length < 0 || start + length > this.#bytes.length) this.#fail(`a field of ${length} bytes`)
    this.#at += length
    return start
  }

  #fail(problem: string): never {
    const { length } = this.#bytes
    const reason = `${problem} at byte ${this.#at} of ${length}`
    throw new MillraceError('CLIENT_KAFKA_GROUP_DATA_WRONG', { what: this.#what, reason })
  }
}
