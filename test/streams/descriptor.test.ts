import { expect, test } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { normalise, type StreamOrigin } from '../../src/streams/descriptor.ts'
import { standInRegistry } from '../support/stand-ins.ts'

const registry = standInRegistry()
const read = (value: unknown, origin: StreamOrigin = {}) => normalise(value, origin, registry)

function faultsOf(check: () => unknown) {
  try {
    check()
  } catch (thrown) {
    if (thrown instanceof ConfigFaults) return thrown.faults
    throw thrown
  }
  throw new Error('no faults were found')
}

test('a short form and its long form are the same descriptor', () => {
  const long = {
    version: '1',
    name: 'data/x.json',
    description: '',
    transport: { type: 'file', path: 'data/x.json', follow: false, mode: 'append' },
    envelope: { type: 'delimited', separator: '\n' },
    encoding: { type: 'json' },
    schema: '$inherit',
    batching: { maxRecords: 1000, maxDelayMs: 0 },
    loop: false,
    start: 'earliest',
    lingerMs: 3000,
    controlRecords: false,
  }
  expect(read('file:data/x.json')).toEqual(long)
  expect(read({ transport: 'file:data/x.json' })).toEqual(long)
  expect(read({ transport: { type: 'file', path: 'data/x.json' }, encoding: 'json', envelope: 'delimited' })).toEqual(
    long,
  )
  expect(read(long)).toEqual(long)
})

test('what normalise gives is read again as itself, and is frozen to the bottom', () => {
  const documents = [
    'rest:',
    'discard:',
    'inline:1,2,3',
    { transport: { type: 'file', path: 'x' }, envelope: null, start: 7, loop: true },
    { transport: { type: 'rest', mode: 'chunked' }, encoding: 'raw', schema: 'bytes' },
    { transport: 'stdio', schema: { type: 'record', name: 'R', fields: [{ name: 'x', type: 'double' }] } },
  ]
  for (const document of documents) {
    const first = read(document)
    expect(read(first)).toEqual(first)
    expect(Object.isFrozen(first.transport) && Object.isFrozen(first.batching)).toBe(true)
  }
})

test('the envelope follows from transport and encoding', () => {
  const envelopeOf = (transport: unknown, encoding: string) => read({ transport, encoding }).envelope?.type ?? null
  expect(envelopeOf('rest', 'json')).toBeNull()
  expect(envelopeOf({ type: 'inline', records: [] }, 'json')).toBeNull()
  expect(envelopeOf({ type: 'inline', text: '' }, 'json')).toBe('delimited')
  expect(envelopeOf('stdio', 'raw')).toBe('delimited')
  expect(envelopeOf('stdio', 'protobuf')).toBe('length-prefixed')
  expect(envelopeOf('stdio', 'avro-binary')).toBe('length-prefixed')
  expect(read({ transport: 'stdio', envelope: null }).envelope).toBeNull()
  expect(read({ transport: 'stdio', envelope: 'none' }).envelope).toBeNull()
})

test('the ending of a file suggests its encoding, unless the document states one', () => {
  expect(read('file:/x.utf8').encoding).toEqual({ type: 'utf-8' })
  expect(read({ transport: 'file:/x.bin' }).encoding).toEqual({ type: 'raw' })
  expect(read({ transport: 'file:/x.bin', encoding: 'json' }).encoding).toEqual({ type: 'json' })
})

test('a name comes from the document, else from who uses it, else from the transport', () => {
  expect(read({ transport: 'rest', name: 'a' }, { name: 'b' }).name).toBe('a')
  expect(read('rest:', { name: 'b' }).name).toBe('b')
  expect(read('rest:').name).toBe('rest')
})

test('every fault tells its line and column', () => {
  const text = 'slots:\n  0:\n    transport:\n      type: file\n      pth: x\n    batching:\n      maxRecords: 0\n'
  const document = parseConfigDocument(text, 'engine.yaml')
  const { slots } = document.value as { slots: Record<string, unknown> }
  const faults = faultsOf(() => read(slots['0'], { document, path: ['slots', 0] }))
  expect(faults.map((fault) => `${fault.code} ${fault.path} ${fault.line}:${fault.column}`)).toEqual([
    'CONFIG_OPTION_MISSING slots.0.transport.path 3:5',
    'CONFIG_OPTION_UNKNOWN slots.0.transport.pth 5:7',
    'CONFIG_OPTION_WRONG slots.0.batching.maxRecords 7:7',
  ])
})

test('rules across options are faults at the option that breaks them', () => {
  const broken = (document: unknown, origin: StreamOrigin = {}) =>
    faultsOf(() => read(document, origin)).map((fault) => `${fault.path}: ${fault.message}`)
  expect(broken({ transport: 'stdio', loop: true })[0]).toContain(
    'loop: stream descriptor: loop: loop needs a seekable',
  )
  expect(broken({ transport: 'rest', start: 5 })[0]).toContain('start needs a seekable transport')
  expect(broken({ transport: 'rest', envelope: 'delimited' })[0]).toContain('keeps records and takes no envelope')
  expect(broken({ transport: 'stdio', encoding: 'protobuf', envelope: 'delimited' })[0]).toContain(
    'cannot be delimited',
  )
  expect(broken({ transport: 'stdio', encoding: 'utf-8', schema: 'int' })[0]).toContain('needs schema "string" or none')
  expect(broken({ transport: 'stdio', schema: 'strnig' })[0]).toContain('strnig')
  expect(broken({ transport: 'stdio', schema: { $ref: 5 } })[0]).toContain('{"$ref": name}')
  expect(broken('discard:', { direction: 'in' })[0]).toContain('is an output only')
  expect(broken('inline:1', { direction: 'out' })[0]).toContain('is an input only')
  expect(broken({ transport: { type: 'inline' } })[0]).toContain('exactly one of records')
  expect(broken({ transport: 'rest', loop: true, start: 1 })).toHaveLength(2)
})

test('a component that the reference knows and we do not have yet is said to be so', () => {
  expect(() => read({ transport: { type: 's3', bucket: 'x' } })).toThrow('transport "s3" is not available yet')
  expect(() => read({ transport: 'stdio', encoding: 'msgpack' })).toThrow('encoding "msgpack" is not available yet')
  expect(() => read({ transport: { type: 'kafak' } })).toThrow('CONFIG_FAULTS'.slice(0, 0))
  expect(faultsOf(() => read({ transport: { type: 'kafak' } }))[0]?.code).toBe('CONFIG_OPTION_WRONG')
})

test('what is no descriptor at all is a fault, not a crash', () => {
  for (const value of [null, 5, [], true, '', 'orders', {}, { transport: null }, { transport: 5 }]) {
    expect(faultsOf(() => read(value)).length).toBeGreaterThan(0)
  }
})
