import { closest } from '../config/closest.ts'
import { MillraceError } from '../core/errors.ts'
import type { ComponentChoice } from './descriptor.ts'

/** What a literal stands for: a transport, and the encoding that its ending suggests. */
export interface Literal {
  readonly transport: ComponentChoice
  readonly encoding: ComponentChoice
}

interface Tag {
  /** A literal that is well formed, for messages. */
  readonly example: string
  /** The transport for the text after the colon, or null when it is malformed. */
  expand(rest: string): ComponentChoice | null
  /** True when the ending of the text suggests the encoding. */
  readonly isNamed?: true
}

const tags: Readonly<Record<string, Tag>> = {
  log: {
    example: 'log:orders or log:orders@/data/millrace.db',
    expand: (rest) => {
      const at = rest.indexOf('@')
      const topic = at < 0 ? rest : rest.slice(0, at)
      if (topic === '' || at === rest.length - 1) return null
      return at < 0 ? { type: 'log', topic } : { type: 'log', topic, path: rest.slice(at + 1) }
    },
  },
  kafka: {
    example: 'kafka:localhost:9092/orders or kafka:a:9092,b:9092/orders?group=scoring',
    expand: kafkaChoice,
    isNamed: true,
  },
  file: {
    example: 'file:/data/orders.json',
    expand: (rest) => (rest === '' ? null : { type: 'file', path: rest }),
    isNamed: true,
  },
  rest: { example: 'rest:', expand: (rest) => (rest === '' ? { type: 'rest', mode: 'simple' } : null) },
  'rest-chunked': {
    example: 'rest-chunked:',
    expand: (rest) => (rest === '' ? { type: 'rest', mode: 'chunked' } : null),
  },
  stdio: { example: 'stdio:', expand: (rest) => (rest === '' ? { type: 'stdio' } : null) },
  discard: { example: 'discard:', expand: (rest) => (rest === '' ? { type: 'discard' } : null) },
  inline: {
    example: 'inline:1,2,3',
    expand: (rest) => {
      const items = rest.split(',')
      if (!rest.includes('%')) return { type: 'inline', records: items }
      const bytes = items.map(percentDecoded)
      return bytes.includes(null) ? null : { type: 'inline', binaryRecords: bytes.map((b) => b?.toString('base64')) }
    },
  },
  'inline-chunked': {
    example: 'inline-chunked:1%0A2%0A',
    expand: (rest) => {
      if (!rest.includes('%')) return { type: 'inline', text: rest }
      const bytes = percentDecoded(rest)
      return bytes === null ? null : { type: 'inline', binary: bytes.toString('base64') }
    },
  },
}

/** Tags of the FastScore reference whose transports come later. */
const pendingTags = ['http', 'https', 'tcp', 'udp', 'exec']

const encodings: Readonly<Record<string, string>> = { json: 'json', avro: 'avro-binary', utf8: 'utf-8', bin: 'raw' }

/** True when a text is a literal descriptor and not the name of a component or of a stream. */
export function isLiteral(text: string): boolean {
  return text.includes(':')
}

/** Spells out a literal: `log:orders`, `rest:`, `file:/data/orders.json`, `inline:1,2,3`. */
export function expandLiteral(text: string, place: string): Literal {
  const wrong = (reason: string) => new MillraceError('STREAM_LITERAL_WRONG', { place, reason })
  const colon = text.indexOf(':')
  if (colon < 0)
    throw wrong(`${short(text)} is not a literal descriptor, which begins with its transport: log:${short(text)}`)
  const name = text.slice(0, colon)
  if (pendingTags.includes(name)) throw new MillraceError('STREAM_NOT_AVAILABLE', { place, what: `literal "${name}:"` })
  const tag = Object.hasOwn(tags, name) ? tags[name] : undefined
  if (!tag) throw wrong(`transport tag unknown: ${short(name)}${closest(name, Object.keys(tags))}`)
  const transport = tag.expand(text.slice(colon + 1))
  if (!transport) throw wrong(`literal descriptor parse error (a valid ${name} literal example: ${tag.example})`)
  return { transport, encoding: { type: tag.isNamed ? guessEncoding(text.replace(/\?.*$/s, '')) : 'json' } }
}

/** A server as `host`, `host:port` or `[address]:port`. */
const serverForm = /^(\[[0-9A-Fa-f:.]+\]|[^\s:,/?[\]]+)(:\d{1,5})?$/
/** Endings of a topic that name its encoding; other dots belong to the topic. */
const encodingEnding = new RegExp(`\\.(${Object.keys(encodings).join('|')})$`)

/** `host:port,host:port/topic.json?group=scoring`: options as in the descriptor, numbers where their names end in a number's unit. */
function kafkaChoice(rest: string): ComponentChoice | null {
  const question = rest.indexOf('?')
  const [path, query] = question < 0 ? [rest, ''] : [rest.slice(0, question), rest.slice(question + 1)]
  const slash = path.indexOf('/')
  const topic = path.slice(slash + 1).replace(encodingEnding, '')
  const servers = path.slice(0, Math.max(0, slash)).split(',')
  if (slash < 0 || topic === '' || topic.includes('/') || !servers.every((server) => serverForm.test(server)))
    return null
  const options = [...new URLSearchParams(query)].map(([name, value]) => [name, optionOf(name, value)] as const)
  const bootstrapServers = servers.map((server) => (/:\d+$/.test(server) ? server : `${server}:9092`))
  return { ...Object.fromEntries(options), type: 'kafka', bootstrapServers, topic }
}

function optionOf(name: string, value: string): string | number {
  return /(Ms|Bytes|^partitions?)$/.test(name) && /^\d{1,15}$/.test(value) ? Number(value) : value
}

/** The encoding that the ending of a name suggests; json for every other. */
export function guessEncoding(name: string): string {
  const extension = /\.([A-Za-z0-9-]+)$/.exec(name)?.[1] ?? ''
  return Object.hasOwn(encodings, extension) ? (encodings[extension] as string) : 'json'
}

/** The bytes of URL-encoded text, or null when a `%` is not followed by two hexadecimal digits. */
function percentDecoded(text: string): Buffer | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null
  const parts = text.split(/%([0-9A-Fa-f]{2})/)
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))))
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}
