import { expect, test } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { normalise, type StreamOrigin } from '../../src/streams/descriptor.ts'
import { NO_LIMIT } from '../../src/streams/stream-options.ts'
import { standInRegistry } from '../support/stand-ins.ts'

const registry = standInRegistry()

function read(value: unknown, origin: StreamOrigin = {}) {
  const warnings: string[] = []
  const descriptor = normalise(value, { warn: (warning) => warnings.push(warning), ...origin }, registry)
  return { ...descriptor, warnings }
}

function faultsOf(check: () => unknown) {
  try {
    check()
  } catch (thrown) {
    if (thrown instanceof ConfigFaults) return thrown.faults
    throw thrown
  }
  throw new Error('no faults were found')
}

test("FastScore's defaults are its own, not ours", () => {
  expect(read({ Transport: 'REST' })).toMatchObject({
    version: '1.2',
    transport: { type: 'rest', mode: 'simple' },
    envelope: null,
    encoding: { type: 'raw' },
    schema: '$inherit',
    batching: { maxRecords: 1000, maxDelayMs: 500 },
    loop: false,
    lingerMs: 3000,
    controlRecords: true,
    warnings: [],
  })
})

test('the documented on-demand descriptor hands on every request at once', () => {
  const document = { Transport: 'REST', Encoding: 'json', Batching: { NagleTime: 0, Watermark: null } }
  expect(read(document).batching).toEqual({ maxRecords: NO_LIMIT, maxDelayMs: 0 })
})

test('the documented looping file is read as it is', () => {
  const document = {
    Version: '1.2',
    Loop: true,
    Envelope: 'delimited',
    Encoding: 'JSON',
    Transport: { Type: 'File', Path: '/data/in.jsons' },
  }
  expect(read(document)).toMatchObject({
    loop: true,
    envelope: { type: 'delimited', separator: '\n' },
    encoding: { type: 'json' },
    transport: { type: 'file', path: '/data/in.jsons' },
  })
})

test('null is a value of its own in every field', () => {
  const file = { Type: 'file', Path: '/x' }
  expect(read({ Transport: file, Envelope: null, Encoding: 'json' }).envelope).toBeNull()
  expect(read({ Transport: file }).envelope).toMatchObject({ type: 'delimited' })
  expect(read({ Transport: file, Schema: null }).schema).toBeNull()
  expect(read({ Transport: file, Batching: null }).batching).toEqual({ maxRecords: 1, maxDelayMs: 0 })
  expect(read({ Transport: file, LingerTime: null }).lingerMs).toBe(NO_LIMIT)
  expect(read({ Transport: file, SkipTo: null, SkipToRecord: null, Description: null }).start).toBe('earliest')
})

test('batching shortcuts and criteria that are off', () => {
  const batching = (Batching: unknown) => Object.values(read({ Transport: 'rest', Batching }).batching)
  expect(batching('normal')).toEqual([1000, 500])
  expect(batching('Explicit')).toEqual([NO_LIMIT, NO_LIMIT])
  expect(batching({ Watermark: 5, NagleTime: null })).toEqual([5, NO_LIMIT])
  expect(batching({ Watermark: 5 })).toEqual([5, 500])
})

test('inline data is a list or a text, as text or base64', () => {
  const transport = (fields: object) => read({ Transport: { Type: 'inline', ...fields }, Encoding: 'json' }).transport
  expect(transport({ Data: ['1', '2'] })).toEqual({ type: 'inline', records: ['1', '2'] })
  expect(transport({ Data: '1\n2\n', DataBinary: null })).toEqual({ type: 'inline', text: '1\n2\n' })
  expect(transport({ DataBinary: ['MQ=='] })).toEqual({ type: 'inline', binaryRecords: ['MQ=='] })
  expect(read({ Transport: { Type: 'debug', Data: ['1'] } }).transport.type).toBe('inline')
})

