import { expect, test } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { normalise, type StreamDescriptor } from '../../src/streams/descriptor.ts'
import { showFastscore, showStream } from '../../src/streams/show.ts'
import { seeded } from '../random.ts'
import { standInRegistry } from '../support/stand-ins.ts'

const registry = standInRegistry()

const good: readonly unknown[] = [
  'file:/data/x.json',
  'inline:1,2,%20',
  'inline-chunked:a%0Ab',
  { transport: { type: 'file', path: 'x', follow: true }, encoding: 'json', start: 5, batching: { maxRecords: 3 } },
  {
    transport: 'rest-chunked:',
    envelope: { type: 'delimited', separator: '\r\n' },
    schema: { $ref: 'x' },
    lingerMs: 0,
  },
  {
    transport: { type: 'inline', records: ['{"x":1}'] },
    schema: { type: 'record', name: 'R', fields: [{ name: 'x', type: ['null', 'double'] }] },
    loop: true,
  },
  { Transport: { Type: 'REST', Mode: 'Simple' }, Encoding: 'json', Batching: { NagleTime: 0, Watermark: null } },
  {
    Version: '1.2',
    Loop: true,
    Envelope: 'delimited',
    Encoding: 'JSON',
    Transport: { Type: 'file', Path: '/x' },
    SkipTo: 3,
  },
  { Transport: { Type: 'inline', DataBinary: ['MQ=='] }, Schema: 'bytes', Encoding: null, SkipToRecord: 'latest' },
]

const names = [
  ...[
    'transport',
    'envelope',
    'encoding',
    'schema',
    'batching',
    'loop',
    'start',
    'type',
    'path',
    'records',
    'text',
    '$ref',
  ],
  ...[
    'Transport',
    'Envelope',
    'Encoding',
    'Schema',
    'Batching',
    'Loop',
    'SkipTo',
    'SkipToRecord',
    'Type',
    'Path',
    'Data',
  ],
  ...['Mode', 'Watermark', 'NagleTime', 'LingerTime', 'EndMarker', 'DataBinary', 'constructor', 'toString', 'name', ''],
]
const words = [
  ...[
    'file',
    'inline',
    'rest',
    'discard',
    'stdio',
    'kafka',
    'json',
    'utf-8',
    'raw',
    'csv',
    'delimited',
    'fixed',
    'normal',
  ],
  ...[
    'file:',
    'rest:',
    'inline:%',
    'log:a',
    '__proto__:',
    ':',
    'hasOwnProperty',
    'earliest',
    '$inherit',
    'bytes',
    'null',
  ],
]

function arbitrary(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 0 ? 9 : 6))
  switch (kind) {
    case 0:
      return null
    case 1:
      return random() < 0.5
    case 2:
      return [0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, Number.NaN, 5][Math.floor(random() * 7)]
    case 3:
      return Array.from({ length: random() * 8 }, () => String.fromCharCode(random() * 0x300)).join('')
    case 4:
    case 5:
      return words[Math.floor(random() * words.length)]
    case 6:
      return Array.from({ length: random() * 4 }, () => arbitrary(random, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random() * 5 }, () => [
          names[Math.floor(random() * names.length)],
          arbitrary(random, depth - 1),
        ]),
      )
  }
}

/** A copy with one member, anywhere, changed, removed or added. */
function mutated(value: unknown, random: () => number): unknown {
  if (typeof value === 'string' && random() < 0.5) {
    const at = Math.floor(random() * (value.length + 1))
    return value.slice(0, at) + String.fromCharCode(random() * 128) + value.slice(at + (random() < 0.5 ? 1 : 0))
  }
  if (typeof value !== 'object' || value === null || random() < 0.1) return arbitrary(random, 3)
  const keys = Object.keys(value)
  const key = keys[Math.floor(random() * keys.length)]
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  const dice = random()
  if (dice < 0.1) return Object.fromEntries(Object.entries(copy).filter(([name]) => name !== key))
  if (key === undefined || dice < 0.2) copy[names[Math.floor(random() * names.length)] as string] = arbitrary(random, 2)
  else copy[key] = mutated(copy[key], random)
  return copy
}

/** Reads one value; either it is understood for good, or every fault has a code, a sentence and a place. */
function check(read: () => StreamDescriptor): 'read' | 'refused' {
  let descriptor: StreamDescriptor
  try {
    descriptor = read()
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown
    expect(thrown.faults.length).toBeGreaterThan(0)
    for (const fault of thrown.faults) {
      expect(fault.code).toMatch(/^(CONFIG|STREAM)_/)
      expect(fault.message).toMatch(/^fuzz/)
    }
    return 'refused'
  }
  expect(normalise(showStream(descriptor, registry), {}, registry)).toEqual(descriptor)
  showFastscore(descriptor, registry)
  return 'read'
}

test('random values are refused with reasons and places', () => {
  const random = seeded(1)
  for (let i = 0; i < 900; i++) {
    const value = arbitrary(random, 4)
    check(() => normalise(value, { source: 'fuzz' }, registry))
  }
})

test('good descriptors with a few changes are read for good or refused with reasons and places', () => {
  const random = seeded(2)
  const tally = { read: 0, refused: 0 }
  for (let i = 0; i < 900; i++) {
    let value = good[i % good.length]
    for (let k = 0; k <= random() * 3; k++) value = mutated(value, random)
    tally[check(() => normalise(value, { source: 'fuzz', direction: random() < 0.5 ? 'in' : 'out' }, registry))]++
  }
  expect(tally.read).toBeGreaterThan(50)
  expect(tally.refused).toBeGreaterThan(300)
})

test('damaged documents are refused with a line and a column', () => {
  const random = seeded(3)
  for (let i = 0; i < 600; i++) {
    let text = JSON.stringify(good[i % good.length], null, 2)
    for (let k = 0; k <= random() * 3; k++) {
      const at = Math.floor(random() * text.length)
      text = text.slice(0, at) + String.fromCharCode(32 + random() * 96) + text.slice(at + 1)
    }
    try {
      const document = parseConfigDocument(text, 'fuzz.yaml')
      check(() => normalise(document.value, { document }, registry))
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'CONFIG_SYNTAX') throw thrown
      expect(thrown.message).toMatch(/^fuzz\.yaml:\d+:\d+/)
    }
  }
})
