import type { TextBuffer } from '../../core/utf8.ts'
import { defaultValue } from '../../schema/default-value.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import { NumberPool } from './number-pool.ts'
import { faultText, minBytesOf, type ReadPlan, type RecordPlan } from './read-plan.ts'
import { maxDepth, WireReader } from './wire-reader.ts'

/** Reads the values of a plan. */
export interface Read {
  /** Starts a batch of `records` frames, or with 0 ends the last. */
  begin(records: number): void
  /** One value from `[start, end)`, all of it; throws a FrameFault. */
  value(bytes: TextBuffer, view: DataView, start: number, end: number): Value
}

/**
 * Generates the reader of a plan: one function per record, list and map, the other types in place, and a record as one object
 * literal. The text holds fixed templates, numbers, and names as JSON-escaped strings.
 */
export function compileRead(plan: ReadPlan): Read {
  const compiler = new ReadCompiler()
  const root = compiler.text(plan, 'v')
  const body = `'use strict'
const r = lib.reader
${compiler.library.pools.map((_, i) => `const pool${i} = lib.pools[${i}]`).join('\n')}
${compiler.functions.join('\n')}
return function read(b, view, p, end) {
const depth = 0
let x = 0, v
r.emptyItems = 0
${root}
if (p !== end) throw r.fault((end - p) + ' bytes are left behind the value', p)
return v }`
  const { pools } = compiler.library
  return {
    begin: (records) => {
      for (const pool of pools) pool.begin(records)
    },
    value: new Function('lib', body)(compiler.library) as Read['value'],
  }
}

class ReadCompiler {
  readonly functions: string[] = []
  readonly library = {
    reader: new WireReader(),
    symbols: [] as (readonly (string | null)[])[],
    defaults: [] as (() => Value)[],
    pools: [] as NumberPool<Float64Array | Float32Array>[],
    setOwn,
  }
  readonly #names = new Map<ReadPlan | Schema, string>()
  /** Statements that read a value of the plan at `p` into the variable `v` and move `p`. They use the variable `x`. */
  text(plan: ReadPlan, v: string): string {
    switch (plan.kind) {
      case 'null':
        return `${v} = null`
      case 'boolean':
        return `${v} = r.boolean(b, p, end); p = r.at`
      case 'int':
      case 'long': {
        // Most numbers of streams are small.
        const short = `if (p < end && (x = b[p]) < 128) { ${v} = (x >>> 1) ^ -(x & 1); p++ }`
        const converted =
          plan.as === 'none' ? '' : `\n${v} = ${plan.as === 'float' ? 'Math.fround(Number' : '(Number'}(${v}))`
        return `${short} else { ${v} = r.${plan.kind}(b, p, end); p = r.at }${converted}`
      }
      case 'float':
        return `${v} = r.float(view, p, end); p += 4`
      case 'double':
        return `if (p + 8 > end) throw r.fault('a number of 8 bytes runs past the end', p); ${v} = view.getFloat64(p, true); p += 8`
      case 'string':
      case 'bytes': {
        const method = plan.as === 'none' ? plan.kind : plan.as === 'bytes' ? 'bytes' : 'string'
        return `${v} = r.${method}(b, p, end); p = r.at`
      }
      case 'fixed':
        return `${v} = r.fixed(b, p, end, ${Number(plan.size)}); p = r.at`
      case 'enum':
        return this.#enum(plan, v)
      case 'union':
        return this.#choice(plan.branches.map((branch) => this.text(branch, v)))
      case 'fault':
        return `throw r.fault(${JSON.stringify(faultText(plan))}, p)`
      default:
        return `${v} = ${this.#functionOf(plan)}(b, view, p, end, depth + 1); p = r.at`
    }
  }

