import { expect, it } from 'vitest'
import { PartitionQueue } from '../../../src/clients/kafka/partition-queue.ts'
import { freshMemory } from '../../../src/clients/kafka/record-batch-builder.ts'
import { TransactionPartitions } from '../../../src/clients/kafka/transaction-partitions.ts'
import { protocolError } from '../../support/scripted-kafka.ts'

const settings = { compression: 'none', maxBatchBytes: 200, isTransactional: true, memory: freshMemory } as const

/** A request that is answered when the test says. */
function adding() {
  const ends: unknown[] = []
  const answer = Promise.withResolvers<void>()
  const partitions = new TransactionPartitions(
    (_, signal) => {
      signal.addEventListener('abort', () => answer.reject(protocolError('NOT_COORDINATOR')))
      return answer.promise
    },
    (error) => ends.push(error?.code ?? 'added'),
  )
  const queue = new PartitionQueue('t', 0, settings)
  return { partitions, answer, queue, ends, added: partitions.add([queue]) }
}

it('is under way until it is answered', async () => {
  const { partitions, answer, queue, ends, added } = adding()
  expect([partitions.isUnderWay, queue.isAdded]).toEqual([true, false])
  answer.resolve()
  await added
  expect([partitions.isUnderWay, queue.isAdded, ends]).toEqual([false, true, ['added']])
})

it('tells what went wrong, but for what may pass once it was stopped', async () => {
  const { answer, queue, ends, added } = adding()
  answer.reject(protocolError('NOT_COORDINATOR'))
  await added
  expect([queue.isAdded, ends]).toEqual([false, ['CLIENT_KAFKA_RETRYABLE']])
  const stopped = adding()
  stopped.partitions.stop()
  await stopped.added
  expect([stopped.queue.isAdded, stopped.ends]).toEqual([false, ['added']])
  const refused = adding()
  refused.answer.reject(protocolError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'))
  refused.partitions.stop()
  await refused.added
  expect(refused.ends).toEqual(['CLIENT_KAFKA_REFUSED'])
})
