import { protocolErrors } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/clients/kafka/produce-verdict.ts'

function verdict(name: string, isFirst = true, transactionalId: string | null = null) {
  const errorCode = protocolErrors[name]?.code ?? 0
  const result = { topic: 't', partition: 1, errorCode, errorMessage: null, baseOffset: -1 }
  return judge(result, { server: 'a:1', transactionalId, isFirst, batchBytes: 6070 })
}

describe('verdict on a produced batch', () => {
  it('takes a repetition for done', () => {
    expect(verdict('NONE').action).toBe('done')
    expect(verdict('DUPLICATE_SEQUENCE_NUMBER').action).toBe('done')
  })

  it('sends again what fails for a moment, to another broker when the leader has moved', () => {
    expect(verdict('NOT_ENOUGH_REPLICAS')).toMatchObject({ action: 'again', isLeaderStale: false })
    expect(verdict('NOT_LEADER_OR_FOLLOWER')).toMatchObject({ action: 'again', isLeaderStale: true })
  })

  it('regains the sequence only when no earlier batch is missing', () => {
    expect(verdict('OUT_OF_ORDER_SEQUENCE_NUMBER', false).action).toBe('again')
    expect(verdict('OUT_OF_ORDER_SEQUENCE_NUMBER', true).action).toBe('regain')
    expect(verdict('UNKNOWN_PRODUCER_ID', true).action).toBe('regain')
  })

  it('splits what is too large', () => {
    expect(verdict('MESSAGE_TOO_LARGE')).toMatchObject({ action: 'split', error: { code: 'CLIENT_KAFKA_REFUSED' } })
    expect(verdict('MESSAGE_TOO_LARGE')).toHaveProperty('error.message', expect.stringContaining('6070 bytes for t/1'))
  })

  it('fails of what is final, naming the fenced producer', () => {
    expect(verdict('TOPIC_AUTHORIZATION_FAILED').action).toBe('fail')
    const fenced = verdict('INVALID_PRODUCER_EPOCH', true, 'mine')
    expect(fenced).toMatchObject({ action: 'fail', error: { code: 'CLIENT_KAFKA_FENCED' } })
    expect('error' in fenced && fenced.error.message).toContain('transactional id "mine"')
  })
})
