import type { BytesWriter } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'
import type { ReferencedSchema, RegisteredSchema, SchemaRegistryClient, SchemaText, SchemaType } from './client.ts'
import type { RegistryOptions } from './options.ts'

/** How an encoding takes part. */
export interface EncoderParts {
  readonly client: SchemaRegistryClient
  readonly choice: RegistryOptions['schema']
  readonly type: SchemaType
  readonly place: string
  /** Subject of the stream's values; called when one is needed. */
  subject(): string
  /** The stream's own schema, to be looked up or registered; null when it has none. */
  own(): SchemaText | null
  /** Makes the encoder of a schema that was found, with the header before every value. */
  open(schema: RegisteredSchema, references: readonly ReferencedSchema[]): Encoder
  /** Makes the encoder of the stream's own schema. */
  openOwn(id: number): Encoder
}

/** Encodes records in Confluent's wire format; `prepare` settles which schema that is. */
export class RegistryEncoder implements Encoder {
  readonly #parts: EncoderParts
  #encoder: Encoder | null = null

  constructor(parts: EncoderParts) {
    this.#parts = parts
  }

  async prepare(): Promise<void> {
    this.#encoder ??= await this.#open()
  }

  encode(value: Value, writer: BytesWriter): void {
    if (this.#encoder === null) {
      throw new MillraceError('ENCODING_REGISTRY_OPTIONS', {
        place: this.#parts.place,
        reason: 'the schema was not asked for before the first record',
      })
    }
    this.#encoder.encode(value, writer)
  }

  async #open(): Promise<Encoder> {
    const { client, choice } = this.#parts
    if (choice.type === 'latest' || choice.type === 'id') {
      const found = choice.type === 'id' ? await client.byId(choice.id) : await client.latest(this.#parts.subject())
      if (found === null) {
        throw this.#wrong(
          choice.type === 'id'
            ? `no schema has the id ${choice.id}`
            : `subject "${this.#parts.subject()}" has no schema`,
        )
      }
      if (found.type !== this.#parts.type) {
        throw this.#wrong(`schema ${found.id} is of type ${found.type}, expected ${this.#parts.type}`)
      }
      return this.#parts.open(found, await client.references(found))
    }
    const own = this.#parts.own()
    if (own === null) throw this.#wrong(`"${choice.type}" needs a schema of the stream`)
    const subject = this.#parts.subject()
    const id = choice.type === 'register' ? await client.register(subject, own) : await client.lookup(subject, own)
    if (id === null) throw this.#wrong(`subject "${subject}" does not have the schema of the stream`)
    return this.#parts.openOwn(id)
  }

  #wrong(reason: string): MillraceError {
    return new MillraceError('ENCODING_REGISTRY_OPTIONS', { place: `${this.#parts.place}.registry`, reason })
  }
}
