// Longer than others: one kernel per operator, each a few lines, in one table.
import type { Tensor } from '../../../schema/tensor.ts'
import { RegexFault } from '../../patterns/regex-parse.ts'
import { groupOf, TextPattern } from '../../patterns/text-pattern.ts'
import { byteString } from '../bytes-text.ts'
import type { TfNode } from '../graph.ts'
import { boolOf, dtypeOf, intOf, intsOf, textOf } from '../node-attributes.ts'
import { fingerprint64, hash64, sipHash } from './farm-hash.ts'
import { asText, numberFormat } from './number-text.ts'
import {
  gives,
  givesAttribute,
  type Kernel,
  KernelFault,
  type KernelNode,
  type Operator,
  type OperatorTable,
  sameShape,
} from './operator.ts'
import {
  axisOf,
  broadcastIndex,
  broadcastSizes,
  checkedShape,
  generate,
  largest,
  numbers,
  scalarOf,
  take,
  texts,
  vector,
} from './plain.ts'

const full = (node: KernelNode) => node as TfNode
const string = gives('string')

/** A function of single texts. */
function each(make: (node: KernelNode) => (text: string) => string): Operator {
  return {
    types: string,
    infer: sameShape(),
    evaluate: (node, inputs) => {
      const f = make(node)
      const x = texts(take(inputs, 0))
      return [{ dtype: 'string', shape: take(inputs, 0).shape, data: x.map(f) }]
    },
  }
}

const utf8 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')
const isUtf8 = (node: KernelNode) => /^utf-?8$/i.test(textOf(full(node), 'encoding', ''))
const asciiLower = (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
const asciiUpper = (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())

/** Patterns of RE2 run on characters; bytes that are no UTF-8 are taken one by one. */
function characters(bytes: string): { readonly text: string; readonly back: (text: string) => string } {
  const text = utf8(bytes)
  return byteString(text) === bytes ? { text, back: byteString } : { text: bytes, back: (same) => same }
}

/** RE2's `$` is the end of the text, also before a line end, and its `\C` has no equal. */
function patternOf(source: string): TextPattern {
  const text = utf8(source)
  let pattern = ''
  let isClass = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c === '\\') {
      if (text[i + 1] === 'C') throw new KernelFault('the pattern has \\C')
      pattern += c + (text[++i] ?? '')
      continue
    }
    if (c === '[' && !isClass) isClass = true
    else if (c === '[' && text[i + 1] === ':') {
      const end = text.indexOf(':]', i)
      if (end > 0) {
        pattern += text.slice(i, end + 2)
        i = end + 1
        continue
      }
    } else if (c === ']' && isClass) isClass = false
    pattern += c === '$' && !isClass ? '\\z' : c
  }
  try {
    return new TextPattern(pattern, false)
  } catch (fault) {
    if (fault instanceof RegexFault) throw new KernelFault(`the pattern ${JSON.stringify(text)}: ${fault.message}`)
    throw fault
  }
}

const patterns = new Map<string, TextPattern>()

/** Patterns are few: they come from the graph. */
function pattern(source: string): TextPattern {
  let found = patterns.get(source)
  if (!found) {
    if (patterns.size > 200) patterns.clear()
    found = patternOf(source)
    patterns.set(source, found)
  }
  return found
}

/** `\1` is what a group matched, `\0` all of it. */
function rewriteOf(rewrite: string) {
  const parts = utf8(rewrite).split(/\\([0-9\\])/)
  return (text: string, ends: Int32Array) =>
    parts.map((part, i) => (i % 2 === 0 || part === '\\' ? part : groupOf(text, ends, Number(part)))).join('')
}

function replaced(x: Tensor, source: string, rewrite: string, isGlobal: boolean): Tensor {
  const found = pattern(source)
  const replacement = rewriteOf(rewrite)
  const data = texts(x).map((bytes) => {
    const { text, back } = characters(bytes)
    return back(isGlobal ? found.replace(text, replacement) : found.replaceFirst(text, replacement))
  })
  return { dtype: 'string', shape: x.shape, data }
}

function matched(x: Tensor, source: string): Tensor {
  const whole = pattern(`^(?:${source})\\z`)
  return generate('boolean', x.shape, (i) => (whole.test(characters(texts(x)[i] as string).text) ? 1 : 0))
}

function joined(inputs: readonly Tensor[], separator: string): Tensor {
  const shape = inputs.map((x) => x.shape).reduce((a, b) => broadcastSizes(a, b), [] as readonly number[])
  const at = inputs.map((x) => broadcastIndex(x.shape, shape))
  return generate('string', shape, (i) =>
    inputs.map((x, k) => texts(x)[at[k]?.(i) as number] as string).join(separator),
  )
}

