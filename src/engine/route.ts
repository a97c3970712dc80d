import { bytesAt } from '../core/bytes.ts'
import { type FrameBatch, hasEntry } from '../core/frames.ts'
import { headerText } from '../core/headers.ts'
import type { Value } from '../schema/value.ts'

/** Where the join key of a record comes from (the seeds' dataType). */
export type KeySource =
  | { readonly type: 'constant'; readonly value: string }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'header'; readonly name: string }
  | { readonly type: 'transport-key' }

/** The join key of record `index`, or an empty text when it has none. */
export type Router = (batch: FrameBatch, values: readonly (Value | undefined)[], index: number) => string

/** Compiles a key source. */
export function routerOf(source: KeySource): Router {
  switch (source.type) {
    case 'constant':
      return () => source.value
    case 'field':
      return (_batch, values, index) => {
        const record = values[index] as Record<string, unknown> | null | undefined
        const key = record?.[source.name]
        return typeof key === 'string'
          ? key
          : typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean'
            ? String(key)
            : ''
      }
    case 'header':
      return (batch, _values, index) => headerText(batch.headers, index, source.name) ?? ''
    case 'transport-key':
      return (batch, _values, index) => {
        if (!hasEntry(batch.keys, index)) return ''
        return Buffer.from(bytesAt(batch.keys, index) as Uint8Array).toString('utf8')
      }
    default:
      return source satisfies never
  }
}

/** The source in words, for messages: `field "dataType"`. */
export function describeKeySource(source: KeySource): string {
  switch (source.type) {
    case 'constant':
      return `constant "${source.value}"`
    case 'field':
      return `field "${source.name}"`
    case 'header':
      return `header "${source.name}"`
    case 'transport-key':
      return 'the transport key'
    default:
      return source satisfies never
  }
}
