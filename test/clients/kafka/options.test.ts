import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kafkaClusterOptions, kafkaDomain, kafkaSettingsOf } from '../../../src/clients/kafka/options.ts'
import { parseOptions } from '../../../src/config/parse.ts'
import { redact } from '../../../src/config/redact.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const parse = (value: unknown) => parseOptions(kafkaClusterOptions, value, { source: 'test' })
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

test('say nothing and you reach the broker of this machine, without encryption', () => {
  expect(kafkaSettingsOf(parse({}), '/')).toEqual({
    bootstrapServers: ['127.0.0.1:9092'],
    clientId: 'millrace',
    tls: null,
    sasl: null,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 30_000,
  })
})

test('certificates are files beside the document or PEM texts, and secrets stand in place of their references', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'ca.pem'), PEM)
  writeFileSync(join(folder, 'kafka-password'), 'hush\n')
  const values = parse({
    tls: { ca: 'ca.pem', certificate: PEM },
    sasl: { type: 'scram-sha-512', username: 'ann', password: 'secret://kafka-password' },
  })
  const { tls, sasl } = kafkaSettingsOf(values, folder, { folder })
  expect(tls).toMatchObject({ ca: PEM, certificate: PEM, key: null, verifiesServer: true })
  expect(sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'ann', password: 'hush' })
  expect(() => kafkaSettingsOf(parse({ tls: { ca: 'none.pem' } }), folder)).toThrow(join(folder, 'none.pem'))
})

test('a token has extensions or none; passwords and tokens are not shown', () => {
  const values = parse({ sasl: { type: 'oauthbearer', token: 'abc', extensions: { tenant: 'a' } } })
  expect(kafkaSettingsOf(values, '/').sasl).toEqual({
    mechanism: 'OAUTHBEARER',
    token: 'abc',
    extensions: { tenant: 'a' },
  })
  expect(JSON.stringify(redact(kafkaClusterOptions, values))).not.toContain('abc')
})

test('a cluster has one domain whatever the order of its servers', () => {
  expect(kafkaDomain(['b:1', 'a:1'])).toBe(kafkaDomain(['a:1', 'b:1']))
})
