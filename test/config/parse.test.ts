import { describe, expect, it } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults, type Fault } from '../../src/config/faults.ts'
import {
  boolean,
  choice,
  decimal,
  group,
  integer,
  json,
  list,
  map,
  type OptionTable,
  tagged,
  text,
} from '../../src/config/option.ts'
import { type OptionsOrigin, parseOptions } from '../../src/config/parse.ts'

const table = {
  topic: text({ summary: 'topic to read' }),
  timeoutMs: integer({ summary: 'longest wait', unit: 'milliseconds', default: 500 }, { min: 1, max: 60_000 }),
  level: choice(['low', 'high'], { summary: 'level', default: 'low' }),
  password: text(
    { summary: 'password', isSecret: true, isOptional: true },
    { regex: /^.{8,}$/, form: 'at least 8 characters' },
  ),
  batching: group(
    { maxRecords: integer({ summary: 'most records', default: 100 }, { min: 1 }) },
    { summary: 'batching' },
  ),
  start: tagged(
    { earliest: {}, at: { position: integer({ summary: 'position' }) } },
    { summary: 'start', isOptional: true },
  ),
  fields: list(
    group(
      { name: text({ summary: 'field name' }), weight: decimal({ summary: 'w', default: 1 }) },
      { summary: 'field' },
    ),
    { summary: 'fields', default: [] },
  ),
  headers: map(text({ summary: 'header' }), { summary: 'headers', default: {} }),
  isStrict: boolean({ summary: 'strict', default: false }),
}

function faultsOf(value: unknown, origin: OptionsOrigin = {}, options: OptionTable = table): readonly Fault[] {
  try {
    parseOptions(options, value, origin)
  } catch (thrown) {
    if (thrown instanceof ConfigFaults) return thrown.faults
    throw thrown
  }
  return []
}