const reduceJoin: Kernel = (node, inputs) => {
  const x = take(inputs, 0)
  const rank = x.shape.length
  const separator = byteString(textOf(full(node), 'separator', ''))
  const given = numbers(take(inputs, 1)).map((axis) => axisOf(axis, rank))
  const axes = given.length === 0 ? x.shape.map((_, d) => rank - 1 - d).reverse() : given
  const keeps = boolOf(full(node), 'keep_dims', false)
  const kept = x.shape.map((size, d) => (axes.includes(d) ? 1 : size))
  const to = broadcastIndex(kept, x.shape)
  const groups = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, () => [] as string[])
  texts(x).forEach((text, i) => void groups[to(i)]?.push(text))
  const shape = keeps ? kept : x.shape.filter((_, d) => !axes.includes(d))
  return [{ dtype: 'string', shape, data: groups.map((group) => group.join(separator)) }]
}

/** Texts of code points, rows cut by their ends. */
const unicodeEncode: Kernel = (node, inputs) => {
  const errors = textOf(full(node), 'errors', 'replace')
  const replacement = intOf(full(node), 'replacement_char', 0xfffd)
  const [points, ends] = [numbers(take(inputs, 0)), numbers(take(inputs, 1))]
  const encoded = (point: number): string => {
    if (point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point)
    if (errors === 'strict') throw new KernelFault(`the code point ${point}`)
    return errors === 'ignore' ? '' : String.fromCodePoint(replacement)
  }
  const rows = ends.slice(1).map((end, row) => points.slice(ends[row], end).map(encoded).join(''))
  return [{ dtype: 'string', shape: [rows.length], data: rows.map(byteString) }]
}

/** Texts of each segment in their order; a number below 0 is of none. */
const segmentJoin: Kernel = (node, inputs) => {
  const [x, ids] = [take(inputs, 0), take(inputs, 1)]
  const separator = byteString(textOf(full(node), 'separator', ''))
  const [count = 0] = numbers(take(inputs, 2))
  const inner = x.shape.slice(ids.shape.length)
  const width = inner.reduce((a, b) => a * b, 1)
  const joined = new Array<string>(checkedShape([count, width]).reduce((a, b) => a * b, 1)).fill('')
  numbers(ids).forEach((id, i) => {
    if (id >= count) throw new KernelFault(`segment ${id} of ${count}`)
    if (id < 0) return
    for (let k = 0; k < width; k++) {
      const [at, text] = [id * width + k, texts(x)[i * width + k] as string]
      // What is empty so far gets no separator, as in unsorted_segment_join_op.cc.
      joined[at] = joined[at] === '' ? text : `${joined[at]}${separator}${text}`
    }
  })
  return [{ dtype: 'string', shape: [count, ...inner], data: joined }]
}

/** Parts of each text, as a sparse tensor: positions, values, shape. */
function sparseParts(rows: readonly (readonly string[])[]): Tensor[] {
  const places = rows.flatMap((row, r) => row.flatMap((_, c) => [r, c]))
  const values = rows.flat()
  const width = largest(
    rows.map((row) => row.length),
    0,
  )
  return [
    generate('int64', [values.length, 2], (i) => BigInt(places[i] as number)),
    { dtype: 'string', shape: [values.length], data: values },
    vector('int64', [rows.length, width]),
  ]
}

const blanks = /[ \t\n\v\f\r]+/

function splitAt(text: string, separator: string, most: number): string[] {
  const parts: string[] = []
  let rest = text
  if (separator === '') {
    rest = rest.replace(/^[ \t\n\v\f\r]+/, '')
    while (rest !== '' && parts.length !== most) {
      const found = blanks.exec(rest)
      if (!found) break
      parts.push(rest.slice(0, found.index))
      rest = rest.slice(found.index + found[0].length)
    }
    return rest === '' ? parts : [...parts, parts.length === most ? rest : rest.replace(/[ \t\n\v\f\r]+$/, '')]
  }
  while (parts.length !== most) {
    const at = rest.indexOf(separator)
    if (at < 0) break
    parts.push(rest.slice(0, at))
    rest = rest.slice(at + separator.length)
  }
  return [...parts, rest]
}

