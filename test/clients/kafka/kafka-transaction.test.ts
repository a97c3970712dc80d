import { describe, expect, it } from 'vitest'
import type { BatchSender } from '../../../src/clients/kafka/batch-sender.ts'
import type { KafkaCluster } from '../../../src/clients/kafka/cluster.ts'
import { KafkaTransaction } from '../../../src/clients/kafka/kafka-transaction.ts'
import { noMembership } from '../../../src/clients/kafka/membership.ts'
import type { TransactionCoordinator } from '../../../src/clients/kafka/transaction-coordinator.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { texts } from '../../support/kafka-read.ts'
import { protocolError } from '../../support/scripted-kafka.ts'

const fenced = new MillraceError('CLIENT_KAFKA_FENCED', { server: 'a:1', api: 'EndTxn', subject: 'id', error: 'X' })
const lost = new MillraceError('CLIENT_KAFKA_INDEFINITE', { server: 'a:1', api: 'EndTxn', reason: 'cut' })

/** A transaction whose steps are written down; `failing` says which of them fail. */
function transaction(
  protocol: 'classic' | 'v2',
  failing: Readonly<Record<string, MillraceError>> = {},
  before: Promise<void> = Promise.resolve(),
) {
  const steps: string[] = []
  const step = async <T>(name: string, value: T): Promise<T> => {
    steps.push(name)
    const error = failing[name]
    if (error !== undefined) throw error
    return value
  }
  let failure: MillraceError | null = null
  let isInTransaction = false
  const identity = { id: 1n, epoch: 4 }
  const sender = {
    identity,
    get failure() {
      return failure
    },
    get isInTransaction() {
      return isInTransaction
    },
    append: () => {
      isInTransaction = true
    },
    flush: () => step('flush', undefined),
    drop: () => step('drop', undefined),
    hold: () => {},
    release: () => {},
    become: ({ epoch }: typeof identity) => steps.push(`epoch ${epoch}`),
    endTransaction: () => {},
    fail: (error: MillraceError) => {
      failure ??= error
    },
  } as unknown as BatchSender
  const coordinator = {
    transactionalId: 'id',
    protocol,
    commitOffsets: () => step('offsets', undefined),
    end: (_: unknown, isCommit: boolean) =>
      step(isCommit ? 'commit' : 'abort', protocol === 'v2' ? { id: 1n, epoch: 5 } : identity),
    init: () => step('init', { id: 1n, epoch: 6 }),
  } as unknown as TransactionCoordinator
  const cluster = { domain: 'kafka:a:1' } as KafkaCluster
  return { steps, sender, made: new KafkaTransaction(cluster, coordinator, sender, before) }
}

function filled(...parameters: Parameters<typeof transaction>) {
  const { made, ...rest } = transaction(...parameters)
  made.produce('t', 0, texts(['a']))
  made.addPosition(noMembership('g'), 't', 0, 1)
  return { made, ...rest }
}

describe('kafka transaction', () => {
  it('sends records, positions and its end, in this order', async () => {
    const { made, steps } = filled('v2')
    await made.commit()
    expect(steps).toEqual(['flush', 'offsets', 'commit', 'epoch 5'])
    expect(made.isEnded).toBe(true)
  })

  it('waits until the cluster has its records before it says anything of positions and its end', async () => {
    const { made, sender, steps } = filled('v2')
    const flushed = Promise.withResolvers<void>()
    sender.flush = () => flushed.promise
    const commit = made.commit()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(steps).toEqual([])
    flushed.resolve()
    await commit
    expect(steps).toEqual(['offsets', 'commit', 'epoch 5'])
  })

  it('sends nothing when it is empty', async () => {
    const { made, steps } = transaction('v2')
    made.produce('t', 0, texts([]))
    await made.commit()
    expect(steps).toEqual(['flush'])
    const other = transaction('v2')
    await other.made.end()
    expect(other.steps).toEqual(['drop'])
  })

  it('is aborted when it fails before its end was asked for', async () => {
    const { made, steps, sender } = filled('v2', { offsets: lost })
    await expect(made.commit()).rejects.toBe(lost)
    expect(steps).toEqual(['flush', 'offsets', 'drop', 'abort'])
    expect(sender.failure).toBe(lost)
  })

  it('is not aborted once its commit may have reached the cluster', async () => {
    const { made, steps } = filled('classic', { commit: lost })
    await expect(made.commit()).rejects.toBe(lost)
    made.abort()
    expect(steps).toEqual(['flush', 'offsets', 'commit'])
  })

  it('rejects with what is to be known about its failure, and tells a new owner nothing', async () => {
    const other = filled('v2', { offsets: fenced })
    await expect(other.made.commit()).rejects.toBe(fenced)
    expect(other.steps).toEqual(['flush', 'offsets'])
    const { made } = filled('v2', { offsets: protocolError('INVALID_TXN_STATE') })
    await expect(made.commit()).rejects.toMatchObject({ code: 'CLIENT_KAFKA_ABORTED' })
  })

  it('tells the cluster nothing of its end before the transaction before it has ended', async () => {
    for (const protocol of ['v2', 'classic'] as const) {
      const first = Promise.withResolvers<void>()
      const committed = filled(protocol, {}, first.promise)
      const aborted = filled(protocol, {}, first.promise)
      const commit = committed.made.commit()
      aborted.made.abort()
      await new Promise<void>((resolve) => setImmediate(resolve))
      // What was gathered is dropped at once, as the next transaction may gather already.
      expect([committed.steps, aborted.steps]).toEqual([[], ['drop']])
      first.resolve()
      await commit
      await aborted.made.end()
      expect(committed.steps.slice(0, 3)).toEqual(['flush', 'offsets', 'commit'])
      expect(aborted.steps.slice(0, 2)).toEqual(['drop', 'abort'])
    }
  })

  it('takes a new epoch after an abort: from the end in version 2, in the classic protocol only for a next transaction', async () => {
    const v2 = filled('v2')
    v2.made.abort()
    await v2.made.end()
    expect(v2.steps).toEqual(['drop', 'abort', 'epoch 5'])
    const classic = filled('classic')
    await classic.made.end()
    // Who has aborted and goes may have a successor by now, whose transaction the request for an epoch would end.
    expect(classic.steps).toEqual(['drop', 'abort'])
    await classic.made.handOver()
    expect(classic.steps).toEqual(['drop', 'abort', 'init', 'epoch 6'])
  })

  it('ends the producer when its abort is not answered', async () => {
    const { made, sender } = filled('classic', { abort: lost })
    await made.end()
    expect(sender.failure).toBe(lost)
  })

  it('takes nothing after its end', async () => {
    const { made } = filled('v2')
    await made.commit()
    expect(() => made.produce('t', 0, texts(['b']))).toThrow('closed')
    await expect(made.commit()).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  })
})
