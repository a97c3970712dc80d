import type { Clock } from '../../core/clock.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { exchange, type RegistryAnswer, type RegistryRequest } from './exchange.ts'
import type { RegistrySettings } from './options.ts'

/** Languages of schemas, as registries name them. */
const schemaTypes = ['AVRO', 'PROTOBUF', 'JSON'] as const
export type SchemaType = (typeof schemaTypes)[number]

/** A schema that another one refers to: `name` is what it is called there (a type's full name, the path of an import, a `$ref`). */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A schema to be found or registered. */
export interface SchemaText {
  readonly type: SchemaType
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/** A schema under its id. */
export interface RegisteredSchema extends SchemaText {
  readonly id: number
}

/** A referenced document; those that it refers to itself come before it. */
export interface ReferencedSchema {
  readonly name: string
  readonly text: string
}

const maxReferences = 200
const maxReferenceDepth = 20
const firstBackoffMs = 100
/** What a registry says with 404 of a subject, a version and a schema that it does not have. A 404 without one is somebody else's. */
const absentCodes: readonly unknown[] = [40401, 40402, 40403]

/**
 * Asks a schema registry with the API of Confluent (Confluent, Karapace, Apicurio, Redpanda). A round over the URLs begins with the one
 * that answered last; rounds without an answer are followed by a pause that doubles. Schemas by id and by version never
 * change and are remembered.
 *
 * Errors: ENCODING_REGISTRY_UNREACHABLE (of the stream, retried) when nobody answers or all are in trouble (429, 5xx);
 * ENCODING_REGISTRY_REFUSED with the registry's own words otherwise, also for a 404 that is not of a registry.
 */
export class SchemaRegistryClient {
  readonly #settings: RegistrySettings
  readonly #clock: Clock
  readonly #byId = new Map<number, RegisteredSchema>()
  readonly #byVersion = new Map<string, SchemaText>()
  #current = 0