/** StringSplit: each character of the delimiter parts; none splits into single bytes. */
function splitAny(text: string, delimiter: string, skipsEmpty: boolean): string[] {
  const parts = delimiter === '' ? [...text] : splitChars(text, delimiter)
  return skipsEmpty ? parts.filter((part) => part !== '') : text === '' ? [] : parts
}

function splitChars(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i <= text.length; i++)
    if (i === text.length || delimiter.includes(text[i] as string)) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  return parts
}

const substr: Kernel = (node, inputs) => {
  const x = take(inputs, 0)
  const isCharacters = textOf(full(node), 'unit', 'BYTE') === 'UTF8_CHAR'
  const [from, size] = [take(inputs, 1), take(inputs, 2)]
  const shape = broadcastSizes(x.shape, from.shape)
  const [a, b] = [broadcastIndex(x.shape, shape), broadcastIndex(from.shape, shape)]
  return [
    generate('string', shape, (i) => {
      const bytes = texts(x)[a(i)] as string
      const units = isCharacters ? [...utf8(bytes)] : bytes
      const start = Number(from.data[b(i)])
      const count = Number(size.data[b(i)])
      if (start > units.length || start < -units.length)
        throw new KernelFault(`position ${start} of a text of ${units.length}`)
      const at = start < 0 ? units.length + start : start
      const part = units.slice(at, at + Math.max(0, count))
      return typeof part === 'string' ? part : byteString(part.join(''))
    }),
  ]
}

/** A number as strtof and strtoll read it, with white space around it. */
function readNumber(bytes: string, dtype: Tensor['dtype']): number | bigint {
  const text = bytes.trim()
  const fail = () => {
    throw new KernelFault(`${JSON.stringify(bytes)} is no number of ${dtype}`)
  }
  if (dtype === 'int32' || dtype === 'int64') {
    if (!/^[+-]?\d+$/.test(text)) return fail()
    const value = BigInt(text.replace('+', ''))
    if (BigInt.asIntN(dtype === 'int64' ? 64 : 32, value) !== value) return fail()
    return dtype === 'int64' ? value : Number(value)
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  const special = /^([+-]?)(inf(inity)?|nan)$/i.exec(text)
  if (special)
    return (special[2] as string).toLowerCase() === 'nan'
      ? Number.NaN
      : special[1] === '-'
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
  const hex = /^([+-]?)0x([0-9a-f]+)$/i.exec(text)
  if (hex) return (hex[1] === '-' ? -1 : 1) * Number.parseInt(hex[2] as string, 16)
  return fail()
}

/** Buckets by a hash of 64 bits. */
function bucket(hash: (node: KernelNode) => (text: string) => bigint): Operator {
  return {
    types: gives('int64'),
    infer: sameShape(),
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      const buckets = node.attributes.get('num_buckets')
      if (buckets?.kind !== 'int') throw new KernelFault('no number of buckets')
      const count = buckets.value
      const f = hash(node)
      return [generate('int64', x.shape, (i) => f(texts(x)[i] as string) % count)]
    },
  }
}

const webSafe = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_')

function decodeBase64(text: string): string {
  if (!/^[A-Za-z0-9_-]*=*$/.test(text)) throw new KernelFault(`${JSON.stringify(text)} is not web-safe base64`)
  return Buffer.from(text, 'base64url').toString('latin1')
}

/** Elements that stand in the bytes of each text. */
function decodeRaw(node: KernelNode, x: Tensor, length: number | null): Tensor {
  const dtype = dtypeOf(full(node), 'out_type') as Tensor['dtype']
  const isLittle = boolOf(full(node), 'little_endian', true)
  const all = texts(x)
  const bytes = length ?? all[0]?.length ?? 0
  if (length === null && all.some((text) => text.length !== bytes)) throw new KernelFault('texts of different lengths')
  const probe = generate(dtype, [1], () => (dtype === 'int64' || dtype === 'uint64' ? 0n : 0)).data as Uint8Array
  const width = probe.BYTES_PER_ELEMENT
  if (bytes % width !== 0) throw new KernelFault(`${bytes} bytes for elements of ${width}`)
  const buffer = Buffer.alloc(all.length * bytes)
  all.forEach((text, i) => void buffer.write(text.slice(0, bytes), i * bytes, 'latin1'))
  if (!isLittle && width > 1) for (let i = 0; i < buffer.length; i += width) buffer.subarray(i, i + width).reverse()
  const type = probe.constructor as unknown as new (buffer: ArrayBuffer) => Tensor['data']
  const data = new type(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length) as ArrayBuffer)
  return { dtype, shape: [...x.shape, bytes / width], data }
}

