import { describe, expect, it } from 'vitest'
import { PartitionQueues } from '../../../src/clients/kafka/partition-queues.ts'
import { freshMemory } from '../../../src/clients/kafka/record-batch-builder.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

const settings = { compression: 'none', maxBatchBytes: 10_000, isTransactional: false, memory: freshMemory } as const
const configs = {
  results: [{ errorCode: 0, configs: [{ name: 'max.message.bytes', value: '500', configSource: 5, readOnly: false }] }],
}
const large = framesOf(columnOf([Buffer.alloc(600)]))

describe('partition queues', () => {
  it('are one for each partition, limited from the start once the topic is prepared', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(configs)
    const queues = new PartitionQueues(kafka.cluster(new ManualClock()), settings)
    await queues.prepare('t')
    expect(queues.of('t', 1)).toBe(queues.of('t', 1))
    expect(() => queues.of('t', 1).append(large, 0)).toThrow('max.message.bytes')
  })

  it('learn their limit while they are used', async () => {
    const kafka = new ScriptedKafka()
    const queues = new PartitionQueues(kafka.cluster(new ManualClock()), settings)
    const added = queues.of('t', 0).append(large, 0)
    expect(queues.drop(true)).toBe(added)
    kafka.answer(configs)
    await queues.prepare('t')
    expect(() => queues.of('t', 0).append(large, 0)).toThrow('max.message.bytes')
  })
})