  constructor(settings: RegistrySettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** The registry, for messages. */
  get name(): string {
    return this.#settings.urls.map((url) => url.host).join(', ')
  }

  /** The schema of an id, or null when the registry does not know it. */
  async byId(id: number): Promise<RegisteredSchema | null> {
    const known = this.#byId.get(id)
    if (known) return known
    const request = { method: 'GET', path: `schemas/ids/${id}`, body: null } as const
    const answer = await this.#ask(request)
    if (isAbsent(answer)) return null
    const schema = { id, ...this.#schemaText(request, this.#accepted(request, answer)) }
    this.#byId.set(id, schema)
    return schema
  }

  /** The latest schema of a subject, or null when there is none. */
  async latest(subject: string): Promise<RegisteredSchema | null> {
    const request = { method: 'GET', path: `${versionsPath(subject)}/latest`, body: null } as const
    const answer = await this.#ask(request)
    if (isAbsent(answer)) return null
    const body = this.#accepted(request, answer)
    return { id: this.#number(request, body, 'id'), ...this.#schemaText(request, body) }
  }

  /** Numbers of a subject's versions; empty when there is no such subject. */
  async versions(subject: string): Promise<readonly number[]> {
    const request = { method: 'GET', path: versionsPath(subject), body: null } as const
    const answer = await this.#ask(request)
    if (isAbsent(answer)) return []
    this.#accepted(request, answer)
    if (!Array.isArray(answer.json) || !answer.json.every((v) => Number.isInteger(v))) throw this.#strange(request)
    return answer.json as number[]
  }

  /** Id of a schema that the subject has, or null. */
  async lookup(subject: string, schema: SchemaText): Promise<number | null> {
    const request = { method: 'POST', path: `subjects/${encodeURIComponent(subject)}`, body: bodyOf(schema) } as const
    const answer = await this.#ask(request)
    return isAbsent(answer) ? null : this.#number(request, this.#accepted(request, answer), 'id')
  }

  /** Id of a schema under a subject, which gets it when it does not have it. Idempotent. */
  async register(subject: string, schema: SchemaText): Promise<number> {
    const request = { method: 'POST', path: versionsPath(subject), body: bodyOf(schema) } as const
    return this.#number(request, this.#accepted(request, await this.#ask(request)), 'id')
  }

  /** Why a schema may not follow the subject's latest one; empty when it may, or when there is none yet. */
  async incompatibilities(subject: string, schema: SchemaText): Promise<readonly string[]> {
    const path = `compatibility/${versionsPath(subject)}/latest?verbose=true`
    const request = { method: 'POST', path, body: bodyOf(schema) } as const
    const answer = await this.#ask(request)
    if (isAbsent(answer)) return []
    const body = this.#accepted(request, answer)
    if (body['is_compatible'] === true) return []
    const messages = body['messages']
    return Array.isArray(messages) && messages.length > 0 ? messages.map(String) : ['the registry gives no reason']
  }

  /** All documents that a schema refers to, directly or not, each once. */
  async references(schema: SchemaText): Promise<readonly ReferencedSchema[]> {
    const found = new Map<string, ReferencedSchema>()
    const collect = async (references: readonly SchemaReference[], depth: number): Promise<void> => {
      for (const { name, subject, version } of references) {
        if (found.has(name)) continue
        if (depth > maxReferenceDepth || found.size >= maxReferences) {
          throw new MillraceError('ENCODING_REGISTRY_SCHEMA', { id: name, reason: 'it has too many references' })
        }
        const inner = await this.#byVersionOf(subject, version)
        await collect(inner.references, depth + 1)
        found.set(name, { name, text: inner.text })
      }
    }
    await collect(schema.references, 0)
    return [...found.values()]
  }

  async #byVersionOf(subject: string, version: number): Promise<SchemaText> {
    const path = `${versionsPath(subject)}/${version}`
    const known = this.#byVersion.get(path)
    if (known) return known
    const request = { method: 'GET', path, body: null } as const
    const answer = await this.#ask(request)
    if (isAbsent(answer)) {
      const { error_code: code, message } = answer.json as Readonly<Record<string, unknown>>
      const reason = `${code} ${String(message).slice(0, 500)}`
      throw new MillraceError('ENCODING_REGISTRY_SCHEMA', { id: `${subject} version ${version}`, reason })
    }
    const schema = this.#schemaText(request, this.#accepted(request, answer))
    this.#byVersion.set(path, schema)
    return schema
  }

  /** An answer that is final: neither 429 nor 5xx. */
  async #ask(request: RegistryRequest): Promise<RegistryAnswer> {
    const { urls, attempts } = this.#settings
    let reason = ''
    let cause: unknown
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await this.#clock.sleep(firstBackoffMs * 2 ** Math.min(attempt - 1, 6))
      for (let i = 0; i < urls.length; i++) {
        const index = (this.#current + i) % urls.length
        const url = urls[index] as URL
        try {
          const answer = await exchange(url, request, this.#settings)
          if (answer.status !== 429 && answer.status < 500) {
            this.#current = index
            return answer
          }
          reason = `${url.host} answers ${answer.status}`
        } catch (thrown) {
          cause = thrown
          reason = `${url.host}: ${reasonOf(thrown) || 'no connection'}`
        }
      }
    }
    throw new MillraceError('ENCODING_REGISTRY_UNREACHABLE', { registry: this.name, reason }, cause)
  }

  #accepted(request: RegistryRequest, { status, json }: RegistryAnswer): Readonly<Record<string, unknown>> {
    const body = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {}
    if (status >= 200 && status < 300) {
      if (json === null || typeof json !== 'object') throw this.#strange(request)
      return body
    }
    if (status === 404 && body['error_code'] === undefined) {
      throw this.#refused(request, '404 without a code of a registry: is the path of the URL that of its API?')
    }
    const message = typeof body['message'] === 'string' ? body['message'].slice(0, 500) : `status ${status}`
    throw this.#refused(request, `${status} ${String(body['error_code'] ?? '')} ${message}`.replace('  ', ' '))
  }

  #schemaText(request: RegistryRequest, body: Readonly<Record<string, unknown>>): SchemaText {
    const { schema: text, schemaType: type = 'AVRO', references = [] } = body
    const isType = (schemaTypes as readonly unknown[]).includes(type)
    if (typeof text !== 'string' || !isType || !Array.isArray(references)) throw this.#strange(request)
    return {
      type: type as SchemaType,
      text,
      references: (references as readonly unknown[]).map((entry) => {
        const { name, subject, version } = (entry ?? {}) as Partial<SchemaReference>
        if (typeof name !== 'string' || typeof subject !== 'string' || !Number.isInteger(version)) {
          throw this.#strange(request)
        }
        return { name, subject, version: version as number }
      }),
    }
  }

  #number(request: RegistryRequest, body: Readonly<Record<string, unknown>>, name: string): number {
    const value = body[name]
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
      throw this.#strange(request)
    }
    return value
  }

  #strange(request: RegistryRequest): MillraceError {
    return this.#refused(request, 'the answer has not the form that its documentation says')
  }

  #refused({ method, path }: RegistryRequest, reason: string): MillraceError {
    return new MillraceError('ENCODING_REGISTRY_REFUSED', { registry: this.name, request: `${method} ${path}`, reason })
  }
}

/** True when the registry says that it does not have what it was asked for. */
function isAbsent({ status, json }: RegistryAnswer): boolean {
  return status === 404 && absentCodes.includes((json as { readonly error_code?: unknown } | null)?.error_code)
}

function versionsPath(subject: string): string {
  return `subjects/${encodeURIComponent(subject)}/versions`
}

/** Avro is what a registry takes a schema without a type for, and older ones know no other. */
function bodyOf({ type, text, references }: SchemaText): object {
  return {
    schema: text,
    ...(type === 'AVRO' ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
  }
}
