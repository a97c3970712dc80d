import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { consumerGroupHeartbeatV1, leaveGroupV5 } from '@platformatic/kafka'
import { afterEach, describe, expect, it } from 'vitest'
import { addPartitions, committedOffsets, describeGroup, type GroupDescription } from '../../src/clients/kafka/admin.ts'
import { api, KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { GroupMember, type GroupSettings, groupSettings } from '../../src/clients/kafka/group.ts'
import { commitGroupOffsets, GroupOffsets } from '../../src/clients/kafka/group-offsets.ts'
import type { ShareChange } from '../../src/clients/kafka/group-share.ts'
import type { GroupMembership } from '../../src/clients/kafka/membership.ts'
import { jarFolder, jarPath } from '../../src/clients/local-kafka/jar-cache.ts'
import { jarList } from '../../src/clients/local-kafka/jar-list.ts'
import { findJava } from '../../src/clients/local-kafka/java.ts'
import { systemClock } from '../../src/core/clock.ts'
import { kafkaService } from '../support/kafka.ts'
import { uniqueName } from '../support/kafka-topics.ts'

const kafka = await kafkaService()
const heartbeat = api('ConsumerGroupHeartbeat', [consumerGroupHeartbeatV1.api])
const leaveGroup = api('LeaveGroup', [leaveGroupV5.api])

/** An instance: follows its member, and gives up what is taken away at once unless it is told to hold on. */
class Instance {
  readonly changes: ShareChange[] = []
  readonly member: GroupMember
  partitions: readonly number[] = []
  /** Partitions that were taken away and not released. */
  held: number[] = []
  isHolding = false
  readonly #following: Promise<void>

  private constructor(member: GroupMember) {
    this.member = member
    this.#following = this.#follow()
  }

  static async start(settings: GroupSettings): Promise<Instance> {
    return new Instance(await GroupMember.open(kafkaSettings(kafka.bootstrapServers), settings))
  }

  release(): void {
    this.member.release(this.held)
    this.held = []
  }

  async stop(): Promise<void> {
    await this.member.close()
    await this.#following
  }

  async #follow(): Promise<void> {
    for (let change = await this.member.next(); change !== null; change = await this.member.next()) {
      const { partitions } = change
      this.held.push(...this.partitions.filter((partition) => !partitions.includes(partition)))
      this.partitions = partitions
      this.changes.push(change)
      if (!this.isHolding) this.release()
    }
  }
}

const running: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

/** Less than the time-out of a test, so that the message below is what one sees. */
const UNTIL_MS = 100_000

/** Waits for a condition; when it does not come true, says what was waited for and how things stand. */
async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  state: () => unknown = () => 'nothing',
): Promise<void> {
  const deadline = systemClock.monotonicMs() + UNTIL_MS
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadline) throw new Error(`waited for ${what}, there is ${JSON.stringify(state())}`)
    await systemClock.sleep(20)
  }
}

/** Resolves when these instances have all `count` partitions, each once, balanced within one. */
async function untilShared(instances: readonly Instance[], count: number): Promise<void> {
  const shared = () => {
    const all = instances.flatMap(({ partitions }) => partitions)
    const sizes = instances.map(({ partitions }) => partitions.length)
    const isWhole = all.length === count && new Set(all).size === count
    return isWhole && Math.max(...sizes) - Math.min(...sizes) <= 1
  }
  await until(`${count} partitions of ${instances.length} members`, shared, () => changesOf(instances))
}

function changesOf(instances: readonly Instance[]): unknown {
  return instances.map(({ changes, held }) => ({ changes, held }))
}

/** Partitions that another instance has than before. */
function moved(before: ReadonlyMap<Instance, readonly number[]>, after: readonly Instance[]): number {
  const owners = new Map([...before].flatMap(([one, partitions]) => partitions.map((p) => [p, one] as const)))
  return after.flatMap((one) => one.partitions.filter((p) => owners.get(p) !== one)).length
}

function snapshot(instances: readonly Instance[]): ReadonlyMap<Instance, readonly number[]> {
  return new Map(instances.map((one) => [one, one.partitions]))
}

