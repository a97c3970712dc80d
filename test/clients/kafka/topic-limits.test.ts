import { describe, expect, it } from 'vitest'
import { TopicLimits } from '../../../src/clients/kafka/topic-limits.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError, ScriptedKafka } from '../../support/scripted-kafka.ts'

const configs = (value: string) => ({
  results: [{ errorCode: 0, configs: [{ name: 'max.message.bytes', value, configSource: 5, readOnly: false }] }],
})

describe('topic limits', () => {
  it('are asked for once', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(configs('5000'))
    const limits = new TopicLimits(kafka.cluster(new ManualClock()))
    expect(limits.known('t')).toBeNull()
    expect(await Promise.all([limits.of('t'), limits.of('t')])).toEqual([5000, 5000])
    expect([limits.known('t'), kafka.requests.length]).toEqual([5000, 1])
  })

  it('are unknown where the cluster does not tell', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(configs('many'), protocolError('TOPIC_AUTHORIZATION_FAILED'))
    const limits = new TopicLimits(kafka.cluster(new ManualClock()))
    expect([await limits.of('t'), await limits.of('u')]).toEqual([null, null])
    expect([await limits.of('t'), await limits.of('u'), kafka.requests.length]).toEqual([null, null, 2])
  })

  it('are asked for again after a fault that passed', async () => {
    const kafka = new ScriptedKafka()
    const gone = protocolError('UNKNOWN_TOPIC_OR_PARTITION')
    kafka.answer(gone, gone, configs('5000'))
    const limits = new TopicLimits(kafka.cluster(new ManualClock()))
    expect([await limits.of('t'), await limits.of('t'), limits.known('t')]).toEqual([null, 5000, 5000])
  })
})
