import { expect, onTestFinished, test } from 'vitest'
import { describeTopic } from '../../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { ensureChangelog } from '../../../src/state/kafka/changelog-topic.ts'
import { kafkaService } from '../../support/kafka.ts'
import { uniqueName } from '../../support/kafka-topics.ts'

const kafka = await kafkaService()

function cluster(): KafkaCluster {
  const opened = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  onTestFinished(() => opened.close())
  return opened
}

const topicOf = (name: string, changes = {}) => ({
  name,
  partitions: 3,
  replication: null,
  isCreated: true,
  ...changes,
})

test.skipIf(kafka.reason !== null)('a missing topic is made compacted, once, whoever comes first', async () => {
  const name = uniqueName('changelog')
  const instances = Array.from({ length: 4 }, cluster)
  const made = await Promise.all(instances.map((one) => ensureChangelog(one, topicOf(name))))
  expect(made).toEqual([3, 3, 3, 3])
  const { configs } = await describeTopic(instances[0]!, name)
  expect(configs).toMatchObject({ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' })
  expect(await ensureChangelog(cluster(), topicOf(name, { partitions: 9, isCreated: false }))).toBe(3)
})

test.skipIf(kafka.reason !== null)('a topic that is not to be made is an error where it is missing', async () => {
  const name = uniqueName('changelog')
  await expect(ensureChangelog(cluster(), topicOf(name, { isCreated: false }))).rejects.toMatchObject({
    code: 'CLIENT_KAFKA_TOPIC_UNKNOWN',
  })
})

test.skipIf(kafka.reason !== null)('a topic that forgets is refused, with what to set', async () => {
  const name = await kafka.topic('changelog')
  await expect(ensureChangelog(cluster(), topicOf(name))).rejects.toThrow(
    `the changelog topic "${name}" has cleanup.policy "delete", which would forget checkpoints: set cleanup.policy to "compact"`,
  )
})
