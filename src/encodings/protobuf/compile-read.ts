import type { TextBuffer } from '../../core/utf8.ts'
import type { RecordValue } from '../../schema/value.ts'
import { type FieldPlan, type MessagePlan, type Scalar, type ValuePlan, wireTypeOf, wireTypes } from './message-plan.ts'
import { maxDepth, WireReader } from './wire-reader.ts'

/** Reads one message from `[start, end)`; throws a FrameFault. */
export type Read = (bytes: TextBuffer, view: DataView, start: number, end: number) => RecordValue

/** Scalars that are read from the view; the others are read from the bytes. */
const fixed: ReadonlySet<string> = new Set(['double', 'float', 'fixed32', 'sfixed32', 'fixed64', 'sfixed64'])

/**
 * Generates the reader of a message: one function per message type with a switch over its tags, and the record as one
 * object literal. The text holds fixed templates, numbers, and names as JSON-escaped strings. A field that comes
 * twice keeps its last value; unknown fields are passed over.
 */
export function compileRead(plan: MessagePlan): Read {
  const compiler = new ReadCompiler()
  const root = compiler.functionOf(plan)
  const body = `'use strict'
const r = lib.reader
${compiler.functions.join('\n')}
return function read(b, view, start, end) { return ${root}(b, view, start, end, 0, -1) }`
  return new Function('lib', body)(compiler.library) as Read
}

class ReadCompiler {
  readonly functions: string[] = []
  readonly library = {
    reader: new WireReader(),
    enums: [] as ReadonlyMap<number, string>[],
    setOwn,
    packedDoubles,
    packedFloats,
    listOf,
    doubles: (list: NumberList) => (Array.isArray(list) ? Float64Array.from(list) : list),
    floats: (list: NumberList) => (Array.isArray(list) ? Float32Array.from(list) : list),
  }
  readonly #names = new Map<MessagePlan, string>()

  functionOf(plan: MessagePlan): string {
    const known = this.#names.get(plan)
    if (known !== undefined) return known
    const name = `read${this.#names.size}`
    this.#names.set(plan, name)
    this.functions.push(this.#function(name, plan))
    return name
  }

  /** `group` is the number of the field whose end tag ends the message, or -1 when `end` does. */
  #function(name: string, plan: MessagePlan): string {
    const cases = plan.fields.flatMap((field, i) => this.#cases(field, `v${i}`, plan))
    const variables = plan.fields.map((field, i) => `v${i} = ${initialText(field)}`)
    return `function ${name}(b, view, p, end, depth, group) {
if (depth > ${maxDepth}) throw r.fault('nested deeper than ${maxDepth} levels', p)
let ${['tag = 0', 'stop = 0', ...variables].join(', ')}
while (p < end) {
tag = b[p]
if (tag < 128) p++
else { tag = r.uint32(b, p, end); p = r.at }
switch (tag) {
${cases.join('\n')}
default:
if (group >= 0 && tag === ((group << 3) | 4) >>> 0) { r.at = p; group = -2; break }
r.skip(b, tag, p, end, depth); p = r.at
}
if (group === -2) break
}
if (group >= 0) throw r.fault('a group has no end', p)
r.at = p
${resultText(plan)}
}`
  }

  #cases(field: FieldPlan, v: string, plan: MessagePlan): string[] {
    const tag = (wire: number) => ((field.id << 3) | wire) >>> 0
    const wire = wireTypeOf(field.value)
    if (field.mapKey !== null) return [`case ${tag(2)}:\n${this.#mapText(field, field.mapKey, v)}\nbreak`]
    if (!field.isRepeated) {
      const rivals = field.rivals.map((name) => `v${plan.fields.findIndex((f) => f.name === name)} = undefined`)
      return [`case ${tag(wire)}:\n${[this.#valueText(field, v), ...rivals].join('\n')}\nbreak`]
    }
    const isTyped = field.value.kind === 'double' || field.value.kind === 'float'
    const list = isTyped ? `${v} = lib.listOf(${v})` : `if (${v} === undefined) ${v} = []`
    const one = `case ${tag(wire)}:\n${list}\n${this.#valueText(field, 'stop')}\n${v}.push(stop)\nbreak`
    if (wire === 2 || wire === 3) return [one]
    const open = 'stop = r.stop(b, p, end)\np = r.at'
    if (isTyped) {
      const size = field.value.kind === 'double' ? 8 : 4
      const packed = field.value.kind === 'double' ? 'packedDoubles' : 'packedFloats'
      return [
        one,
        `case ${tag(2)}:
${open}
if ((stop - p) % ${size} !== 0) throw r.fault('packed numbers of ${size} bytes end inside one', p)
${v} = lib.${packed}(${v}, view, p, stop)
p = stop
break`,
      ]
    }
    return [
      one,
      `case ${tag(2)}:
if (${v} === undefined) ${v} = []
${open}
{ const last = stop
while (p < last) { let x; ${this.#scalarText(field.value, 'x', 'last')}
${v}.push(x) } }
break`,
    ]
  }

