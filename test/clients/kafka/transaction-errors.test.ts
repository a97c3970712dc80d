import { expect, test } from 'vitest'
import { explainTransactionError } from '../../../src/clients/kafka/transaction-errors.ts'
import { protocolError } from '../../support/scripted-kafka.ts'

test('a transaction that is over, or that can only be aborted, can be begun again', () => {
  const ended = explainTransactionError(protocolError('INVALID_TXN_STATE'), 'id')
  expect(ended).toMatchObject({ code: 'CLIENT_KAFKA_ABORTED', isRetryable: true })
  expect(ended.message).toMatch(/"id" is aborted: the cluster has ended it, .* \(INVALID_TXN_STATE\)$/)
  for (const name of ['TRANSACTION_ABORTABLE', 'INVALID_PRODUCER_ID_MAPPING', 'UNKNOWN_PRODUCER_ID']) {
    expect(explainTransactionError(protocolError(name), 'id')).toMatchObject({ isRetryable: true })
  }
})

test('other errors, and those of producers without transactions, stay as they are', () => {
  for (const name of ['PRODUCER_FENCED', 'POLICY_VIOLATION']) {
    const other = protocolError(name)
    expect(explainTransactionError(other, 'id')).toBe(other)
  }
  const outside = protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER')
  expect(explainTransactionError(outside, null)).toBe(outside)
})
