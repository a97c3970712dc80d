import { describe, expect, it } from 'vitest'
import { group, json, list, map, tagged, text } from '../../src/config/option.ts'
import { redact, redactUrls } from '../../src/config/redact.ts'

const summary = 'something'
const plain = text({ summary })
const secret = text({ summary, isSecret: true })
const table = {
  plain,
  secret,
  isOptional: text({ summary, isSecret: true, isOptional: true }),
  group: group({ plain, secret, inner: group({ secret }, { summary }) }, { summary }),
  list: list(group({ secret, plain }, { summary }), { summary }),
  secrets: list(secret, { summary }),
  map: map(secret, { summary }),
  tagged: tagged({ none: {}, basic: { user: plain, password: secret } }, { summary }),
  json: json({ summary }),
}

describe('redact', () => {
  const shown = redact(table, {
    plain: 'p',
    secret: 'S1',
    group: { plain: 'p', secret: 'S2', inner: { secret: 'S3' } },
    list: [{ secret: 'S4', plain: 'p' }],
    secrets: ['S5', 'S6'],
    map: { a: 'S7' },
    tagged: { type: 'basic', user: 'u', password: 'S8' },
    json: { any: 1 },
    pasword: 'S9',
    nested: { deep: 'S10' },
  })

  it('masks secrets wherever they stand, and undeclared values, and nothing else', () => {
    expect(shown).toEqual({
      plain: 'p',
      secret: '*****',
      group: { plain: 'p', secret: '*****', inner: { secret: '*****' } },
      list: [{ secret: '*****', plain: 'p' }],
      secrets: ['*****', '*****'],
      map: { a: '*****' },
      tagged: { type: 'basic', user: 'u', password: '*****' },
      json: { any: 1 },
      pasword: '*****',
      nested: '*****',
    })
  })

  it('masks a tagged value whose type it does not know', () => {
    expect(redact(table, { tagged: { type: 'basik', password: 'S' } })).toEqual({
      tagged: { type: 'basik', password: '*****' },
    })
  })

  it('leaves absent values absent', () => {
    expect(redact(table, { isOptional: undefined })).toEqual({ isOptional: undefined })
  })

  it('masks the password of a URL in any text', () => {
    expect(redact(table, { plain: 'amqp://guest:hidden@localhost:5672/x' })).toEqual({
      plain: 'amqp://guest:*****@localhost:5672/x',
    })
    expect(redactUrls('http://localhost:80/a@b')).toBe('http://localhost:80/a@b')
  })
})
