import { describe, expect, it } from 'vitest'
import { group, integer, list, map, tagged, text } from '../../src/config/option.ts'
import { referenceOf } from '../../src/config/reference.ts'

const summary = 'something'
const name = text({ summary })
const rows = referenceOf({
  topic: text({ summary, since: '0.1.0', examples: ['iris'] }),
  waitMs: integer({ summary, unit: 'milliseconds', default: 0, deprecated: 'use "timeoutMs"' }),
  password: text({ summary, isSecret: true, default: 'changeme' }),
  fields: list(group({ name }, { summary }), { summary }),
  tables: map(group({ name }, { summary }), { summary }),
  start: tagged({ earliest: {}, at: { position: integer({ summary }) } }, { summary }),
})

describe('referenceOf', () => {
  it('has a row per option at every depth', () => {
    expect(rows.map((row) => row.name)).toEqual([
      'topic',
      'waitMs',
      'password',
      'fields',
      'fields[].name',
      'tables',
      'tables.*.name',
      'start',
      'start.position',
    ])
  })

  it('carries the facets', () => {
    expect(rows[0]).toMatchObject({ isRequired: true, default: null, since: '0.1.0', examples: ['"iris"'] })
    expect(rows[1]).toMatchObject({
      isRequired: false,
      default: '0',
      unit: 'milliseconds',
      deprecated: 'use "timeoutMs"',
    })
    expect(rows.at(-1)).toMatchObject({ when: 'at', type: 'integer' })
  })

  it('does not print a secret default', () => {
    expect(JSON.stringify(rows)).not.toContain('changeme')
  })
})
