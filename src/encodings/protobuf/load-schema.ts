import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import protobuf from 'protobufjs'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { declaredMessages, indexesAt, namesAt } from './message-order.ts'
import { type MessagePlan, planOf } from './message-plan.ts'

const maxFiles = 100
const maxFileBytes = 1024 * 1024

/** Where a message's definition comes from. */
export interface SchemaSource {
  /** Path of the `.proto` file, from `baseFolder`; or null. */
  readonly file: string | null
  /** Text of the `.proto` file, or null. */
  readonly text: string | null
  /** Name of the message, the way to it (`[1, 0]`: the first message inside the second of the file), or null for the first. */
  readonly message: string | readonly number[] | null
  readonly baseFolder: string
  /** Where the options stand, for messages. */
  readonly place: string
  /** Texts of the imports by path, in place of files; what is neither there nor built in is passed over. */
  readonly imports?: ReadonlyMap<string, string>
}

/** A message and where its file has it. */
export interface LoadedMessage {
  readonly plan: MessagePlan
  /** With the package: `com.example.Order`. */
  readonly fullName: string
  /** The way to it among the messages of its file, or null when another file has it. */
  readonly indexes: readonly number[] | null
  /** Text of the file. */
  readonly text: string
}

/**
 * A message of a `.proto` document (proto2, proto3 and editions): its plan, and what a schema registry wants to know of it. Imports start from the importing file's folder or from
 * the base folder and stay below the base folder or the first file's; google's well-known types are built in. The text is only
 * parsed: nothing of it is run.
 */
export function loadMessage(source: SchemaSource): LoadedMessage {
  const loading = new Loading(source)
  if (source.file !== null) loading.addFile(resolve(source.baseFolder, source.file), source.file)
  else loading.addText(source.text ?? '', 'inline schema', source.baseFolder)
  return loading.message(source.message)
}

class Loading {
  readonly #source: SchemaSource
  readonly #root = new protobuf.Root()
  readonly #seen = new Set<string>()
  readonly #folders: string[]
  /** The first file, with its package ('' for none). */
  #first: { readonly text: string; readonly space: string } | null = null

  constructor(source: SchemaSource) {
    this.#source = source
    const first = source.file === null ? [] : [dirname(resolve(source.baseFolder, source.file))]
    this.#folders = [source.baseFolder, ...first]
  }

  addFile(path: string, name: string): void {
    if (this.#seen.has(path)) return
    this.#seen.add(path)
    if (this.#seen.size > maxFiles) throw this.#fault(name, `more than ${maxFiles} files are imported`)
    this.addText(this.#read(path, name), name, dirname(path))
  }

  addText(text: string, name: string, folder: string): void {
    if (text.length > maxFileBytes) throw this.#fault(name, `the file has more than ${maxFileBytes} bytes`)
    const {
      imports = [],
      weakImports = [],
      package: space,
    } = this.#guard(name, () => protobuf.parse(text, this.#root, { keepCase: true }))
    this.#first ??= { text, space: space ?? '' }
    for (const path of imports) this.#import(path, folder, name)
    for (const path of weakImports) this.#import(path, folder, name)
  }

  message(message: SchemaSource['message']): LoadedMessage {
    const name = this.#source.file ?? 'inline schema'
    return this.#guard(name, () => {
      this.#root.resolveAll()
      const type =
        typeof message === 'string' ? this.#messageType(message, name) : this.#messageAt(message ?? [0], name)
      const { text = '', space = '' } = this.#first ?? {}
      const fullName = type.fullName.slice(1)
      const isOwn = space === '' || fullName.startsWith(`${space}.`)
      const names = (space === '' ? fullName : fullName.slice(space.length + 1)).split('.')
      return { plan: planOf(type), fullName, indexes: isOwn ? indexesAt(declaredMessages(text), names) : null, text }
    })
  }

  #messageAt(indexes: readonly number[], name: string): protobuf.Type {
    const { text = '', space = '' } = this.#first ?? {}
    const names = namesAt(declaredMessages(text), indexes)
    const path = names === null ? null : [...space.split('.').filter(Boolean), ...names]
    const found = path && this.#root.lookup(path)
    if (found instanceof protobuf.Type) return found
    throw this.#fault(name, `it has no message ${indexes.join('.')}`)
  }

  #messageType(message: string, name: string): protobuf.Type {
    const found = this.#root.lookup(message)
    if (found instanceof protobuf.Type) return found
    const types = typesBelow(this.#root)
    // A name without its package is enough where only one message has it.
    const alike = types.filter((type) => type.name === message)
    if (alike.length === 1) return alike[0] as protobuf.Type
    const known = types.slice(0, 20).map((type) => type.fullName.slice(1))
    throw this.#fault(name, `no message is named "${message}"; there are: ${known.join(', ') || 'none'}`)
  }

  #import(path: string, folder: string, from: string): void {
    const registered = this.#source.imports?.get(path)
    if (registered !== undefined && !this.#seen.has(path)) {
      this.#seen.add(path)
      this.addText(registered, path, folder)
    }
    if (registered !== undefined) return
    const builtIn = protobuf.common.get(path)
    if (builtIn) {
      if (!this.#seen.has(path)) this.#root.addJSON(builtIn.nested ?? {})
      this.#seen.add(path)
      return
    }
    if (this.#source.imports !== undefined) return
    for (const start of [folder, ...this.#folders]) {
      const candidate = this.#inside(join(start, path))
      if (candidate !== null) {
        this.addFile(candidate, path)
        return
      }
    }
    throw this.#fault(from, `import "${path}" is not below ${this.#folders.join(' or ')}`)
  }

  /** The path with links followed when it exists below an allowed folder, else null. */
  #inside(path: string): string | null {
    try {
      const real = realpathSync(path)
      const isBelow = this.#folders.some((allowed) => {
        const way = relative(realpathSync(allowed), real)
        return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way
      })
      return isBelow ? real : null
    } catch {
      return null
    }
  }

  #read(path: string, name: string): string {
    try {
      return readFileSync(path, 'utf8')
    } catch (cause) {
      throw this.#fault(name, reasonOf(cause), cause)
    }
  }

  /** Errors of the parser in our words. */
  #guard<T>(name: string, work: () => T): T {
    try {
      return work()
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause
      throw this.#fault(name, reasonOf(cause), cause)
    }
  }

  #fault(source: string, reason: string, cause?: unknown): MillraceError {
    return new MillraceError('ENCODING_PROTOBUF_SCHEMA', { place: this.#source.place, source, reason }, cause)
  }
}

function typesBelow(space: protobuf.NamespaceBase): protobuf.Type[] {
  return space.nestedArray.flatMap((entry) => {
    const below = entry instanceof protobuf.Namespace || entry instanceof protobuf.Type ? typesBelow(entry) : []
    return entry instanceof protobuf.Type ? [entry, ...below] : below
  })
}
