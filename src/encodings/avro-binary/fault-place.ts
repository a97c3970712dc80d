import { bufferOf } from '../../core/utf8.ts'
import { FrameFault } from '../../core/varint64.ts'
import type { Schema } from '../../schema/schema.ts'
import { maxDepth, WireReader } from './wire-reader.ts'

/**
 * The field that the byte at `at` belongs to, as `field "customer.ages[3]"`, or `the record`. Walks the frame once more: the generated
 * readers keep no account of where they are.
 */
export function faultPlace(schema: Schema, bytes: Uint8Array, start: number, end: number, at: number): string {
  const walk = new Walk(bytes, end, at)
  try {
    walk.pass(schema, start, 0)
  } catch (thrown) {
    if (!(thrown instanceof FrameFault)) throw thrown
  }
  const path = walk.path.join('').replace(/^\./, '')
  return path === '' ? 'the record' : `field "${path.length > 200 ? `${path.slice(0, 197)}...` : path}"`
}

/** Stops, by a FrameFault, at the first value that starts at `at` or holds it; its path stays. */
class Walk {
  readonly path: string[] = []
  readonly #reader = new WireReader()
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #at: number

  constructor(bytes: Uint8Array, end: number, at: number) {
    this.#bytes = bufferOf(bytes)
    this.#end = end
    this.#at = at
  }

  pass(schema: Schema, p: number, depth: number): number {
    const reader = this.#reader
    if (depth > maxDepth) throw reader.tooDeep(p)
    switch (schema.type) {
      case 'record': {
        let next = p
        for (const field of schema.fields) next = this.#below(`.${field.name}`, field.schema, next, depth)
        return next
      }
      case 'array':
        return this.#blocks(schema.items, p, depth, false)
      case 'map':
        return this.#blocks(schema.values, p, depth, true)
      case 'union': {
        this.#stopAt(p, 1)
        const index = reader.index(this.#bytes, p, this.#end, schema.branches.length, '')
        return this.pass(schema.branches[index] as Schema, reader.at, depth + 1)
      }
      default:
        return this.#leaf(schema, p)
    }
  }

  #leaf(schema: Schema, p: number): number {
    const reader = this.#reader
    const [bytes, end] = [this.#bytes, this.#end]
    let next = p
    switch (schema.type) {
      case 'null':
        return p
      case 'boolean':
        next = p + 1
        break
      case 'float':
        next = p + 4
        break
      case 'double':
        next = p + 8
        break
      case 'fixed':
        next = p + schema.size
        break
      case 'string':
      case 'bytes':
        next = reader.stop(bytes, p, end)
        break
      default:
        reader.skipLong(bytes, p, end)
        next = reader.at
    }
    this.#stopAt(p, next - p)
    if (next > end) throw reader.fault('', p)
    return next
  }

  #blocks(items: Schema, from: number, depth: number, isMap: boolean): number {
    const reader = this.#reader
    let p = from
    for (let index = 0; ; ) {
      this.#stopAt(p, 1)
      const count = reader.block(this.#bytes, p, this.#end, 1)
      p = reader.at
      if (count === 0) return p
      for (let i = 0; i < count; i++, index++) {
        let step = `[${index}]`
        if (isMap) {
          const key = reader.stop(this.#bytes, p, this.#end)
          this.#stopAt(p, key - p)
          step = `.${Buffer.from(this.#bytes.subarray(reader.at, key)).toString()}`
          p = key
        }
        p = this.#below(step, items, p, depth)
      }
    }
  }

  #below(step: string, schema: Schema, p: number, depth: number): number {
    this.path.push(step)
    const next = this.pass(schema, p, depth + 1)
    this.path.pop()
    return next
  }

  #stopAt(p: number, size: number): void {
    if (this.#at < p + size) throw this.#reader.fault('', p)
  }
}
