import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseAvro } from '../../src/schema/avro.ts'
import { schemaFaults } from '../../src/schema/compatible.ts'

interface Version {
  readonly id: number
  readonly version: number
  readonly schemaType: string
  readonly schema: string
  readonly references: readonly unknown[]
}

/**
 * A server with the documented REST contract of Confluent's registry: ids, subjects, versions, lookups, references, backward compatibility of
 * Avro schemas, and its answers 401, 404 (40401 to 40403), 409 and 422 (42201). No registry can be installed from the package sources
 * of this project; Confluent's own client for Python takes this one for a registry (scripts/train/confluent_cases.py).
 */
export class TestRegistry {
  readonly #server: Server
  readonly #subjects = new Map<string, Version[]>()
  readonly #ids = new Map<string, number>()
  #port = 0
  /** Requests so far: `GET schemas/ids/1`. */
  readonly requests: string[] = []
  /** Status of every answer while it is set: trouble of the registry's own. */
  trouble: number | null = null
  /** True: requests are taken and never answered. */
  isHanging = false
  /** Told of every request before it is answered. */
  onRequest: (path: string) => void = () => {}
  /** True: every answer is the page of a web server that knows nothing of a registry. */
  isElsewhere = false
  /** Value that the header `authorization` must have, or null. */
  authorization: string | null = null

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const path = (request.url ?? '').slice(1)
        this.requests.push(`${request.method} ${path}`)
        this.onRequest(path)
        if (this.isHanging) return
        if (this.isElsewhere) {
          response.writeHead(404, { 'content-type': 'text/html' }).end('<html><h1>404 Not Found</h1></html>')
          return
        }
        const text = Buffer.concat(chunks).toString()
        const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
        const [status, answer] = this.#answer(request.method ?? '', path, body, request.headers.authorization ?? null)
        response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
        response.end(JSON.stringify(answer))
      })
    })
  }

  static async start(port = 0): Promise<TestRegistry> {
    const registry = new TestRegistry()
    await new Promise<void>((resolve) => registry.#server.listen(port, '127.0.0.1', resolve))
    registry.#port = (registry.#server.address() as AddressInfo).port
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens again, on the port from before and with what it knew before `stop`. */
  async resume(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
  }

  /** Ends it: its port refuses connections from then on. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  /** Registers a schema past all checks and returns its id. */
  put(subject: string, schema: string | object, schemaType = 'AVRO', references: readonly unknown[] = []): number {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    const versions = this.#subjects.get(subject) ?? []
    this.#subjects.set(subject, versions)
    const known = versions.find((v) => v.schema === text)
    if (known) return known.id
    const key = `${schemaType} ${text}`
    const id = this.#ids.get(key) ?? this.#ids.size + 1
    this.#ids.set(key, id)
    versions.push({ id, version: versions.length + 1, schemaType, schema: text, references })
    return id
  }

  #answer(
    method: string,
    path: string,
    body: Readonly<Record<string, unknown>>,
    authorization: string | null,
  ): readonly [number, unknown] {
    if (this.trouble !== null) return [this.trouble, { error_code: 50001, message: 'trouble' }]
    if (this.authorization !== null && this.authorization !== authorization) {
      return [401, { error_code: 401, message: 'Unauthorized' }]
    }
    const [first, second, third, fourth] = (path.split('?')[0] as string).split('/').map(decodeURIComponent)
    if (first === 'schemas' && second === 'ids') return this.#byId(Number(third))
    if (first === 'compatibility') return this.#compatibility(fourth === undefined ? '' : (third as string), body)
    if (first !== 'subjects') return [404, { error_code: 404, message: 'HTTP 404 Not Found' }]
    if (second === undefined) return [200, [...this.#subjects.keys()]]
    const versions = this.#subjects.get(second)
    if (method === 'POST') return third === 'versions' ? this.#register(second, body) : this.#lookup(second, body)
    if (versions === undefined) return [404, { error_code: 40401, message: `Subject '${second}' not found.` }]
    if (fourth === undefined) return [200, versions.map((v) => v.version)]
    const found = fourth === 'latest' ? versions.at(-1) : versions.find((v) => v.version === Number(fourth))
    if (found === undefined) return [404, { error_code: 40402, message: `Version ${fourth} not found.` }]
    return [200, { subject: second, ...shown(found) }]
  }

  #byId(id: number): readonly [number, unknown] {
    const found = [...this.#subjects.values()].flat().find((v) => v.id === id)
    if (found === undefined) return [404, { error_code: 40403, message: `Schema ${id} not found` }]
    const { id: _id, version: _version, ...rest } = shown(found) as Version
    return [200, rest]
  }

  #lookup(subject: string, body: Readonly<Record<string, unknown>>): readonly [number, unknown] {
    const versions = this.#subjects.get(subject)
    if (versions === undefined) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }]
    const found = versions.find((v) => v.schema === body['schema'])
    if (found === undefined) return [404, { error_code: 40403, message: 'Schema not found' }]
    return [200, { subject, ...shown(found) }]
  }

  #register(subject: string, body: Readonly<Record<string, unknown>>): readonly [number, unknown] {
    const type = (body['schemaType'] ?? 'AVRO') as string
    if (type === 'AVRO' && !isAvro(body['schema'])) return [422, { error_code: 42201, message: 'Invalid schema' }]
    const faults = this.#faults(subject, body)
    const isNew = !this.#subjects.get(subject)?.some((v) => v.schema === body['schema'])
    if (isNew && faults.length > 0) {
      const message = `Schema being registered is incompatible with an earlier schema for subject "${subject}"`
      return [409, { error_code: 409, message: `${message}, details: [${faults.join(', ')}]` }]
    }
    const references = (body['references'] ?? []) as unknown[]
    return [200, { id: this.put(subject, body['schema'] as string, type, references) }]
  }

  #compatibility(subject: string, body: Readonly<Record<string, unknown>>): readonly [number, unknown] {
    if (!this.#subjects.has(subject)) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }]
    const messages = this.#faults(subject, body)
    return [200, { is_compatible: messages.length === 0, ...(messages.length === 0 ? {} : { messages }) }]
  }

  /** Why readers of the new schema cannot read what the latest one wrote. */
  #faults(subject: string, body: Readonly<Record<string, unknown>>): readonly string[] {
    const latest = this.#subjects.get(subject)?.at(-1)
    if (latest === undefined || latest.schemaType !== 'AVRO' || latest.references.length > 0) return []
    return schemaFaults(parseAvro(JSON.parse(latest.schema)), parseAvro(JSON.parse(body['schema'] as string)))
  }
}

/** A registry names the type of every schema but Avro's, and references only where there are some. */
function shown({ schemaType, references, ...rest }: Version): object {
  return {
    ...rest,
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references.length === 0 ? {} : { references }),
  }
}

function isAvro(text: unknown): boolean {
  try {
    // References are resolved by whoever reads the schema: here the form is enough.
    return typeof text === 'string' && JSON.parse(text) !== null && !text.includes('"strange"')
  } catch {
    return false
  }
}
