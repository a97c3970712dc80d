import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { normalise } from '../../src/streams/descriptor.ts'

const kafka = { Type: 'Kafka', Topic: 'iris', BootstrapServers: ['kafka:9092'] }

function read(value: unknown) {
  const warnings: string[] = []
  return { ...normalise(value, { warn: (warning) => warnings.push(warning) }, registry), warnings }
}

function faultsOf(value: unknown): { path: string; message: string }[] {
  try {
    read(value)
    return []
  } catch (thrown) {
    if (thrown instanceof ConfigFaults) return thrown.faults.map(({ path, message }) => ({ path, message }))
    throw thrown
  }
}

test('the worked descriptor of the reference reads partition 0, without a group, from its end, until nothing comes', () => {
  const { transport, envelope, start, loop } = read({ Envelope: null, Encoding: 'json', Transport: kafka })
  expect(transport).toMatchObject({
    ...{ type: 'kafka', topic: 'iris', bootstrapServers: ['kafka:9092'] },
    ...{ partition: 0, group: '', idleEndMs: 8_388_607 },
  })
  expect([envelope, start, loop]).toEqual([null, 'latest', false])
})

test('fields go to our options; a time of null never ends the stream', () => {
  const more = { Group: 'scoring', Partition: 3, MaxWaitTime: 2_000, CommitOffset: true }
  expect(read({ Transport: { ...kafka, ...more } }).transport).toMatchObject({
    ...{ partition: 3, group: 'scoring', idleEndMs: 2_000 },
  })
  expect(read({ Transport: { ...kafka, MaxWaitTime: null } }).transport['idleEndMs']).toBeUndefined()
})

test('where reading starts is said by SkipToRecord; a looping stream starts at its first record', () => {
  const start = (more: object) => read({ Transport: kafka, ...more }).start
  expect(start({ Loop: true })).toBe('earliest')
  expect(start({ Loop: true, SkipToRecord: 'latest' })).toBe('latest')
  expect([start({ SkipToRecord: 'Earliest' }), start({ SkipToRecord: 17 })]).toEqual(['earliest', 17])
  expect(faultsOf({ Transport: kafka, SkipTo: 5 })[0]?.path).toBe('SkipTo')
  expect(faultsOf({ Transport: kafka, SkipToRecord: null })[0]).toMatchObject({ path: 'SkipToRecord' })
})

test('what there is not is refused at its field, with the reason', () => {
  const faults = faultsOf({ Transport: { ...kafka, Principal: 'a@B', Keytab: 'secret://keys' } })
  expect(faults.map(({ path }) => path)).toEqual(['Transport.Principal', 'Transport.Keytab'])
  expect(faults[0]?.message).toContain('Kerberos (SASL GSSAPI) is not spoken')
  expect(faultsOf({ Transport: { ...kafka, Type: 'kafka-offset', Group: 'g' } })[0]).toMatchObject({
    path: 'Transport',
    message: expect.stringContaining('transport "kafka-offset" is not available: positions are committed'),
  })
})

test('fields that are wrong are told in the spelling of the document', () => {
  expect(faultsOf({ Transport: { ...kafka, Partition: -1 } })[0]?.path).toBe('Transport.Partition')
  expect(faultsOf({ Transport: { ...kafka, Topik: 'x' } })[0]?.message).toContain('Topic')
  expect(faultsOf({ Transport: { Type: 'kafka', Topic: 'x' } })[0]?.path).toBe('Transport.BootstrapServers')
  expect(faultsOf({ Transport: { ...kafka, BootstrapServers: [] } })[0]?.message).toContain('at least one "host:port"')
})

test('with CommitOffset false nothing is committed for a group, and that its position is not read is warned about', () => {
  const alone = read({ Transport: { ...kafka, CommitOffset: false } })
  expect([alone.transport['group'], alone.warnings]).toEqual(['', []])
  const grouped = read({ Transport: { ...kafka, CommitOffset: false, Group: 'g' } })
  expect(grouped.transport['group']).toBe('')
  expect(grouped.warnings).toEqual([expect.stringContaining('neither reads nor commits the position of the Group')])
})

test('an envelope must be null', () => {
  expect(faultsOf({ Transport: kafka, Envelope: 'delimited' })).toEqual([
    { path: 'Envelope', message: expect.stringContaining('Envelope must be null for transport "kafka"') },
  ])
})