  /** Reads one value of the field into the variable `v` and moves `p`. */
  #valueText(field: FieldPlan, v: string): string {
    const { value } = field
    if (value.kind === 'message') {
      return `stop = r.stop(b, p, end)
${v} = ${this.functionOf(value.message)}(b, view, r.at, stop, depth + 1, -1)
p = r.at`
    }
    if (value.kind === 'group') {
      return `${v} = ${this.functionOf(value.message)}(b, view, p, end, depth + 1, ${field.id})
p = r.at`
    }
    return this.#scalarText(value, v, 'end')
  }

  #scalarText(value: ValuePlan, v: string, end: string): string {
    if (value.kind === 'enum') {
      const set = this.library.enums.push(value.names) - 1
      return `${v} = r.int32(b, p, ${end}); ${v} = lib.enums[${set}].get(${v}) ?? ${v}; p = r.at`
    }
    // The most common field of all: worth a template of its own.
    if (value.kind === 'double') {
      return `if (p + 8 > ${end}) throw r.fault('a number of 8 bytes runs past the end', p); ${v} = view.getFloat64(p, true); p += 8`
    }
    return `${v} = r.${value.kind}(${fixed.has(value.kind) ? 'view' : 'b'}, p, ${end}); p = r.at`
  }

  #mapText(field: FieldPlan, key: Scalar, v: string): string {
    const { value } = field
    const keyField = { ...field, id: 1, value: { kind: key } as ValuePlan }
    return `stop = r.stop(b, p, end)
p = r.at
{ const end = stop
let k = ${key === 'string' ? "''" : key === 'bool' ? 'false' : '0'}, x = ${this.#defaultText(value)}
while (p < end) {
tag = r.uint32(b, p, end)
p = r.at
if (tag === ${8 | wireTypes[key]}) { ${this.#scalarText(keyField.value, 'k', 'end')} }
else if (tag === ${16 | wireTypeOf(value)}) { ${this.#valueText({ ...field, id: 2 }, 'x')} }
else { r.skip(b, tag, p, end, depth); p = r.at }
}
lib.setOwn(${v}, String(k), x)
p = end }`
  }

  /** What a map's entry without a value holds. */
  #defaultText(value: ValuePlan): string {
    switch (value.kind) {
      case 'enum':
        return JSON.stringify(value.names.get(0) ?? 0)
      case 'message':
      case 'group':
        return `${this.functionOf(value.message)}(b, view, p, p, depth + 1, -1)`
      case 'string':
        return "''"
      case 'bytes':
        return 'new Uint8Array(0)'
      case 'bool':
        return 'false'
      default:
        return '0'
    }
  }
}

function initialText(field: FieldPlan): string {
  if (field.mapKey !== null) return '{}'
  if (field.isRepeated || field.default === undefined) return 'undefined'
  if (field.value.kind === 'bytes') {
    return `new Uint8Array([${[...Buffer.from(String(field.default), 'latin1')].join(',')}])`
  }
  return numberText(field.default)
}

/** JSON has no text for the defaults `inf` and `nan`, nor for -0. */
function numberText(value: string | number | boolean): string {
  if (typeof value !== 'number') return JSON.stringify(value)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Fields that are always there make the literal; the others are added when they were on the wire. */
function resultText(plan: MessagePlan): string {
  const always: string[] = []
  const sometimes: string[] = []
  for (const [i, field] of plan.fields.entries()) {
    const key = JSON.stringify(field.name)
    const isPresent = field.default !== undefined || field.mapKey !== null || field.isRepeated
    if (field.isRequired) {
      const reason = JSON.stringify(`required field "${field.name}" is missing`)
      sometimes.push(`if (v${i} === undefined) throw r.fault(${reason}, p)`)
    }
    if (isPresent) always.push(`${field.name === '__proto__' ? `[${key}]` : key}: ${finalText(field, `v${i}`)}`)
    else sometimes.push(`if (v${i} !== undefined) lib.setOwn(o, ${key}, v${i})`)
  }
  return `const o = {${always.join(', ')}}\n${sometimes.join('\n')}\nreturn o`
}

function finalText(field: FieldPlan, v: string): string {
  if (!field.isRepeated) return v
  if (field.value.kind === 'double') return `${v} === undefined ? new Float64Array(0) : lib.doubles(${v})`
  if (field.value.kind === 'float') return `${v} === undefined ? new Float32Array(0) : lib.floats(${v})`
  return `${v} === undefined ? [] : ${v}`
}

type NumberList = number[] | Float64Array | Float32Array

/** The list to which single elements can be added. */
function listOf(list: NumberList | undefined): number[] {
  return list === undefined ? [] : Array.isArray(list) ? list : Array.from(list)
}

function packedDoubles(list: NumberList | undefined, view: DataView, start: number, stop: number): NumberList {
  if (list !== undefined) return appended(listOf(list), packedDoubles(undefined, view, start, stop))
  const numbers = new Float64Array((stop - start) / 8)
  for (let i = 0, p = start; p < stop; i++, p += 8) numbers[i] = view.getFloat64(p, true)
  return numbers
}

function packedFloats(list: NumberList | undefined, view: DataView, start: number, stop: number): NumberList {
  if (list !== undefined) return appended(listOf(list), packedFloats(undefined, view, start, stop))
  const numbers = new Float32Array((stop - start) / 4)
  for (let i = 0, p = start; p < stop; i++, p += 4) numbers[i] = view.getFloat32(p, true)
  return numbers
}

function appended(list: number[], more: NumberList): number[] {
  for (const number of more) list.push(number)
  return list
}

/** Sets a field whatever its name is: assigning to `__proto__` would set the prototype. */
function setOwn(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  } else (object as Record<string, unknown>)[key] = value
}