test('a start in bytes is for byte transports and a start in records for the others', () => {
  const file = { Type: 'file', Path: '/x' }
  const list = { Type: 'inline', Data: ['1'] }
  expect(read({ Transport: file, SkipTo: 10 }).start).toBe(10)
  expect(read({ Transport: list, SkipToRecord: 3 }).start).toBe(3)
  expect(read({ Transport: list, SkipToRecord: 'Latest' }).start).toBe('latest')
  expect(faultsOf(() => read({ Transport: list, SkipTo: 10 }))[0]?.path).toBe('SkipTo')
  expect(faultsOf(() => read({ Transport: file, SkipToRecord: 3 }))[0]?.path).toBe('SkipToRecord')
  expect(faultsOf(() => read({ Transport: 'REST', SkipToRecord: 3 }))[0]?.path).toBe('SkipToRecord')
})

test('published samples that break the envelope rule are warned about and read', () => {
  const { envelope, warnings } = read({ Transport: 'REST', Envelope: 'delimited' }, { source: 'stream x' })
  expect(envelope).toBeNull()
  expect(warnings[0]).toContain('stream x: Envelope: transport "rest" keeps records')
  expect(read({ Transport: 'REST', EndMarker: '$end-of-stream' }).warnings[0]).toContain('EndMarker is obsolete')
})

test('what we do not have yet is named', () => {
  const transport = { Type: 'S3', Bucket: 'x' }
  expect(() => read({ Transport: transport })).toThrow('transport "S3" is not available yet')
  expect(() => read({ Transport: 'REST', Encoding: 'msgpack' })).toThrow('encoding "msgpack" is not available yet')
  const file = { Type: 'file', Path: '/x' }
  expect(() => read({ Transport: file, Envelope: { Type: 'ocf-block' } })).toThrow(
    'envelope "ocf-block" is not available yet',
  )
})

test('avro-binary takes the schema of the stream', () => {
  const { encoding, schema } = read({ Transport: 'REST', Encoding: 'Avro-Binary', Schema: 'double' })
  expect(encoding).toMatchObject({ type: 'avro-binary' })
  expect(schema).toBe('double')
})

test('faults carry the spelling and the place of the document', () => {
  const text = JSON.stringify(
    { Transport: { Type: 'file', Pth: '/x' }, Encoding: 'jsn', Batching: { Watermark: 0 }, Lop: true },
    null,
    1,
  )
  const document = parseConfigDocument(text, 'in.json')
  const faults = faultsOf(() => normalise(document.value, { document }, registry))
  const shown = faults.map((fault) => `${fault.path}@${fault.line}`)
  expect(shown).toContain('Lop@10')
  const rest = parseConfigDocument(text.replace('"Lop"', '"Loop"'), 'in.json')
  const more = faultsOf(() => normalise(rest.value, { document: rest }, registry)).map((f) => `${f.path}@${f.line}`)
  expect(more).toEqual(['Transport.Path@2', 'Transport.Pth@4', 'Encoding@6', 'Batching.Watermark@8'])
})

test('rules that our own check finds are reported at the field of the document', () => {
  const text = '{"Transport": "rest",\n "Loop": true}'
  const document = parseConfigDocument(text, 'in.json')
  const faults = faultsOf(() => normalise(document.value, { document }, registry))
  expect(faults[0]).toMatchObject({ path: 'Loop', line: 2, code: 'STREAM_RULE_BROKEN' })
  const inline = faultsOf(() => read({ Transport: { Type: 'inline', DataBinary: ['?'] } }))
  expect(inline[0]?.path).toBe('Transport.DataBinary.0')
  expect(inline[0]?.message).toContain('Transport.DataBinary.0')
})

test('components of ours are written with capital initials, and their faults too', () => {
  expect(
    read({ Transport: { Type: 'stdio' }, Envelope: 'length-prefixed', Encoding: { Type: 'protobuf' } }),
  ).toMatchObject({
    transport: { type: 'stdio' },
    envelope: { type: 'length-prefixed' },
    encoding: { type: 'protobuf' },
  })
  const fault = faultsOf(() => read({ Transport: { Type: 'stdio', Colour: 1 } }))[0]
  expect(fault).toMatchObject({ code: 'CONFIG_OPTION_UNKNOWN', path: 'Transport.Colour' })
})
