import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { boolean, group, integer, list, map, type OptionValues, tagged, text } from '../../config/option.ts'
import { defaultSecretsFolder, resolveSecrets, type SecretSource } from '../../config/secrets.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { KafkaSettings, SaslSettings, TlsSettings } from './settings.ts'

// Loaded with every engine file: nothing here may import the library.

const server = text({ summary: 'a broker', since: '0.1.0' })
const extension = text({ summary: 'value of an extension', since: '0.1.0' })

const password = {
  username: text({ summary: 'name of the user', since: '0.1.0' }),
  password: text({ summary: 'password of the user', isSecret: true, since: '0.1.0', examples: ['secret://kafka'] }),
}

/** Options that say how a cluster is reached: the same for streams, checkpoints and commands. */
export const kafkaClusterOptions = {
  bootstrapServers: list(server, {
    summary: 'brokers to begin with, as host:port; one that answers is enough',
    default: ['127.0.0.1:9092'],
    since: '0.1.0',
    examples: [['kafka-1:9092', 'kafka-2:9092']],
  }),
  clientId: text({
    summary: 'name under which the brokers log and limit this client',
    default: 'millrace',
    since: '0.1.0',
  }),
  tls: group(
    {
      ca: text({
        summary: 'file with the certificates that the server must be signed by, or their PEM text',
        isOptional: true,
        since: '0.1.0',
      }),
      certificate: text({
        summary: 'file with the certificate of this client, or its PEM text',
        isOptional: true,
        since: '0.1.0',
      }),
      key: text({
        summary: 'file with the private key of this client, or its PEM text',
        isOptional: true,
        isSecret: true,
        since: '0.1.0',
      }),
      passphrase: text({
        summary: 'passphrase of the private key',
        isOptional: true,
        isSecret: true,
        since: '0.1.0',
      }),
      serverName: text({
        summary: 'name that the certificate of the server must carry, where it is not the one it is reached by',
        isOptional: true,
        since: '0.1.0',
      }),
      verifiesServer: boolean({
        summary: 'whether the certificate of the server is checked; false is for experiments only',
        default: true,
        since: '0.1.0',
      }),
    },
    { summary: 'encrypts the connections; {} takes the certificates of the runtime', isOptional: true, since: '0.1.0' },
  ),
  sasl: tagged(
    {
      plain: password,
      'scram-sha-256': password,
      'scram-sha-512': password,
      oauthbearer: {
        token: text({ summary: 'the token', isSecret: true, since: '0.1.0', examples: ['secret://kafka-token'] }),
        extensions: map(extension, { summary: 'extensions of the mechanism', isOptional: true, since: '0.1.0' }),
      },
    },
    { summary: 'proves to the brokers who this client is', isOptional: true, since: '0.1.0' },
  ),
  connectTimeoutMs: integer(
    {
      summary: 'longest time that making a connection takes',
      unit: 'milliseconds',
      default: 5_000,
      since: '0.1.0',
    },
    { min: 1 },
  ),
  requestTimeoutMs: integer(
    {
      summary: 'longest time that a broker may take to answer',
      unit: 'milliseconds',
      default: 30_000,
      since: '0.1.0',
    },
    { min: 1 },
  ),
}

/** Values of the options that say how a cluster is reached. */
export type KafkaClusterValues = OptionValues<typeof kafkaClusterOptions>

const mechanisms = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

/**
 * What a client is opened with: secrets in place of their references, PEM texts in place of files, which are relative to
 * `baseFolder`. Called at open, never for showing.
 */
export function kafkaSettingsOf(
  values: KafkaClusterValues,
  baseFolder: string,
  secrets: SecretSource = { folder: defaultSecretsFolder(process.env) },
): KafkaSettings {
  const { bootstrapServers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs } = resolveSecrets(values, secrets)
  return {
    bootstrapServers,
    clientId,
    tls: tls ? tlsOf(tls, baseFolder) : null,
    sasl: sasl ? saslOf(sasl) : null,
    connectTimeoutMs,
    requestTimeoutMs,
  }
}

/** Name of the transaction domain of a cluster: equal servers in any order give equal names. */
export function kafkaDomain(bootstrapServers: readonly string[]): string {
  return `kafka:${[...bootstrapServers].sort().join(',')}`
}

function tlsOf(tls: NonNullable<KafkaClusterValues['tls']>, baseFolder: string): TlsSettings {
  const pem = (value: string | undefined) => (value === undefined ? null : pemOf(value, baseFolder))
  return {
    ca: pem(tls.ca),
    certificate: pem(tls.certificate),
    key: pem(tls.key),
    passphrase: tls.passphrase ?? null,
    serverName: tls.serverName ?? null,
    verifiesServer: tls.verifiesServer,
  }
}

function pemOf(value: string, baseFolder: string): string {
  if (value.includes('-----BEGIN')) return value
  const path = resolve(baseFolder, value)
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new MillraceError('CLIENT_KAFKA_CERTIFICATE_MISSING', { path, reason: reasonOf(thrown) }, thrown)
  }
}

function saslOf(sasl: NonNullable<KafkaClusterValues['sasl']>): SaslSettings {
  if (sasl.type === 'oauthbearer')
    return { mechanism: 'OAUTHBEARER', token: sasl.token, extensions: sasl.extensions ?? null }
  return { mechanism: mechanisms[sasl.type], username: sasl.username, password: sasl.password }
}
