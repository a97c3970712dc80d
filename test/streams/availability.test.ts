import { expect, test } from 'vitest'
import { Registry } from '../../src/config/registry.ts'
import { isPending, pendingFault } from '../../src/streams/availability.ts'
import { fileTransport } from '../../src/transports/file/file.ts'
import { standInRegistry } from '../support/stand-ins.ts'

test('a component stops being announced when the registry has it', () => {
  expect(isPending('transport', 's3', standInRegistry())).toBe(true)
  const s3 = { ...fileTransport, name: 's3' }
  expect(isPending('transport', 's3', new Registry([s3]))).toBe(false)
  expect(isPending('transport', 's4', standInRegistry())).toBe(false)
})

test('what will never come is told from what is announced, with the reason', () => {
  expect(pendingFault('transport', 'S3')).toEqual({ code: 'STREAM_NOT_AVAILABLE', what: 'transport "S3"' })
  const fault = pendingFault('transport', 'Kafka-Offset')
  expect(fault.code).toBe('STREAM_RULE_BROKEN')
  expect('reason' in fault && fault.reason).toContain(
    'transport "Kafka-Offset" is not available: positions are committed',
  )
})
