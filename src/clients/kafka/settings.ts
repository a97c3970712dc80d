/** TLS of a connection; PEM texts, not paths. */
export interface TlsSettings {
  /** Certificates that the server's must be signed by; null takes those of the runtime. */
  readonly ca: string | null
  /** Certificate and key of this client, for servers that ask for one. */
  readonly certificate: string | null
  readonly key: string | null
  readonly passphrase: string | null
  /** Name that the server's certificate must carry; null takes the name it is reached by. */
  readonly serverName: string | null
  /** False accepts any certificate: for experiments only. */
  readonly verifiesServer: boolean
}

/** How this client proves who it is. */
export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'OAUTHBEARER'
      /** The token, or what yields a fresh one; it is asked at each connection and at each renewal. */
      readonly token: string | (() => string | Promise<string>)
      readonly extensions: Readonly<Record<string, string>> | null
    }

/**
 * How a cluster is reached.
 *
 * Example: bootstrapServers ['kafka-1:9092', 'kafka-2:9092'], clientId 'millrace', tls null, sasl null, connectTimeoutMs 5000,
 * requestTimeoutMs 30000.
 */
export interface KafkaSettings {
  /** `host:port` of some of the brokers; one that answers is enough. */
  readonly bootstrapServers: readonly string[]
  /** Name under which the servers log and limit this client. */
  readonly clientId: string
  readonly tls: TlsSettings | null
  readonly sasl: SaslSettings | null
  readonly connectTimeoutMs: number
  /** A request without an answer for so long ends its connection. */
  readonly requestTimeoutMs: number
}

/** Settings for the servers alone; the rest are the defaults. */
export function kafkaSettings(
  bootstrapServers: readonly string[],
  other: Partial<Omit<KafkaSettings, 'bootstrapServers'>> = {},
): KafkaSettings {
  return {
    bootstrapServers,
    clientId: 'millrace',
    tls: null,
    sasl: null,
    connectTimeoutMs: 5000,
    requestTimeoutMs: 30_000,
    ...other,
  }
}

/** `host:port` of a server that stands alone, with or without brackets around an IPv6 address; port 9092 when there is none. */
export function parseServer(server: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(server.trim())
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? 9092 : Number(match[3])
  if (match === null || host === undefined || host === '' || port < 1 || port > 65_535)
    return { host: server, port: -1 }
  return { host, port }
}