describe('parseOptions', () => {
  it('fills in defaults', () => {
    expect(parseOptions(table, { topic: 'iris', fields: [{ name: 'a' }] }, {})).toEqual({
      topic: 'iris',
      timeoutMs: 500,
      level: 'low',
      batching: { maxRecords: 100 },
      fields: [{ name: 'a', weight: 1 }],
      headers: {},
      isStrict: false,
    })
  })

  it('reports every fault of a document with its place, in the order of the document', () => {
    const document = parseConfigDocument(
      [
        'slots:',
        '  0:',
        '    type: log',
        '    topik: iris',
        '    timeoutMs: 0',
        '    level: mid',
        '    batching: {maxRecord: 3}',
        '    fields:',
        '      - name: a',
        '      - {weight: heavy}',
      ].join('\n'),
      'engine.yaml',
    )
    const origin = { document, path: ['slots', 0], besides: ['type'] }
    const value = (document.value as { slots: unknown[] }).slots[0]
    const faults = faultsOf(value, origin)
    expect(faults.map(({ path, line, column, code }) => `${line}:${column} ${path} ${code}`)).toEqual([
      '2:3 slots.0.topic CONFIG_OPTION_MISSING',
      '4:5 slots.0.topik CONFIG_OPTION_UNKNOWN',
      '5:5 slots.0.timeoutMs CONFIG_OPTION_WRONG',
      '6:5 slots.0.level CONFIG_OPTION_WRONG',
      '7:16 slots.0.batching.maxRecord CONFIG_OPTION_UNKNOWN',
      '10:9 slots.0.fields.1.name CONFIG_OPTION_MISSING',
      '10:10 slots.0.fields.1.weight CONFIG_OPTION_WRONG',
    ])
    expect(faults.map(({ message }) => message)).toEqual([
      'engine.yaml:2:3: option "slots.0.topic" is missing: topic to read',
      'engine.yaml:4:5: unknown option "slots.0.topik"; did you mean "topic"?',
      'engine.yaml:5:5: option "slots.0.timeoutMs" is 0, expected integer from 1 to 60000 (milliseconds)',
      'engine.yaml:6:5: option "slots.0.level" is "mid", expected one of "low", "high"',
      'engine.yaml:7:16: unknown option "slots.0.batching.maxRecord"; did you mean "maxRecords"?',
      'engine.yaml:10:9: option "slots.0.fields.1.name" is missing: field name',
      'engine.yaml:10:10: option "slots.0.fields.1.weight" is "heavy", expected number',
    ])
  })

  it.each([
    ['a tag that is missing', { start: {} }, 'option "start.type" is missing: one of "earliest", "at"'],
    ['an unknown tag', { start: { type: 'end' } }, 'option "start.type" is "end", expected one of "earliest", "at"'],
    [
      'a tagged value that is no object',
      { start: 'at' },
      'option "start" is "at", expected object with type "earliest" or "at"',
    ],
    [
      'an option of another tag',
      { start: { type: 'earliest', position: 3 } },
      'unknown option "start.position"; known: type',
    ],
    [
      'an option inside a tagged value',
      { start: { type: 'at', position: 1.5 } },
      'option "start.position" is 1.5, expected integer',
    ],
    ['a fraction', { timeoutMs: 1.5 }, 'option "timeoutMs" is 1.5, expected integer from 1 to 60000 (milliseconds)'],
    ['a number in quotes', { timeoutMs: '5' }, 'option "timeoutMs" is "5", expected integer'],
    ['null', { topic: null }, 'option "topic" is null, expected text'],
    ['not a number', { timeoutMs: Number.NaN }, 'option "timeoutMs" is NaN, expected integer'],
    ['an item of a map', { headers: { a: 3 } }, 'option "headers.a" is 3, expected text'],
    ['a list that is none', { fields: 'a' }, 'option "fields" is "a", expected list of object'],
    ['an item that is no object', { fields: ['a'] }, 'option "fields.0" is "a", expected object'],
    ['a name of Object.prototype', { constructor: 1 }, 'unknown option "constructor"'],
    ['a long value', { level: 'x'.repeat(1000) }, `option "level" is "${'x'.repeat(96)}..., expected`],
  ])('names value and expectation of %s', (_case, value, message) => {
    const faults = faultsOf({ topic: 'iris', ...value })
    expect(faults).toHaveLength(1)
    expect(faults[0]?.message).toContain(message)
  })

  it.each([[null], ['text'], [3], [[]], [undefined]])('wants an object, not %j', (value) => {
    expect(faultsOf(value, { source: 'here' })[0]?.message).toMatch(/^here is .*, expected an object of options$/)
  })

  it('never shows a secret, not even inside a value that is wrong as a whole', () => {
    const nested: OptionTable = {
      list: list(group({ password: text({ summary: 's', isSecret: true }) }, { summary: 's' }), { summary: 's' }),
    }
    const all = [
      ...faultsOf({ topic: 'iris', password: 'hunter2' }),
      ...faultsOf({ list: { password: 'hunter2' } }, {}, nested),
      ...faultsOf({ list: [{ password: ['hunter2'] }] }, {}, nested),
      ...faultsOf({ list: [{ pasword: 'hunter2', password: '' }] }, {}, nested),
    ]
    expect(all).toHaveLength(4)
    for (const { message } of all) expect(message).not.toContain('hunter2')
  })

  it('says where options without a document come from', () => {
    const [fault] = faultsOf({}, { source: 'command line' })
    expect(fault).toEqual({
      code: 'CONFIG_OPTION_MISSING',
      path: 'topic',
      line: null,
      column: null,
      message: 'command line: option "topic" is missing: topic to read',
    })
  })

  it('wants a json option that has neither default nor absence, and takes any value for it', () => {
    const free = { value: json({ summary: 'any value' }) }
    expect(faultsOf({}, {}, free)[0]?.code).toBe('CONFIG_OPTION_MISSING')
    for (const value of [null, 0, '', false, [], { a: 1 }]) expect(parseOptions(free, { value }, {})).toEqual({ value })
  })
})
