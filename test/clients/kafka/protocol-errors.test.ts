import { AuthenticationError, NetworkError, ResponseError, TimeoutError } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  checkCode,
  errorKind,
  errorName,
  mapConnectError,
  mapLibraryError,
  protocolErrorOf,
  refusal,
} from '../../../src/clients/kafka/protocol-errors.ts'
import { MillraceError } from '../../../src/core/errors.ts'

const place = { server: 'a:1', api: 'OffsetCommit', subject: 'group "g"' }

describe('protocol errors', () => {
  it('names codes, also those that nobody knows yet', () => {
    expect([errorName(0), errorName(16), errorName(-1), errorName(9999)]).toEqual([
      null,
      'NOT_COORDINATOR',
      'UNKNOWN_SERVER_ERROR',
      'ERROR_9999',
    ])
  })

  it('turns what an error asks for into code and retry', () => {
    const codeOf = (name: string) => refusal(name, place).code
    expect(codeOf('NOT_COORDINATOR')).toBe('CLIENT_KAFKA_RETRYABLE')
    expect(codeOf('NOT_LEADER_OR_FOLLOWER')).toBe('CLIENT_KAFKA_RETRYABLE')
    expect(codeOf('CONCURRENT_TRANSACTIONS')).toBe('CLIENT_KAFKA_RETRYABLE')
    expect(codeOf('INVALID_PRODUCER_EPOCH')).toBe('CLIENT_KAFKA_FENCED')
    expect(codeOf('TOPIC_AUTHORIZATION_FAILED')).toBe('CLIENT_KAFKA_REFUSED')
    expect(errorKind('ERROR_9999')).toBe('refused')
    expect(errorKind('UNKNOWN_SERVER_ERROR')).toBe('refused')
  })

  it('looks the leader up again after the log folder of the former one has failed', () => {
    expect(errorKind('KAFKA_STORAGE_ERROR')).toBe('metadata')
    expect(errorKind('NETWORK_EXCEPTION')).toBe('metadata')
  })

  it('keeps the name of the protocol error with the server’s sentence', () => {
    const error = refusal('POLICY_VIOLATION', place, 'too many partitions')
    expect(error.message).toBe(
      'kafka at a:1 refuses OffsetCommit for group "g": POLICY_VIOLATION (too many partitions)',
    )
    expect(protocolErrorOf(error)).toBe('POLICY_VIOLATION')
    expect(protocolErrorOf(new MillraceError('CORE_CLOSED', { subject: 'x' }))).toBeNull()
  })

  it('throws for a code other than 0 only', () => {
    expect(() => checkCode(0, place)).not.toThrow()
    expect(() => checkCode(22, place)).toThrow('ILLEGAL_GENERATION')
  })

  it('reports the gravest of the errors of one answer, and keeps the answer', () => {
    const response = { topics: [] }
    const thrown = new ResponseError(8, 9, { '/a': [16, null], '/b': [29, 'no'], '/c': [3, null] }, response)
    const error = mapLibraryError(thrown, place)
    expect(error.code).toBe('CLIENT_KAFKA_REFUSED')
    expect(protocolErrorOf(error)).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect(answerOf(error)).toBe(response)
    expect(answerOf(new Error('x'))).toBeNull()
  })

  it('calls the outcome unknown when there was no answer, and damaged when it could not be read', () => {
    const codeOf = (thrown: unknown) => mapLibraryError(thrown, place).code
    expect(codeOf(new TimeoutError('Request timed out'))).toBe('CLIENT_KAFKA_INDEFINITE')
    expect(codeOf(new NetworkError('Connection closed'))).toBe('CLIENT_KAFKA_INDEFINITE')
    expect(codeOf(new RangeError('out of range'))).toBe('CLIENT_KAFKA_RESPONSE_DAMAGED')
  })

  it('tells a broker that is away from one that does not accept us', () => {
    const certificate = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    const codeOf = (cause: Error) => mapConnectError(new NetworkError('failed', { cause }), 'a:1').code
    expect(codeOf(new Error('connect ECONNREFUSED'))).toBe('CLIENT_KAFKA_UNREACHABLE')
    expect(codeOf(new AuthenticationError('SASL authentication failed.'))).toBe('CLIENT_KAFKA_AUTH')
    expect(codeOf(certificate)).toBe('CLIENT_KAFKA_AUTH')
  })
})
