import { expect, test } from 'vitest'
import { Registry } from '../../src/config/registry.ts'
import { isPending } from '../../src/streams/availability.ts'
import { fileTransport } from '../../src/transports/file/file.ts'
import { standInRegistry } from '../support/stand-ins.ts'

test('a component stops being announced when the registry has it', () => {
  expect(isPending('transport', 'kafka', standInRegistry())).toBe(true)
  const kafka = { ...fileTransport, name: 'kafka' }
  expect(isPending('transport', 'kafka', new Registry([kafka]))).toBe(false)
  expect(isPending('transport', 'kafak', standInRegistry())).toBe(false)
})