async function ask<T>(question: (cluster: KafkaCluster) => Promise<T>): Promise<T> {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  try {
    return await question(cluster)
  } finally {
    await cluster.close()
  }
}

function members(group: string): Promise<GroupDescription['members']> {
  return ask(async (cluster) => (await describeGroup(cluster, group)).members)
}

describe.skipIf(kafka.reason !== null)('GroupMember with a broker', { timeout: 120_000 }, () => {
  describe.each(['consumer', 'classic'] as const)('by the %s protocol', (protocol) => {
    let topic = ''
    let group = ''
    const begin = async (partitions: number) => {
      topic = await kafka.topic('group', { partitions })
      group = uniqueName('group')
    }
    const joinGroup = async (other: Partial<GroupSettings> = {}) => {
      const fast = { protocol, heartbeatIntervalMs: 200, metadataIntervalMs: 200, ...other }
      const instance = await Instance.start(groupSettings(group, topic, fast))
      running.push(instance)
      return instance
    }

    it('gives one member everything, and the epoch is there before the first change', async () => {
      await begin(3)
      const one = await joinGroup({ address: '127.0.0.1:8080' })
      expect(one.member.membership.epoch[0]).toBeGreaterThan(0)
      await untilShared([one], 3)
      expect(await one.member.instances()).toEqual([{ address: '127.0.0.1:8080', partitions: [0, 1, 2], isSelf: true }])
      await one.stop()
      expect(await members(group)).toEqual([])
      expect(one.member.membership.epoch[0]).toBe(-1)
    })

    it('moves as few partitions as possible when a member joins and when one leaves', async () => {
      await begin(12)
      const first = await joinGroup()
      const second = await joinGroup()
      await untilShared([first, second], 12)
      const two = snapshot([first, second])
      const third = await joinGroup()
      await untilShared([first, second, third], 12)
      expect(moved(two, [first, second, third])).toBe(4)
      const three = snapshot([first, second, third])
      await second.stop()
      await untilShared([first, third], 12)
      expect(moved(three, [first, third])).toBe(4)
      expect([first, third].flatMap(({ changes }) => changes).some(({ isLost }) => isLost)).toBe(false)
    })

    it('gives a partition to the next member only after its release', async () => {
      await begin(2)
      const first = await joinGroup()
      await untilShared([first], 2)
      first.isHolding = true
      const second = await joinGroup({ address: 'b:1' })
      await until(
        'a partition to be taken away',
        () => first.held.length === 1,
        () => changesOf([first]),
      )
      const epoch = first.member.membership.epoch[0] ?? 0
      const hasJoined = async () => (await members(group)).some(({ clientId }) => clientId.endsWith('@b:1'))
      await until('the second member', hasJoined)
      expect(second.partitions).toEqual([])
      expect(await second.member.instances()).toContainEqual({ address: 'b:1', partitions: [], isSelf: true })
      first.release()
      await untilShared([first, second], 2)
      expect(second.changes.filter(({ partitions }) => partitions.length > 0)).toHaveLength(1)
      expect(first.changes.at(-1)?.partitions).toHaveLength(1)
      await until(`an epoch after ${epoch}`, () => (first.member.membership.epoch[0] ?? 0) > epoch)
    })

    it('keeps a static member its partitions over a restart, and the others notice nothing', async () => {
      await begin(4)
      const first = await joinGroup({ instanceId: 'a' })
      const second = await joinGroup({ instanceId: 'b' })
      await untilShared([first, second], 4)
      const { partitions } = first
      const epoch = second.member.membership.epoch[0]
      const changes = second.changes.length
      await first.stop()
      const again = await joinGroup({ instanceId: 'a' })
      await until('the partitions of before', () => again.partitions.length > 0)
      expect(again.partitions).toEqual(partitions)
      expect(again.member.membership.instanceId).toBe('a')
      expect(second.changes.length).toBe(changes)
      expect(second.member.membership.epoch[0]).toBe(epoch)
    })

    it.each([null, 'a'])(
      'is refused what it commits after another has its place, static name %s',
      async (instanceId) => {
        await begin(1)
        const zombie = await joinGroup({ instanceId })
        await untilShared([zombie], 1)
        // As a process that stood still remembers it: nothing tells it of what has happened since.
        const { membership } = zombie.member
        const remembered = {
          ...membership,
          epoch: new Int32Array(new SharedArrayBuffer(4)).fill(membership.epoch[0] ?? 0),
        }
        const commit = async (member: GroupMembership, offset: number) => {
          const offsets = new GroupOffsets(member)
          offsets.add({ topic, partition: 0, offset, metadata: '' })
          await ask((cluster) => commitGroupOffsets(cluster, offsets))
        }
        await commit(remembered, 1)
        if (protocol === 'consumer' || instanceId === null) await zombie.stop()
        const next = await joinGroup({ instanceId })
        await until('the partition', () => next.partitions.length === 1)
        await commit(next.member.membership, 5)
        await expect(commit(remembered, 2)).rejects.toMatchObject({ code: expect.stringMatching(/_(FENCED|ABORTED)$/) })
        const committed = await ask((cluster) => committedOffsets(cluster, group, topic))
        expect(committed.get(0)?.offset).toBe(5)
      },
    )

    it.runIf(protocol === 'classic')(
      'leaves its name to the process that took it, and comes back when that is gone',
      async () => {
        await begin(2)
        const first = await joinGroup({ instanceId: 'a' })
        await untilShared([first], 2)
        const second = await joinGroup({ instanceId: 'a' })
        await until(
          'the loss',
          () => first.changes.some(({ isLost }) => isLost),
          () => changesOf([first, second]),
        )
        await untilShared([second], 2)
        const { membership } = second.member
        // Joining again at once would put that one out: as often as the group is asked, it is the one member.
        for (let times = 0; times < 50; times++) {
          expect((await members(group)).map(({ memberId }) => memberId)).toEqual([membership.memberId])
        }
        await second.stop()
        await untilShared([first], 2)
        expect(second.changes.some(({ isLost }) => isLost)).toBe(false)
        expect(first.member.membership.memberId).not.toBe(membership.memberId)
      },
    )

    it('has lost everything when the group has put it out, and comes back with another membership', async () => {
      await begin(3)
      const one = await joinGroup()
      await untilShared([one], 3)
      one.isHolding = true
      const { membership } = one.member
      await ask(async (cluster) => {
        const connection = await cluster.coordinator('group', group)
        const { memberId } = membership
        if (protocol === 'classic') await connection.call(leaveGroup, group, [{ memberId }])
        else await connection.call(heartbeat, group, memberId, -1, null, null, -1, null, null, null, null)
      })
      await until(
        'the loss',
        () => one.changes.some(({ isLost }) => isLost),
        () => changesOf([one]),
      )
      expect(one.changes.find(({ isLost }) => isLost)?.partitions).toEqual([])
      expect(membership.epoch[0]).toBe(-1)
      // Nobody commits as if the group had no members meanwhile.
      expect(one.member.membership.memberId).not.toBe('')
      await until('another membership', () => (one.member.membership.epoch[0] ?? 0) > 0)
      expect(one.member.membership).not.toBe(membership)
      expect(one.partitions).toEqual([]) // nothing comes back before what was lost has ended
      one.isHolding = false
      one.release()
      await untilShared([one], 3)
    })

    it('learns by its first heartbeat after a stop of more than the session time-out that it has lost everything', async () => {
      await begin(2)
      const script = join(import.meta.dirname, '..', 'support', 'group-member-process.ts')
      const stopped = spawn(process.execPath, [script, kafka.bootstrapServers.join(), group, topic, protocol])
      const lines: string[] = []
      createInterface(stopped.stdout).on('line', (line) => lines.push(line))
      running.push({ stop: () => end(stopped, 'SIGKILL') })
      await until(
        'both partitions',
        () => lines.some((line) => line.includes('[0,1]')),
        () => lines,
      )
      stopped.kill('SIGSTOP')
      const other = await joinGroup()
      await untilShared([other], 2)
      stopped.kill('SIGCONT')
      await until(
        'the loss',
        () => lines.includes('{"partitions":[],"isLost":true}'),
        () => lines,
      )
      const isShared = () => other.partitions.length === 1 && /"partitions":\[\d\]/.test(lines.at(-1) ?? '')
      await until('one partition each', isShared, () => [lines, changesOf([other])])
    })

    it('notices new partitions of its topic', async () => {
      await begin(2)
      const one = await joinGroup()
      await untilShared([one], 2)
      const before = one.changes.length // a coordinator that did not know the topic yet assigned nothing first
      await ask((cluster) => addPartitions(cluster, topic, 5))
      await untilShared([one], 5)
      expect(one.changes.slice(before).map(({ partitions }) => partitions.length)).toEqual([5])
    })

    it.each([
      ['ours first', true],
      ['Java first', false],
    ])('shares a topic with a Java consumer, %s', async (_title, isFirst) => {
      await begin(4)
      const ours = isFirst ? [await joinGroup()] : []
      for (const one of ours) await untilShared([one], 4)
      const java = await javaConsumer(group, topic, protocol)
      const said: string[] = []
      java.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text))
      running.push({ stop: () => end(java, 'SIGKILL') })
      const javaShare = async () =>
        (await members(group)).find(({ clientId }) => clientId === 'java')?.partitions.get(topic) ?? []
      const state = () => ({ ours: changesOf(ours), java: [java.exitCode, java.signalCode, said.join('')] })
      await until("Java's first share", async () => (await javaShare()).length === (isFirst ? 2 : 4), state)
      if (!isFirst) ours.push(await joinGroup())
      const isShared = async () => ours[0]?.partitions.length === 2 && (await javaShare()).length === 2
      await until('two partitions each', isShared, state)
      expect([...(ours[0]?.partitions ?? []), ...(await javaShare())].sort()).toEqual([0, 1, 2, 3])
      await end(java, 'SIGTERM')
      await untilShared(ours, 4)
    })
  })

  it('takes the consumer protocol where the cluster has it', async () => {
    const topic = await kafka.topic('group')
    const group = uniqueName('group')
    running.push(await Instance.start(groupSettings(group, topic)))
    expect((await ask((cluster) => describeGroup(cluster, group))).protocol).toBe('consumer')
  })

  it('goes over to the consumer protocol member by member, each partition once all the time', async () => {
    const topic = await kafka.topic('group', { partitions: 4 })
    const group = uniqueName('group')
    const joinBy = async (protocol: 'consumer' | 'classic') => {
      const instance = await Instance.start(groupSettings(group, topic, { protocol, heartbeatIntervalMs: 200 }))
      running.push(instance)
      return instance
    }
    const old = await joinBy('classic')
    await untilShared([old], 4)
    const first = await joinBy('consumer')
    await untilShared([old, first], 4)
    expect((await ask((cluster) => describeGroup(cluster, group))).protocol).toBe('consumer')
    expect((await old.member.instances()).map(({ partitions }) => partitions.length)).toEqual([2, 2])
    await old.stop()
    const second = await joinBy('consumer')
    await untilShared([first, second], 4)
    expect([old, first, second].flatMap(({ changes }) => changes).some(({ isLost }) => isLost)).toBe(false)
  })

  it('says which topic there is not', async () => {
    const settings = groupSettings(uniqueName('group'), uniqueName('nowhere'))
    await expect(Instance.start(settings)).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
  })
})

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

/** Apache Kafka's console consumer. */
async function javaConsumer(group: string, topic: string, protocol: 'consumer' | 'classic'): Promise<ChildProcess> {
  const folder = jarFolder(process.env)
  const classPath = jarList.map((jar) => jarPath(folder, jar)).join(':')
  const assignor = 'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
  const classic = [assignor, 'heartbeat.interval.ms=200', 'session.timeout.ms=6000']
  const properties = ['client.id=java', `group.protocol=${protocol}`, ...(protocol === 'classic' ? classic : [])]
  const main = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const options = ['--bootstrap-server', kafka.bootstrapServers.join(), '--topic', topic, '--group', group]
  for (const property of properties) options.push('--consumer-property', property)
  const flags = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', classPath]
  return spawn(await findJava(process.env), [...flags, main, ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
}
