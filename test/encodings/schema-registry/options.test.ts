import { expect, test } from 'vitest'
import { registrySettings, subjectOf } from '../../../src/encodings/schema-registry/options.ts'
import { registryOptions } from './registry-world.ts'

const settings = (urls: readonly string[], more: object = {}) =>
  registrySettings(registryOptions(urls, more), '/absent', 'e.yaml: encoding')

test.each([
  [[], {}, '"urls" is empty'],
  [['registry:8081'], {}, '"registry:8081" is not a URL of http or https'],
  [['http://a:b@c'], {}, 'a URL holds a user, expected it in "auth"'],
  [['https://c'], { tls: { ca: 'ca.pem' } }, 'ENOENT'],
])('%j with %j is refused', (urls, more, message) => {
  expect(() => settings(urls, more)).toThrow('e.yaml: encoding.registry: ')
  expect(() => settings(urls, more)).toThrow(message)
})

test('certificates may stand in the options, and the path of a URL is kept', () => {
  const ca = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'
  const found = settings(['https://c/apis/ccompat/v7'], { tls: { ca, verifiesServer: false } })
  expect(found.tls).toEqual({ ca, rejectUnauthorized: false })
  expect(found.urls[0]?.href).toBe('https://c/apis/ccompat/v7/')
})

test('subjects are named by the strategies of Confluent', () => {
  const subject = (more: object, name: string | null = 'ns.Order') =>
    subjectOf(registryOptions('http://a', more), 'orders', name, 'e')
  expect(subject({})).toBe('orders-value')
  expect(subject({ subjectStrategy: 'record' })).toBe('ns.Order')
  expect(subject({ subjectStrategy: 'topic-record' })).toBe('orders-ns.Order')
  expect(subject({ subject: 'mine', subjectStrategy: 'record' })).toBe('mine')
  expect(() => subject({ subjectStrategy: 'record' }, null)).toThrow('needs the name of a record')
})