  /** Statements for each branch of a union, behind the index. */
  #choice(branches: readonly string[]): string {
    const count = branches.length
    return `if (p < end && (x = b[p]) < 128 && (x & 1) === 0 && x < ${2 * count}) { x >>>= 1; p++ }
else { x = r.index(b, p, end, ${count}, 'branch'); p = r.at }
switch (x) {
${branches.map((text, i) => `case ${i}: { ${text} } break`).join('\n')}
}`
  }

  #enum(plan: ReadPlan & { readonly kind: 'enum' }, v: string): string {
    const set = this.library.symbols.push(plan.symbols) - 1
    const isWhole = !plan.symbols.includes(null)
    const reason = JSON.stringify(`a symbol that ${plan.name} does not have`)
    return `x = r.index(b, p, end, ${plan.symbols.length}, 'symbol')
${v} = lib.symbols[${set}][x]
${isWhole ? '' : `if (${v} === null) throw r.fault(${reason}, p)\n`}p = r.at`
  }

  #functionOf(plan: ReadPlan & { readonly kind: 'record' | 'array' | 'map' }): string {
    const known = this.#names.get(plan)
    if (known !== undefined) return known
    const name = `read${this.#names.size}`
    this.#names.set(plan, name)
    this.#define(name, this.#body(plan))
    return name
  }

  #define(name: string, body: string): void {
    this.functions.push(`function ${name}(b, view, p, end, depth) {
if (depth > ${maxDepth}) throw r.tooDeep(p)
let x = 0
${body}
}`)
  }

  #body(plan: ReadPlan & { readonly kind: 'record' | 'array' | 'map' }): string {
    switch (plan.kind) {
      case 'record':
        return this.#record(plan)
      case 'map':
        return `const map = {}
for (let n; (n = r.block(b, p, end, 1)) !== 0;) {
p = r.at
for (let i = 0; i < n; i++) {
const key = r.string(b, p, end); p = r.at
let v
${this.text(plan.values, 'v')}
lib.setOwn(map, key, v)
} }
return map`
      case 'array':
        return plan.list === 'plain' ? this.#list(plan) : this.#numbers(plan, plan.list)
      default:
        return plan satisfies never
    }
  }

  #list({ items, minBytes }: ReadPlan & { readonly kind: 'array' }): string {
    return `const list = []
for (let n; (n = r.block(b, p, end, ${minBytes})) !== 0;) {
p = r.at
for (let i = 0; i < n; i++) {
let v
${this.text(items, 'v')}
list.push(v)
} }
return list`
  }

  #numbers({ items, minBytes }: ReadPlan & { readonly kind: 'array' }, type: 'float' | 'double'): string {
    const make = type === 'float' ? (n: number) => new Float32Array(n) : (n: number) => new Float64Array(n)
    const pool = this.library.pools.push(new NumberPool<Float64Array | Float32Array>(make)) - 1
    const isPlain = items.kind === type
    const size = type === 'float' ? 4 : 8
    // The block's count has been held against the bytes that are left: nothing can run past the end.
    const loop = isPlain
      ? `for (let i = 0; i < n; i++, p += ${size}) list[k++] = view.get${type === 'float' ? 'Float32' : 'Float64'}(p, true)`
      : `for (let i = 0; i < n; i++) {\nlet v\n${this.text(items, 'v')}\nlist[k++] = v\n}`
    return `let list = null, k = 0
for (let n; (n = r.block(b, p, end, ${minBytes})) !== 0;) {
p = r.at
list = list === null ? pool${pool}.take(n, (b.length - p) / ${Math.max(1, minBytes)}) : pool${pool}.grown(list, k, n)
${loop}
}
if (list === null) return pool${pool}.take(0, 0)
return list.length === k ? list : list.slice(0, k)`
  }

  #record({ steps, fields }: RecordPlan): string {
    const lines: string[] = []
    for (const [i, step] of steps.entries()) {
      if (step.plan === null) lines.push(this.skip(step.written))
      else lines.push(`let v${i}\n${this.text(step.plan, `v${i}`)}`)
    }
    const parts = fields.map((field) => {
      const key = JSON.stringify(field.name)
      const name = field.name === '__proto__' ? `[${key}]` : key
      if (field.step >= 0) return `${name}: v${field.step}`
      const { schema, default: json } = field
      return `${name}: lib.defaults[${this.library.defaults.push(() => defaultValue(schema, json)) - 1}]()`
    })
    return `${lines.join('\n')}\nr.at = p\nreturn {${parts.join(', ')}}`
  }

  /** Statements that pass over a value. */
  skip(schema: Schema): string {
    switch (schema.type) {
      case 'null':
        return ''
      case 'boolean':
        return 'r.boolean(b, p, end); p = r.at'
      case 'int':
      case 'long':
        return 'r.skipLong(b, p, end); p = r.at'
      case 'enum':
        return `r.index(b, p, end, ${schema.symbols.length}, 'symbol'); p = r.at`
      case 'float':
      case 'double':
      case 'fixed': {
        const size = schema.type === 'fixed' ? Number(schema.size) : schema.type === 'float' ? 4 : 8
        return `r.skipFixed(p, end, ${size}); p = r.at`
      }
      case 'bytes':
      case 'string':
        return 'p = r.stop(b, p, end)'
      case 'union':
        return this.#choice(schema.branches.map((branch) => this.skip(branch)))
      default:
        return `p = ${this.#skipFunction(schema)}(b, view, p, end, depth + 1)`
    }
  }

  #skipFunction(schema: Schema & { readonly type: 'record' | 'array' | 'map' }): string {
    const known = this.#names.get(schema)
    if (known !== undefined) return known
    const name = `skip${this.#names.size}`
    this.#names.set(schema, name)
    if (schema.type === 'record') {
      this.#define(name, `${schema.fields.map((f) => this.skip(f.schema)).join('\n')}\nreturn p`)
      return name
    }
    const isMap = schema.type === 'map'
    const key = isMap ? 'p = r.stop(b, p, end)\n' : ''
    const items = isMap ? schema.values : schema.items
    const item = `${key}${this.skip(items)}`
    this.#define(
      name,
      `for (let n; (n = r.skipBlocks(b, p, end, ${isMap ? 1 : minBytesOf(items)})) !== 0;) {
p = r.at
for (let i = 0; i < n; i++) {
${item}
} }
return r.at`,
    )
    return name
  }
}

/** Sets a field whatever its name is: assigning to `__proto__` would set the prototype. */
function setOwn(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  } else (object as Record<string, unknown>)[key] = value
}
