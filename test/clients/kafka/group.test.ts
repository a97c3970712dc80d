import { describe, expect, it } from 'vitest'
import { kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { addressOf, GroupMember, groupSettings } from '../../../src/clients/kafka/group.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentServer } from '../../support/silent-server.ts'

describe('addressOf', () => {
  it.each([
    ['millrace@127.0.0.1:8080', '127.0.0.1:8080'],
    ['team@home@host-1:80', 'host-1:80'],
    ['millrace@[::1]:8080', '[::1]:8080'],
    ['millrace', null],
    ['someone@example.org', null],
    ['millrace@http://a/:80', null],
    ['consumer:80', null],
  ])('of client id %s is %s', (clientId, address) => {
    expect(addressOf(clientId)).toBe(address)
  })
})

describe('GroupMember', () => {
  it('gives up joining as soon as it is to stop, however long the servers may take', async () => {
    const silent = await silentServer()
    const kafka = kafkaSettings([silent.address], { connectTimeoutMs: 600_000, requestTimeoutMs: 600_000 })
    const stop = new AbortController()
    const opening = GroupMember.open(kafka, groupSettings('g', 't'), systemClock, stop.signal)
    await silent.asked
    stop.abort(new Error('stopped'))
    await expect(opening).rejects.toThrow('stopped')
  })

  it('tells at open that no server can be reached, and leaves nothing running', async () => {
    const kafka = kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 50 })
    const opening = GroupMember.open(kafka, groupSettings('g', 't'))
    await expect(opening).rejects.toMatchObject({ code: 'CLIENT_KAFKA_UNREACHABLE' })
  })
})
