import { pbkdf2Sync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alterUserScramCredentialsV0 } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { freePorts } from '../../src/clients/local-kafka/free-ports.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import { openCluster } from '../../src/transports/kafka/cluster.ts'
import { openKafkaReader } from '../../src/transports/kafka/reader.ts'
import { openKafkaWriter } from '../../src/transports/kafka/writer.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type KafkaClusterService, kafkaCluster } from '../support/kafka.ts'
import { clusterOf, kafkaOptions, readTexts } from '../support/kafka-transport.ts'
import { contextFor } from '../support/transport-context.ts'

/*
 * A broker with listeners for TLS (with and without a certificate of the client), SASL, and both; what is tried is the transport, from
 * its options to records that come back.
 */
const folder = mkdtempSync(join(tmpdir(), 'millrace-secured-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** Null, and a reason, where there is no openssl. */
const certificates = (() => {
  try {
    return makeCertificates(folder)
  } catch (thrown) {
    const reason = (thrown as { code?: string }).code === 'ENOENT' ? 'there is no openssl on the path' : null
    if (reason === null || process.env['CI'] === 'true') throw thrown
    console.log(`the suite with a secured Kafka is skipped: ${reason}`)
    return null
  }
})()
if (certificates !== null) {
  writeFileSync(join(folder, 'keystore.pem'), `${certificates.server.key}${certificates.server.certificate}`)
  for (const name of ['client', 'server'] as const) writeFileSync(join(folder, `${name}.key`), certificates[name].key)
}

const protocols = { TLS: 'SSL', MUTUAL: 'SSL', SASL: 'SASL_PLAINTEXT', BOTH: 'SASL_SSL' }
const loginModule = (name: string, more = '') => `org.apache.kafka.common.security.${name}LoginModule required${more};`
const jaas = {
  plain: loginModule('plain.Plain', ' user_anna="plain secret"'),
  'scram-sha-256': loginModule('scram.Scram'),
  'scram-sha-512': loginModule('scram.Scram'),
  oauthbearer: loginModule('oauthbearer.OAuthBearer', ' unsecuredLoginStringClaim_sub="broker"'),
}

const propertiesOf = (added: string) => ({
  listeners: added,
  'advertised.listeners': added,
  'listener.security.protocol.map': Object.entries(protocols)
    .map(([name, protocol]) => `,${name}:${protocol}`)
    .join(''),
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': join(folder, 'keystore.pem'),
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': join(folder, 'ca.pem'),
  'listener.name.mutual.ssl.client.auth': 'required',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'listener.name.sasl.scram-sha-256.connections.max.reauth.ms': '1500',
  ...Object.fromEntries(
    ['sasl', 'both'].flatMap((listener) =>
      Object.entries(jaas).map(([name, value]) => [`listener.name.${listener}.${name}.sasl.jaas.config`, value]),
    ),
  ),
})

/** Another process may take a port between its choice and the broker's start: then others are tried. */
async function startSecured() {
  if (certificates === null) return { kafka: null, ports: [0, 0, 0, 0] as const }
  for (let attempt = 1; ; attempt++) {
    const ports = (await freePorts(4)) as [number, number, number, number]
    const added = Object.keys(protocols).map((name, i) => `,${name}://127.0.0.1:${ports[i]}`)
    try {
      return { kafka: await kafkaCluster({ brokers: 1, properties: propertiesOf(added.join('')) }), ports }
    } catch (thrown) {
      if (attempt === 3) throw thrown
    }
  }
}

const { kafka: started, ports } = await startSecured()
const [tlsPort, mutualPort, saslPort, bothPort] = ports

describe.skipIf(started === null || started.reason !== null)('a secured broker', () => {
  const kafka = started as KafkaClusterService
  let topic = ''
  beforeAll(async () => {
    topic = await kafka.topic('secured')
    await makeScramUsers()
  }, 120_000)

  /** The users of SCRAM are kept by the brokers, as salted passwords. */
  async function makeScramUsers(): Promise<void> {
    const cluster = clusterOf(kafka.bootstrapServers)
    const salt = Buffer.from('salt of this test')
    const [iterations, sizes] = [4096, { sha256: 32, sha512: 64 }]
    const users = (['sha256', 'sha512'] as const).map((hash, i) => ({
      ...{ name: `berta-${hash}`, mechanism: i + 1, iterations, salt },
      saltedPassword: pbkdf2Sync('scram secret', salt, iterations, sizes[hash], hash),
    }))
    const connection = await cluster.shared('any')
    await connection.call(api('AlterUserScramCredentials', [alterUserScramCredentialsV0.api]), [], users)
    await cluster.close()
    for (const { name } of users) await untilKnown(name)
  }

  /** The listeners learn of a user a moment after the controller. */
  async function untilKnown(username: string): Promise<void> {
    const mechanism = username.endsWith('256') ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512'
    const sasl = { mechanism, username, password: 'scram secret' } as const
    const login = async () => {
      const one = new KafkaCluster(kafkaSettings([`127.0.0.1:${saslPort}`], { sasl }))
      return await one
        .shared('any')
        .then(() => 'known', String)
        .finally(() => one.close())
    }
    const deadline = systemClock.monotonicMs() + 60_000
    for (let last = await login(); last !== 'known'; last = await login()) {
      if (systemClock.monotonicMs() > deadline) throw new Error(`${username} cannot log in: ${last}`)
      await systemClock.sleep(50)
    }
  }

  /** Writes a record and reads it back; several of this suite may be in the topic. */
  async function roundTrip(port: number, options: object): Promise<string[]> {
    const values = kafkaOptions({ bootstrapServers: [`127.0.0.1:${port}`], topic, ...options })
    const context = contextFor({ baseFolder: folder })
    const writer = await openKafkaWriter(values, context)
    const reader = await openKafkaReader(values, { ...context, start: 'latest' }, '', null)
    try {
      await writer.write(framesOf(columnOf([Buffer.from(`to ${port}`)])), null)
      await writer.flush()
      return await readTexts(reader, 1)
    } finally {
      await Promise.all([reader.close(), writer.close()])
    }
  }

  const tls = { ca: 'ca.pem' }
  const token = (name: string, fromNow = 0) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000) + fromNow
    return `${part({ alg: 'none' })}.${part({ sub: name, iat: now, exp: now + 3600 })}.`
  }
  const ways: readonly (readonly [string, number, object])[] = [
    ['TLS with an authority in a file', tlsPort, { tls }],
    ['TLS with the authority as text', tlsPort, { tls: { ca: certificates?.ca } }],
    ['TLS without a check of the server', tlsPort, { tls: { verifiesServer: false } }],
    [
      'TLS with a certificate of the client',
      mutualPort,
      { tls: { ...tls, certificate: 'client.pem', key: 'client.key' } },
    ],
    ['SASL PLAIN', saslPort, { sasl: { type: 'plain', username: 'anna', password: 'plain secret' } }],
    [
      'SCRAM-SHA-256',
      saslPort,
      { sasl: { type: 'scram-sha-256', username: 'berta-sha256', password: 'scram secret' } },
    ],
    [
      'SCRAM-SHA-512',
      saslPort,
      { sasl: { type: 'scram-sha-512', username: 'berta-sha512', password: 'scram secret' } },
    ],
    ['OAUTHBEARER', saslPort, { sasl: { type: 'oauthbearer', token: token('clara') } }],
    [
      'TLS and SCRAM-SHA-512',
      bothPort,
      { tls, sasl: { type: 'scram-sha-512', username: 'berta-sha512', password: 'scram secret' } },
    ],
    ['TLS and OAUTHBEARER', bothPort, { tls, sasl: { type: 'oauthbearer', token: token('clara') } }],
  ]

  test.each(ways)('takes and gives records by %s', async (_way, port, options) => {
    expect(await roundTrip(port, options)).toEqual([`to ${port}`])
  })

  const wrong: readonly (readonly [string, number, object, string])[] = [
    ['an authority that nobody knows', tlsPort, { tls: {} }, 'certificate'],
    ['no certificate where one is asked for', mutualPort, { tls }, ''],
    [
      'a wrong password',
      saslPort,
      { sasl: { type: 'plain', username: 'anna', password: 'x' } },
      'SASL authentication failed',
    ],
    [
      'a wrong SCRAM password',
      saslPort,
      { sasl: { type: 'scram-sha-256', username: 'berta-sha256', password: 'x' } },
      '',
    ],
    [
      'a token whose time is over',
      saslPort,
      { sasl: { type: 'oauthbearer', token: token('clara', -7200) } },
      'the token is refused',
    ],
  ]

  test.each(wrong)('refuses %s, and says so without the secret', async (_what, port, options, reason) => {
    const refused = roundTrip(port, options)
    await expect(refused).rejects.toMatchObject({ code: 'CLIENT_KAFKA_AUTH', message: expect.stringContaining(reason) })
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
  })

  test('takes and gives every record once, in order, while sessions end and others begin', async () => {
    const own = await kafka.topic('sessions')
    const sasl = { type: 'scram-sha-256', username: 'berta-sha256', password: 'scram secret' }
    const values = kafkaOptions({ bootstrapServers: [`127.0.0.1:${saslPort}`], topic: own, sasl })
    const context = contextFor({ baseFolder: folder })
    const writer = await openKafkaWriter(values, context)
    const reader = await openKafkaReader(values, context, '', null)
    const cluster = openCluster(values, context)
    const sessions = new Set([await cluster.shared('any')])
    try {
      for (let i = 0; sessions.size < 4; i++) {
        await Promise.all([1, 2, 3].map(() => cluster.topics()))
        sessions.add(await cluster.shared('any'))
        await writer.write(framesOf(columnOf([Buffer.from(`record ${i}`)])), null)
        await writer.flush()
        expect(await readTexts(reader, 1)).toEqual([`record ${i}`])
      }
      const [first] = sessions
      await first?.retire()
      expect(first?.isUsable).toBe(false)
    } finally {
      await Promise.all([reader.close(), writer.close(), cluster.close()])
    }
  })

  test('takes a secret from its file, and a certificate that is not there is told by its path', async () => {
    writeFileSync(join(folder, 'password'), 'plain secret\n')
    const sasl = { type: 'plain', username: 'anna', password: `secret://${join(folder, 'password')}` }
    expect(await roundTrip(saslPort, { sasl })).toEqual([`to ${saslPort}`])
    await expect(roundTrip(tlsPort, { tls: { ca: 'missing.pem' } })).rejects.toThrow(join(folder, 'missing.pem'))
  })
})
