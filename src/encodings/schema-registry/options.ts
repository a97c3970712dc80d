import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { boolean, choice, group, integer, list, type OptionValues, tagged, text } from '../../config/option.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'

/** Options of a schema registry: the same for every encoding that it serves. */
export const registryTable = {
  urls: list(text({ summary: 'a registry' }), {
    summary: 'URLs of the registry; one that does not answer is followed by the next',
    examples: [['https://registry-1:8081', 'https://registry-2:8081']],
  }),
  auth: tagged(
    {
      basic: {
        username: text({ summary: 'name of the user' }),
        password: text({ summary: 'password of the user', isSecret: true, examples: ['secret://registry'] }),
      },
      bearer: { token: text({ summary: 'the token', isSecret: true, examples: ['secret://registry-token'] }) },
    },
    { summary: 'proves to the registry who this client is', isOptional: true },
  ),
  tls: group(
    {
      ca: text({
        summary: 'file with the certificates that the server must be signed by, or their PEM text',
        isOptional: true,
      }),
      certificate: text({ summary: 'file with the certificate of this client, or its PEM text', isOptional: true }),
      key: text({ summary: 'file with its private key, or its PEM text', isOptional: true, isSecret: true }),
      verifiesServer: boolean({ summary: 'whether the certificate of the server is checked', default: true }),
    },
    { summary: 'how https connections are made', isOptional: true },
  ),
  subjectStrategy: choice(['topic', 'record', 'topic-record'], {
    summary: 'what the subject of a schema is named after: topic-value, the name of the record, or topic-record',
    default: 'topic',
  }),
  subject: text({ summary: 'the subject itself, in place of a strategy', isOptional: true }),
  schema: tagged(
    {
      register: {},
      lookup: {},
      latest: {},
      id: { id: integer({ summary: 'id of the schema' }, { min: 0, max: 0x7fffffff }) },
    },
    {
      summary:
        "schema that records are written with: the stream's, registered where the subject does not have it (register) or an error there (lookup); the subject's latest; or that of an id",
      default: { type: 'register' },
    },
  ),
  timeoutMs: integer(
    { summary: 'how long one request may take', unit: 'milliseconds', default: 5000 },
    { min: 1, max: 600_000 },
  ),
  attempts: integer(
    { summary: 'rounds over the URLs before the registry counts as away', default: 3 },
    { min: 1, max: 100 },
  ),
}

/** Option `registry` of an encoding. */
export const registryOption = group(registryTable, {
  summary: 'a schema registry with the API of Confluent: each record begins with a zero byte and the id of its schema',
  isOptional: true,
})

/** The option `registry` of an encoding, with its defaults. */
export type RegistryOptions = OptionValues<typeof registryTable>

/** What the client needs to know, checked. */
export interface RegistrySettings {
  readonly urls: readonly URL[]
  /** Value of the header `authorization`, or null. */
  readonly authorization: string | null
  readonly tls: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly rejectUnauthorized: boolean
  }
  readonly timeoutMs: number
  readonly attempts: number
}

/** The settings that options stand for; files are read from `baseFolder`. */
export function registrySettings(options: RegistryOptions, baseFolder: string, place: string): RegistrySettings {
  const wrong = (reason: string, cause?: unknown) =>
    new MillraceError('ENCODING_REGISTRY_OPTIONS', { place: `${place}.registry`, reason }, cause)
  if (options.urls.length === 0) throw wrong('"urls" is empty, expected at least one URL')
  const urls = options.urls.map((given) => {
    const url = URL.canParse(given) ? new URL(given) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      throw wrong(`${JSON.stringify(given)} is not a URL of http or https`)
    if (url.username !== '' || url.password !== '') throw wrong('a URL holds a user, expected it in "auth"')
    if (!url.pathname.endsWith('/')) url.pathname += '/'
    return url
  })
  const pem = (given: string) => {
    if (given.includes('-----BEGIN')) return given
    try {
      return readFileSync(resolve(baseFolder, given), 'utf8')
    } catch (cause) {
      throw wrong(reasonOf(cause), cause)
    }
  }
  const { ca, certificate, key, verifiesServer = true } = options.tls ?? {}
  return {
    urls,
    authorization: authorization(options.auth),
    tls: {
      ...(ca === undefined ? {} : { ca: pem(ca) }),
      ...(certificate === undefined ? {} : { cert: pem(certificate) }),
      ...(key === undefined ? {} : { key: pem(key) }),
      rejectUnauthorized: verifiesServer,
    },
    timeoutMs: options.timeoutMs,
    attempts: options.attempts,
  }
}

function authorization(auth: RegistryOptions['auth']): string | null {
  if (auth === undefined) return null
  if (auth.type === 'bearer') return `Bearer ${auth.token}`
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
}

/** The subject of a stream's values (Confluent's name strategies). */
export function subjectOf(options: RegistryOptions, topic: string, recordName: string | null, place: string): string {
  if (options.subject !== undefined) return options.subject
  if (options.subjectStrategy === 'topic') return `${topic}-value`
  if (recordName === null) {
    const reason = `the strategy "${options.subjectStrategy}" needs the name of a record, and the schema has none`
    throw new MillraceError('ENCODING_REGISTRY_OPTIONS', { place: `${place}.registry`, reason })
  }
  return options.subjectStrategy === 'record' ? recordName : `${topic}-${recordName}`
}
