import { validateHeaderName, validateHeaderValue } from 'node:http'
import { expect, test } from 'vitest'
import { decodeHeaders, encodeHeaders, REQUEST_HEADER } from '../../src/core/headers.ts'
import { encodedHeadersOf, httpHeadersOf, recordHeadersOf } from '../../src/server/record-headers.ts'
import { seeded } from '../random.ts'

test('whatever headers a record has, what is passed on is allowed in HTTP and can be decoded', () => {
  const random = seeded(9)
  const pick = (letters: string) => letters[Math.floor(random() * letters.length)] as string
  for (let round = 0; round < 500; round++) {
    const name = Array.from({ length: 1 + random() * 5 }, () => pick('abZ9-_ :é\r\n\0')).join('')
    const value = Array.from({ length: random() * 8 }, () => pick('az 09%"\r\n\0é葡\u007f')).join('')
    const headers = httpHeadersOf(encodeHeaders([[name, value]]))
    for (const [own, text] of Object.entries(headers)) {
      validateHeaderName(own)
      validateHeaderValue(own, text)
      expect(decodeURIComponent(text)).toBe(value)
    }
    if (/^[\w-]+$/.test(name)) expect(Object.keys(headers).length).toBe(1)
  }
})

test('the stamp is spelled as HTTP headers are; the id of a request and long values stay inside', () => {
  const headers = encodeHeaders([
    ['modelPosition', 'models/0@12'],
    ['version', '3'],
    [REQUEST_HEADER, 'abc'],
    ['long', 'x'.repeat(2000)],
  ])
  expect(httpHeadersOf(headers)).toEqual({ 'millrace-model-position': 'models/0@12', 'millrace-version': '3' })
  const many = encodeHeaders(Array.from({ length: 100 }, (_, i) => [`h${i}`, 'v'] as const))
  expect(Object.keys(httpHeadersOf(many)).length).toBe(50)
})

test('a request gives its record the headers with our prefix, but none of our own names', () => {
  const headers = {
    host: 'a',
    'millrace-region': 'north',
    'millrace-': 'nameless',
    'millrace-millrace-code': 'forged',
    'millrace-list': 'a, b',
  }
  expect(recordHeadersOf(headers)).toEqual([
    ['region', 'north'],
    ['list', 'a, b'],
  ])
  expect(decodeHeaders(encodedHeadersOf(headers)).get('region')?.toString()).toBe('north')
  expect(encodedHeadersOf({ host: 'a' })).toBeNull()
})