function codePoints(text: string): number[] {
  return [...utf8(text)].map((c) => c.codePointAt(0) as number)
}

/** n-grams of ragged rows; padding takes none of them beyond the edges. */
const stringNGrams: Kernel = (node, inputs) => {
  const [data, splits] = [texts(take(inputs, 0)), numbers(take(inputs, 1))]
  const one = full(node)
  const [separator, left, right] = ['separator', 'left_pad', 'right_pad'].map((name) =>
    byteString(textOf(one, name, '')),
  ) as [string, string, string]
  const widths = intsOf(one, 'ngram_widths')
  const given = intOf(one, 'pad_width', 0)
  const keepsShort = boolOf(one, 'preserve_short_sequences', false)
  const found: string[] = []
  const ends = [0]
  for (let r = 0; r + 1 < splits.length; r++) {
    const row = data.slice(splits[r], splits[r + 1])
    const before = found.length
    for (const width of widths) {
      const pad = Math.min(given < 0 ? width - 1 : given, width - 1)
      const padded = [...new Array<string>(pad).fill(left), ...row, ...new Array<string>(pad).fill(right)]
      for (let i = 0; i + width <= padded.length; i++) found.push(padded.slice(i, i + width).join(separator))
    }
    if (keepsShort && found.length === before && row.length > 0) found.push(row.join(separator))
    ends.push(found.length)
  }
  const dtype = take(inputs, 1).dtype as 'int64'
  return [{ dtype: 'string', shape: [found.length], data: found }, vector(dtype, ends)]
}

function unicodeDecode(hasOffsets: boolean): Operator {
  return {
    types: (node) => [dtypeOf(node, 'Tsplits', 'int64'), 'int32', ...(hasOffsets ? (['int64'] as const) : [])],
    evaluate: (node, inputs) => {
      if (!/^utf-?8$/i.test(textOf(full(node), 'input_encoding')))
        throw new KernelFault('an encoding that is not UTF-8')
      const rows = texts(take(inputs, 0)).map(codePoints)
      const ends = [0]
      for (const row of rows) ends.push((ends.at(-1) as number) + row.length)
      const offsets = texts(take(inputs, 0)).flatMap((text) => {
        let at = 0
        return [...utf8(text)].map((c) => {
          const from = at
          at += Buffer.byteLength(c)
          return from
        })
      })
      return [
        vector(dtypeOf(full(node), 'Tsplits', 'int64') as 'int64', ends),
        vector('int32', rows.flat()),
        vector('int64', offsets),
      ]
    },
    except: 'encodings other than UTF-8',
  }
}

