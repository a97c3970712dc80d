import { expect, test } from 'vitest'
import { text } from '../../src/config/option.ts'
import { Registry } from '../../src/config/registry.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { showFastscore, showStream } from '../../src/streams/show.ts'
import { discardTransport } from '../../src/transports/discard/discard.ts'
import { standInComponents, standInRegistry } from '../support/stand-ins.ts'

const registry = standInRegistry()

test("the reference's example is printed as it stands there", () => {
  const descriptor = normalise({ Transport: { Type: 'inline', Data: ['1', '2', '3'] }, Encoding: 'json' }, {}, registry)
  expect(showFastscore(descriptor, registry)).toEqual({
    transport: { type: 'inline', data: ['1', '2', '3'] },
    loop: false,
    encoding: 'json',
    schema: 'undefined',
    batching: { watermark: 1000, nagle_time: 500 },
    linger_time: 3000,
  })
})

test('keys appear only when they apply', () => {
  const file = { Type: 'file', Path: '/x' }
  const show = (document: object) => showFastscore(normalise(document, {}, registry), registry)
  expect(show({ Transport: file, SkipTo: 5, Schema: null, Batching: 'explicit', LingerTime: null })).toEqual({
    transport: { type: 'file', path: '/x' },
    loop: false,
    skip_to: 5,
    envelope: { type: 'delimited', separator: '\n' },
    encoding: null,
    batching: { watermark: null, nagle_time: null },
    linger_time: null,
  })
  expect(show({ Transport: { Type: 'inline', Data: ['1'] }, SkipToRecord: 1, Batching: null })).toMatchObject({
    skip_to_record: 1,
    batching: { watermark: 1, nagle_time: null },
  })
})

test('our normal form can be read again', () => {
  for (const document of [
    'rest:',
    'file:x.json',
    { transport: 'stdio', envelope: null, start: 'latest', schema: null },
  ]) {
    const descriptor = normalise(document, {}, registry)
    expect(normalise(showStream(descriptor, registry), {}, registry)).toEqual(descriptor)
  }
})

test('secrets are masked in both forms', () => {
  const vault = { ...discardTransport, name: 'vault', options: { token: text({ summary: 'key', isSecret: true }) } }
  const wide = new Registry([...standInComponents, vault])
  const descriptor = normalise({ transport: { type: 'vault', token: 'hunter2' } }, {}, wide)
  for (const shown of [showStream(descriptor, wide), showFastscore(descriptor, wide)]) {
    expect(JSON.stringify(shown)).not.toContain('hunter2')
    expect(JSON.stringify(shown)).toContain('*****')
  }
})
