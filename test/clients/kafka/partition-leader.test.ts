import { describe, expect, it } from 'vitest'
import { lookUpLeader, mayAppear } from '../../../src/clients/kafka/partition-leader.ts'
import { PartitionQueue } from '../../../src/clients/kafka/partition-queue.ts'
import { freshMemory } from '../../../src/clients/kafka/record-batch-builder.ts'
import { MillraceError } from '../../../src/core/errors.ts'

const settings = { compression: 'none', maxBatchBytes: 1000, isTransactional: false, memory: freshMemory } as const

describe('partition leader', () => {
  it('is noted in the queue', async () => {
    const queue = new PartitionQueue('t', 3, settings)
    await lookUpLeader({ leader: async (_topic, partition) => 10 + partition }, queue)
    expect([queue.leader, queue.isLookingUp]).toEqual([13, false])
  })

  it('stays unknown after an error', async () => {
    const queue = new PartitionQueue('t', 3, settings)
    const lookup = lookUpLeader({ leader: () => Promise.reject(new Error('no')) }, queue)
    await expect(lookup).rejects.toMatchObject({ code: 'CORE_INTERNAL' })
    expect([queue.leader, queue.isLookingUp]).toEqual([null, false])
  })

  it('is looked for without the closest name of a topic as long as that may appear', async () => {
    const hints: unknown[] = []
    const leader = async (...[, , isHinted]: [string, number, boolean?]) => hints.push(isHinted)
    const queue = new PartitionQueue('t', 3, settings)
    await lookUpLeader({ leader }, queue)
    queue.attempts = 5
    await lookUpLeader({ leader }, queue)
    expect(hints).toEqual([false, true])
  })

  it('may appear of a topic that was just made', () => {
    const error = new MillraceError('CLIENT_KAFKA_TOPIC_UNKNOWN', { server: 'a:1', topic: 't', hint: '' })
    expect([mayAppear(error, { attempts: 0 }), mayAppear(error, { attempts: 5 })]).toEqual([true, false])
  })
})
