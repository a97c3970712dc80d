import { describe, expect, it } from 'vitest'
import { BrokerLinks } from '../../../src/clients/kafka/broker-links.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

describe('broker links', () => {
  it('connect when they are told to', async () => {
    const cluster = new ScriptedKafka().cluster(new ManualClock())
    const links = new BrokerLinks()
    const link = links.of(1)
    expect([links.of(1), link.connection]).toEqual([link, null])
    const opening = link.open(cluster)
    expect(link.isOpening).toBe(true)
    await opening
    expect([link.isOpening, link.connection !== null]).toEqual([false, true])
    await links.close()
  })

  it('have room for five requests', () => {
    const link = new BrokerLinks().of(1)
    link.inFlight = 4
    expect(link.hasRoom).toBe(true)
    link.inFlight = 5
    expect(link.hasRoom).toBe(false)
  })

  it('connect anew only when what is under way on the former connection is answered', async () => {
    const answered = Promise.withResolvers<void>()
    const made: { isUsable: boolean }[] = []
    const connect = async () => {
      const connection = { isUsable: true, retire: () => answered.promise, close: async () => {} }
      made.push(connection)
      return connection
    }
    const link = new BrokerLinks().of(1)
    await link.open({ connect } as never)
    const [former] = made as [{ isUsable: boolean }]
    former.isUsable = false
    expect(link.connection).toBeNull()
    const opening = link.open({ connect } as never)
    await new Promise((resolve) => setImmediate(resolve))
    expect(made).toHaveLength(1)
    answered.resolve()
    await opening
    expect([made.length, link.connection]).toEqual([2, made[1]])
  })

  it('can be tried again after they could not be opened', async () => {
    const cluster = { connect: () => Promise.reject(new Error('away')) } as never
    const link = new BrokerLinks().of(1)
    await expect(link.open(cluster)).rejects.toThrow('away')
    expect([link.isOpening, link.connection]).toEqual([false, null])
    await link.close()
  })
})
