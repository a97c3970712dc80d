import { describe, expect, it } from 'vitest'
import { configsOf, setConfigs } from '../../../src/clients/kafka/admin-configs.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

describe('configsOf', () => {
  it('tells what somebody chose for the topic from what the cluster has for all', async () => {
    const kafka = new ScriptedKafka()
    const configs = [
      { name: 'cleanup.policy', value: 'compact', configSource: 1, readOnly: false },
      { name: 'retention.ms', value: '1', configSource: 5, readOnly: false },
      { name: 'secret', configSource: 4, readOnly: true },
    ]
    kafka.answer({ results: [{ errorCode: 0, errorMessage: null, configs }] })
    expect([...(await configsOf(kafka.cluster(new ManualClock()), 'topic', 'orders'))]).toEqual([
      ['cleanup.policy', { value: 'compact', isDefault: false }],
      ['retention.ms', { value: '1', isDefault: true }],
      ['secret', { value: null, isDefault: true }],
    ])
  })
})

describe('setConfigs', () => {
  it('sets what has a value and takes the default back for what has none', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ responses: [{ errorCode: 0, errorMessage: null }] })
    await setConfigs(kafka.cluster(new ManualClock()), 'group', 'g', { a: '1', b: null })
    const configs = [
      { name: 'a', configOperation: 0, value: '1' },
      { name: 'b', configOperation: 1 },
    ]
    expect(kafka.requests[0]?.values[0]).toEqual([{ resourceType: 32, resourceName: 'g', configs }])
  })

  it('says what the cluster does not accept', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ responses: [{ errorCode: 40, errorMessage: 'it is below the minimum' }] })
    await expect(setConfigs(kafka.cluster(new ManualClock()), 'group', 'g', { a: '1' })).rejects.toThrow(
      'refuses IncrementalAlterConfigs for group "g": INVALID_CONFIG (it is below the minimum)',
    )
  })
})
