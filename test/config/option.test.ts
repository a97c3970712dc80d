import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  boolean,
  choice,
  decimal,
  group,
  integer,
  isRequired,
  json,
  jsonSchemaOf,
  list,
  map,
  type OptionValues,
  objectSchema,
  tagged,
  text,
} from '../../src/config/option.ts'

const summary = 'something'

const table = {
  topic: text({ summary, examples: ['iris'] }),
  group: text({ summary, isOptional: true }),
  timeoutMs: integer({ summary, unit: 'milliseconds', default: 500 }, { min: 1, max: 9 * 1000 }),
  ratio: decimal({ summary, default: 0 }, { min: 0, max: 1 }),
  isStrict: boolean({ summary, default: false }),
  level: choice(['low', 'high'], { summary, default: 'low' }),
  side: choice(['left', 'right'], { summary, isOptional: true }),
  names: list(text({ summary }), { summary, default: [] }),
  weights: map(decimal({ summary }), { summary, isOptional: true }),
  anything: json({ summary, default: null }),
  password: text({ summary, isSecret: true, isOptional: true }),
  batching: group(
    { maxRecords: integer({ summary, default: 100 }), maxWaitMs: integer({ summary, isOptional: true }) },
    { summary },
  ),
  start: tagged(
    { earliest: {}, at: { position: integer({ summary }), unit: text({ summary, isOptional: true }) } },
    { summary, isOptional: true },
  ),
}
type Values = OptionValues<typeof table>

describe('types of option values', () => {
  it('are what validation yields: required and defaulted ones present, optional ones possibly absent', () => {
    expectTypeOf<Values['topic']>().toEqualTypeOf<string>()
    expectTypeOf<Values['group']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Values['timeoutMs']>().toEqualTypeOf<number>()
    expectTypeOf<Values['isStrict']>().toEqualTypeOf<boolean>()
    expectTypeOf<Values['level']>().toEqualTypeOf<'low' | 'high'>()
    expectTypeOf<Values['side']>().toEqualTypeOf<'left' | 'right' | undefined>()
    expectTypeOf<Values['names']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<Values['weights']>().toEqualTypeOf<Readonly<Record<string, number>> | undefined>()
    expectTypeOf<Values['anything']>().toEqualTypeOf<unknown>()
    expectTypeOf<Values['batching']>().toEqualTypeOf<{
      readonly maxRecords: number
      readonly maxWaitMs?: number | undefined
    }>()
    type Start =
      | { readonly type: 'earliest' }
      | { readonly type: 'at'; readonly position: number; readonly unit?: string | undefined }
      | undefined
    expectTypeOf<Start>().toExtend<Values['start']>()
    expectTypeOf<Values['start']>().toExtend<Start>()
  })

  it('let a tagged value be narrowed by its type', () => {
    const position = (start: NonNullable<Values['start']>) => {
      expectTypeOf(start.type).toEqualTypeOf<'earliest' | 'at'>()
      return start.type === 'at' ? start.position : 0
    }
    expect(position({ type: 'at', position: 7 })).toBe(7)
  })

  it('can be written by hand without naming the optional ones, under exactOptionalPropertyTypes too', () => {
    const values = {
      timeoutMs: 1,
      ratio: 0,
      isStrict: true,
      level: 'low',
      names: [],
      batching: { maxRecords: 1 },
    } as const
    expectTypeOf<typeof values & { topic: string }>().toExtend<Values>()
    expectTypeOf<typeof values & { topic: string; group: undefined }>().toExtend<Values>()
    expectTypeOf<typeof values>().not.toExtend<Values>()
  })

  it('refuse defaults and examples of another type', () => {
    // @ts-expect-error a default of a text is text
    text({ summary, default: 3 })
    // @ts-expect-error a default of a choice is one of its words
    choice(['low', 'high'], { summary, default: 'middle' })
    // @ts-expect-error every option has a summary
    integer({ default: 3 })
  })
})

describe('defaults', () => {
  it('are filled in, at every depth and where a whole group is absent', () => {
    expect(objectSchema(table).parse({ topic: 'iris' })).toEqual({
      topic: 'iris',
      timeoutMs: 500,
      ratio: 0,
      isStrict: false,
      level: 'low',
      names: [],
      anything: null,
      batching: { maxRecords: 100 },
    })
  })

  it('give way to any given value, 0, false, null and empty ones included', () => {
    const given = {
      topic: '',
      timeoutMs: 1,
      ratio: 0.5,
      isStrict: true,
      level: 'high',
      names: ['a'],
      anything: 0,
      batching: { maxRecords: 0 },
    }
    expect(objectSchema(table).parse(given)).toEqual(given)
  })

  it('leave a group required as long as one of its options is', () => {
    const inner = group({ host: text({ summary }) }, { summary })
    expect(isRequired(inner)).toBe(true)
    expect(isRequired(table.batching)).toBe(false)
    expect(isRequired(table.group)).toBe(false)
    expect(isRequired(table.ratio)).toBe(false)
    expect(isRequired(table.topic)).toBe(true)
  })
})

describe('jsonSchemaOf', () => {
  const schema = jsonSchemaOf(table) as { required: string[]; properties: Record<string, Record<string, unknown>> }

  it('requires exactly the options that are required', () => {
    expect(schema.required).toEqual(['topic'])
  })

  it('describes options at every depth, with units, defaults, limits and secrets', () => {
    expect(schema.properties['timeoutMs']).toMatchObject({
      description: 'something (milliseconds)',
      default: 500,
      minimum: 1,
      maximum: 9000,
    })
    expect(schema.properties['password']).toMatchObject({ writeOnly: true })
    expect(schema.properties['topic']).toMatchObject({ examples: ['iris'] })
    expect(schema.properties['batching']).toMatchObject({
      additionalProperties: false,
      properties: { maxRecords: { description: summary, default: 100 } },
    })
  })

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
  })
})

describe('text of a stated form', () => {
  it('accepts what the form allows only', () => {
    const schema = objectSchema({ name: text({ summary }, { regex: /^[a-z]+$/, form: 'lower-case letters' }) })
    expect(schema.safeParse({ name: 'abc' }).success).toBe(true)
    expect(schema.safeParse({ name: 'aBc' }).success).toBe(false)
  })
})