/** Functions of text. */
export const textOperators: OperatorTable = {
  StringLower: each((node) => (isUtf8(node) ? (text) => byteString(utf8(text).toLowerCase()) : asciiLower)),
  StringUpper: each((node) => (isUtf8(node) ? (text) => byteString(utf8(text).toUpperCase()) : asciiUpper)),
  StringStrip: each(() => (text) => text.replace(/^[ \t\n\v\f\r]+/, '').replace(/[ \t\n\v\f\r]+$/, '')),
  StringLength: {
    types: gives('int32'),
    infer: sameShape(),
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      const isCharacters = textOf(full(node), 'unit', 'BYTE') === 'UTF8_CHAR'
      return [
        generate('int32', x.shape, (i) =>
          isCharacters ? codePoints(texts(x)[i] as string).length : (texts(x)[i] as string).length,
        ),
      ]
    },
  },
  StringJoin: {
    types: string,
    evaluate: (node, inputs) => [joined(inputs, byteString(textOf(full(node), 'separator', '')))],
  },
  ReduceJoin: { types: string, evaluate: reduceJoin },
  UnicodeEncode: {
    types: string,
    infer: () => [[null]],
    evaluate: (node, inputs) => {
      const encoding = textOf(full(node), 'output_encoding', 'UTF-8')
      if (encoding !== 'UTF-8') throw new KernelFault(`the encoding ${encoding}`)
      return unicodeEncode(node, inputs)
    },
    except: 'encodings other than UTF-8',
  },
  UnsortedSegmentJoin: {
    types: string,
    infer: (_node, inputs) => [
      inputs[0]?.shape ? [null, ...inputs[0].shape.slice(inputs[1]?.shape?.length ?? 1)] : null,
    ],
    evaluate: segmentJoin,
  },
  Substr: { types: string, evaluate: substr, infer: sameShape() },
  RegexReplace: {
    types: string,
    infer: sameShape(),
    evaluate: (node, inputs) => [
      replaced(
        take(inputs, 0),
        texts(take(inputs, 1))[0] as string,
        texts(take(inputs, 2))[0] as string,
        boolOf(full(node), 'replace_global', true),
      ),
    ],
  },
  StaticRegexReplace: {
    types: string,
    infer: sameShape(),
    evaluate: (node, inputs) => [
      replaced(
        take(inputs, 0),
        byteString(textOf(full(node), 'pattern')),
        byteString(textOf(full(node), 'rewrite')),
        boolOf(full(node), 'replace_global', true),
      ),
    ],
  },
  RegexFullMatch: {
    types: gives('boolean'),
    infer: sameShape(),
    evaluate: (_node, inputs) => [matched(take(inputs, 0), texts(take(inputs, 1))[0] as string)],
  },
  StaticRegexFullMatch: {
    types: gives('boolean'),
    infer: sameShape(),
    evaluate: (node, inputs) => [matched(take(inputs, 0), byteString(textOf(full(node), 'pattern')))],
  },
  StringSplit: {
    types: gives('int64', 'string', 'int64'),
    infer: () => [[null, 2], [null], [2]],
    evaluate: (node, inputs) => {
      const delimiter = texts(take(inputs, 1))[0] as string
      const skips = boolOf(full(node), 'skip_empty', true)
      return sparseParts(texts(take(inputs, 0)).map((text) => splitAny(text, delimiter, skips)))
    },
  },
  StringSplitV2: {
    types: gives('int64', 'string', 'int64'),
    infer: () => [[null, 2], [null], [2]],
    evaluate: (node, inputs) => {
      const separator = texts(take(inputs, 1))[0] as string
      const most = intOf(full(node), 'maxsplit', -1)
      return sparseParts(texts(take(inputs, 0)).map((text) => splitAt(text, separator, most)))
    },
  },
  StringNGrams: { types: (node) => ['string', dtypeOf(node, 'Tsplits', 'int64')], evaluate: stringNGrams },
  AsString: {
    types: string,
    infer: sameShape(),
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      const format = numberFormat(full(node))
      return [generate('string', x.shape, (i) => asText(x.data[i] as number, x.dtype, format))]
    },
  },
  StringToNumber: {
    types: givesAttribute('out_type', 'float32'),
    infer: sameShape(),
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      const dtype = dtypeOf(full(node), 'out_type', 'float32') as Tensor['dtype']
      return [generate(dtype, x.shape, (i) => readNumber(texts(x)[i] as string, dtype))]
    },
  },
  StringToHashBucketFast: bucket(() => fingerprint64),
  StringToHashBucket: bucket(() => hash64),
  StringToHashBucketStrong: bucket((node) => {
    const [a = 0, b = 0] = intsOf(full(node), 'key')
    const key = [BigInt.asUintN(64, BigInt(a)), BigInt.asUintN(64, BigInt(b))] as const
    return (text) => sipHash(text, key)
  }),
  EncodeBase64: each((node) => {
    const pads = boolOf(full(node), 'pad', false)
    return (text) => {
      const made = webSafe(Buffer.from(text, 'latin1').toString('base64'))
      return pads ? made : made.replace(/=+$/, '')
    }
  }),
  DecodeBase64: each(() => decodeBase64),
  DecodeRaw: {
    types: givesAttribute('out_type'),
    evaluate: (node, inputs) => [decodeRaw(node, take(inputs, 0), null)],
  },
  DecodePaddedRaw: {
    types: givesAttribute('out_type'),
    evaluate: (node, inputs) => [decodeRaw(node, take(inputs, 0), scalarOf(take(inputs, 1)))],
  },
  UnicodeDecode: unicodeDecode(false),
  UnicodeDecodeWithOffsets: unicodeDecode(true),
  UnicodeTranscode: {
    ...each((node) => {
      const one = full(node)
      const mode = textOf(one, 'errors', 'replace')
      const mark = String.fromCodePoint(intOf(one, 'replacement_char', 65533))
      for (const name of ['input_encoding', 'output_encoding'])
        if (!/^utf-?8$/i.test(textOf(one, name))) throw new KernelFault('an encoding that is not UTF-8')
      return (text) => {
        const read = utf8(text)
        if (byteString(read) === text) return text
        if (mode === 'strict') throw new KernelFault('bytes that are not UTF-8')
        return byteString(mode === 'ignore' ? read.replaceAll('\ufffd', '') : read.replaceAll('\ufffd', mark))
      }
    }),
    except: 'encodings other than UTF-8',
  },
}
