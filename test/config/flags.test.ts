import { parseArgs } from 'node:util'
import { describe, expect, it } from 'vitest'
import { argumentsOf, flagsOf, valuesOfFlags } from '../../src/config/flags.ts'
import { boolean, choice, decimal, group, integer, list, map, tagged, text } from '../../src/config/option.ts'
import { parseOptions } from '../../src/config/parse.ts'

const summary = 'something'
const table = {
  topic: text({ summary }),
  timeoutMs: integer({ summary, unit: 'milliseconds', default: 500 }),
  isStrict: boolean({ summary, default: true }),
  level: choice(['low', 'high'], { summary, isOptional: true }),
  weights: list(decimal({ summary }), { summary, default: [] }),
  headers: map(text({ summary }), { summary, default: {} }),
  batching: group({ maxRecords: integer({ summary, default: 100 }) }, { summary }),
  start: tagged({ earliest: {}, at: { position: integer({ summary }) } }, { summary, isOptional: true }),
  token: text({ summary, isSecret: true, isOptional: true }),
}
const flags = flagsOf(table)

function read(...args: string[]) {
  const { values } = parseArgs({ args, options: argumentsOf(flags), allowNegative: true })
  return parseOptions(table, valuesOfFlags(flags, values), { source: 'command line' })
}

describe('flagsOf', () => {
  it('gives one flag per option in kebab case, groups with a dot', () => {
    expect(flags.map(({ name }) => name)).toEqual([
      'topic',
      'timeout-ms',
      'is-strict',
      'level',
      'weights',
      'headers',
      'batching.max-records',
      'start',
      'token',
    ])
  })

  it('carries what help prints', () => {
    expect(flags[1]).toMatchObject({
      type: 'integer',
      unit: 'milliseconds',
      default: '500',
      isRequired: false,
      summary,
    })
    expect(flags[0]).toMatchObject({ default: null, isRequired: true, isSecret: false })
    expect(flags.at(-1)).toMatchObject({ isSecret: true, isRequired: false })
  })
})

describe('valuesOfFlags', () => {
  it('converts texts by the type of the option', () => {
    const given = ['--topic', '12', '--timeout-ms', '7', '--no-is-strict', '--weights', '1', '--weights=-2.5']
    const more = [
      '--headers',
      'a=b=c',
      '--headers',
      'd=',
      '--batching.max-records',
      '3',
      '--start',
      '{"type":"at","position":3}',
    ]
    expect(read(...given, ...more)).toEqual({
      topic: '12',
      timeoutMs: 7,
      isStrict: false,
      weights: [1, -2.5],
      headers: { a: 'b=c', d: '' },
      batching: { maxRecords: 3 },
      start: { type: 'at', position: 3 },
    })
  })

  it('gives defaults where a flag is absent', () => {
    expect(read('--topic', 't')).toMatchObject({
      timeoutMs: 500,
      isStrict: true,
      weights: [],
      batching: { maxRecords: 100 },
    })
  })

  it.each([
    ['--timeout-ms', 'soon', 'option "timeoutMs" is "soon", expected integer (milliseconds)'],
    ['--timeout-ms', '', 'option "timeoutMs" is "", expected integer (milliseconds)'],
    ['--start', '{bad', 'option "start" is "{bad", expected object with type'],
    ['--level', 'mid', 'expected one of "low", "high"'],
    ['--headers', 'alone', 'option "headers.alone" is missing'],
  ])('leaves %s %j to validation', (flag, value, message) => {
    expect(() => read('--topic', 't', flag, value)).toThrow(message)
  })
})
