// One scanner in one file: its methods share the bytes and the place in them.
import { ByteStrings, HASH_FACTOR, longer } from './byte-strings.ts'
import {
  BLANK,
  characterOf,
  classes,
  codePointAt,
  isNameExtra,
  isNameStart,
  latin1,
  NAME,
  NAME_START,
  TEXT_STOP,
  VALUE_STOP,
} from './xml-characters.ts'

/**
 * Elements of a document in document order, as numbers: element `i` starts with the `<` at byte `starts[i]`; the elements inside it
 * are `i + 1` to `ends[i]` (exclusive); its name without prefix is string `names[i]` of `strings`.
 *
 * Example: `<a><b/><c/></a>` has starts [0, 3, 7] and ends [3, 2, 3].
 */
export interface XmlTape {
  readonly bytes: Uint8Array // UTF-8
  readonly size: number // elements
  readonly starts: Int32Array // [size or more]
  readonly ends: Int32Array // [size or more]
  readonly names: Uint16Array // [size or more]
  readonly strings: ByteStrings
  /** Which elements have which attributes: numbers of both names, `element * 65536 + attribute`. */
  readonly pairs: ReadonlySet<number>
}

/** Bounds on what a document may hold; beyond them it is refused. */
export const limits = Object.freeze({
  depth: 512,
  elements: 20_000_000,
  attributes: 4096,
  names: 65_535,
  bytes: 2 ** 31 - 1,
})

/** How a fault is told; neither call returns. */
export interface XmlFaults {
  refuse(reason: string, at: number): never
  exceed(what: string, limit: number, at: number): never
}

/** Finds the elements of a document that is UTF-8, and refuses it when it is not well-formed XML 1.0 or has a DOCTYPE. */
export function scanXml(bytes: Uint8Array, faults: XmlFaults): XmlTape {
  return new Scanner(bytes, faults).scan()
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #faults: XmlFaults
  readonly #strings: ByteStrings
  #starts: Int32Array<ArrayBuffer>
  #ends: Int32Array<ArrayBuffer>
  #names: Uint16Array<ArrayBuffer>
  #size = 0
  readonly #stack = new Int32Array(limits.depth)
  #depth = 0
  /** The element that last had an attribute of this name, and 1. */
  #lastWith = new Int32Array(256)
  /** Pairs of element and attribute names that were met; those of small numbers are looked up here first. */
  readonly #pairs = new Set<number>()
  readonly #isPaired = new Uint8Array(65_536)
  /** Where the name that was read last ends. */
  #at = 0

  constructor(bytes: Uint8Array, faults: XmlFaults) {
    this.#bytes = bytes
    this.#faults = faults
    this.#strings = new ByteStrings(bytes)
    const capacity = Math.min(1024, bytes.length)
    this.#starts = new Int32Array(capacity)
    this.#ends = new Int32Array(capacity)
    this.#names = new Uint16Array(capacity)
  }

  scan(): XmlTape {
    const bytes = this.#bytes
    if (bytes.length > limits.bytes) this.#faults.exceed('bytes', limits.bytes, 0)
    const forbidden = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (const noncharacter of ['\ufffe', '\uffff']) {
      const found = forbidden.indexOf(noncharacter)
      if (found >= 0) this.#faults.refuse('disallowed character', found)
    }
    let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    at = this.#declaration(at)
    while (at < bytes.length) {
      if (bytes[at] !== 60) {
        at = this.#text(at)
        continue
      }
      const next = bytes[at + 1]
      if (next === 47) at = this.#close(at)
      else if (next === 33) at = this.#exclamation(at)
      else if (next === 63) at = this.#instruction(at)
      else at = this.#open(at)
    }
    if (this.#depth > 0) {
      const open = this.#starts[this.#stack[this.#depth - 1] as number] as number
      const name = this.#nameAt(open + 1)
      const line = lineAt(bytes, open)
      this.#faults.refuse(
        `unclosed tag: ${name}, opened at line ${line}; the document is cut off or a closing tag is missing`,
        at,
      )
    }
    if (this.#size === 0) this.#faults.refuse('document must contain a root element', at)
    return {
      bytes,
      size: this.#size,
      starts: this.#starts,
      ends: this.#ends,
      names: this.#names,
      strings: this.#strings,
      pairs: this.#pairs,
    }
  }

  /** Start tag at `<`; answers where what follows starts, as all of these do. */
  #open(start: number): number {
    const bytes = this.#bytes
    const element = this.#size
    if (this.#depth === 0 && element > 0) this.#faults.refuse('documents may contain only one root', start)
    const name = this.#name(start + 1, true)
    if (element === this.#starts.length) this.#grow(start)
    if (element >= limits.elements) this.#faults.exceed('elements', limits.elements, start)
    if (this.#depth >= limits.depth) this.#faults.exceed('levels of nesting', limits.depth, start)
    this.#starts[element] = start
    this.#names[element] = name
    this.#size++
    let at = this.#at
    for (let count = 0; ; ) {
      const from = at
      while (((classes[bytes[at] as number] as number) & BLANK) !== 0) at++
      const byte = bytes[at]
      if (byte === 62) {
        this.#stack[this.#depth++] = element
        return at + 1
      }
      if (byte === 47) {
        if (bytes[at + 1] !== 62) this.#faults.refuse('forward-slash in opening tag not followed by >', at + 1)
        this.#ends[element] = element + 1
        return at + 2
      }
      if (at >= bytes.length) this.#faults.refuse(`unclosed tag: ${this.#nameAt(start + 1)}`, at)
      if (from === at) {
        this.#faults.refuse(count > 0 ? 'no whitespace between attributes' : 'disallowed character in tag name', at)
      }
      if (++count > limits.attributes) this.#faults.exceed('attributes in one element', limits.attributes, at)
      at = this.#attribute(at, element)
    }
  }

  #attribute(start: number, element: number): number {
    const bytes = this.#bytes
    const name = this.#name(start, false)
    let at = this.#at
    if (name >= this.#lastWith.length) this.#lastWith = longer(this.#lastWith, name * 2)
    if (this.#lastWith[name] === element + 1) this.#faults.refuse(`duplicate attribute: ${this.#nameAt(start)}`, start)
    this.#lastWith[name] = element + 1
    const owner = this.#names[element] as number
    const pair = owner * 256 + name
    if (name > 255 || owner > 255 || this.#isPaired[pair] === 0) {
      this.#pairs.add(owner * 65_536 + name)
      if (name <= 255 && owner <= 255) this.#isPaired[pair] = 1
    }
    while (((classes[bytes[at] as number] as number) & BLANK) !== 0) at++
    if (bytes[at] !== 61) {
      const isName = at > this.#at || bytes[at] === 62 || bytes[at] === 47
      this.#faults.refuse(isName ? 'attribute without value' : 'disallowed character in attribute name', at)
    }
    at++
    while (((classes[bytes[at] as number] as number) & BLANK) !== 0) at++
    const quote = bytes[at]
    if (quote !== 34 && quote !== 39) this.#faults.refuse('unquoted attribute value', at)
    at++
    for (;;) {
      while (((classes[bytes[at] as number] as number) & VALUE_STOP) === 0 && at < bytes.length) at++
      const byte = bytes[at]
      if (byte === quote) return at + 1
      if (byte === 38) at = this.#reference(at)
      else if (byte === 34 || byte === 39) at++
      else if (at >= bytes.length) this.#faults.refuse('unexpected end', at)
      else this.#faults.refuse('disallowed character', at)
    }
  }

  #close(start: number): number {
    const bytes = this.#bytes
    if (this.#depth === 0) this.#faults.refuse(`unmatched closing tag: ${this.#nameAt(start + 2)}`, start)
    const element = this.#stack[this.#depth - 1] as number
    let at = start + 2
    let known = (this.#starts[element] as number) + 1
    while (bytes[at] === bytes[known] && ((classes[bytes[at] as number] as number) & NAME) !== 0) {
      at++
      known++
    }
    // Names of other letters than ASCII, and those that differ.
    if (isInName(bytes[at]) || isInName(bytes[known])) {
      const name = this.#nameAt(start + 2)
      const expected = this.#nameAt((this.#starts[element] as number) + 1)
      if (name !== expected) this.#faults.refuse(`unexpected closing tag: ${name}, expected ${expected}`, start)
      at = start + 2 + Buffer.byteLength(name)
    }
    while (((classes[bytes[at] as number] as number) & BLANK) !== 0) at++
    if (bytes[at] !== 62) {
      this.#faults.refuse(at >= bytes.length ? 'unexpected end' : 'disallowed character in closing tag', at)
    }
    this.#ends[element] = this.#size
    this.#depth--
    return at + 1
  }

  #text(start: number): number {
    const bytes = this.#bytes
    let at = start
    if (this.#depth === 0) {
      while (((classes[bytes[at] as number] as number) & BLANK) !== 0) at++
      if (at < bytes.length && bytes[at] !== 60) {
        const isStart = this.#size === 0
        this.#faults.refuse(
          isStart ? 'text before the root element: this is not XML' : 'text data outside of root node',
          at,
        )
      }
      return at
    }
    for (;;) {
      while (((classes[bytes[at] as number] as number) & TEXT_STOP) === 0 && at < bytes.length) at++
      const byte = bytes[at]
      if (byte === 60 || at >= bytes.length) return at
      if (byte === 38) at = this.#reference(at)
      else if (byte === 93) {
        if (bytes[at + 1] === 93 && bytes[at + 2] === 62) {
          this.#faults.refuse('the string "]]>" is disallowed in char data', at + 2)
        }
        at++
      } else this.#faults.refuse('disallowed character', at)
    }
  }

  /** Checks the entity or character reference at `&`. */
  #reference(start: number): number {
    const bytes = this.#bytes
    let end = start + 1
    while (end < bytes.length && bytes[end] !== 59 && end - start < 40) end++
    const name = latin1(bytes, start + 1, end)
    if (bytes[end] !== 59) this.#faults.refuse(`entity "&${name.slice(0, 10)}" has no end`, start)
    if (characterOf(name) === null) {
      this.#faults.refuse(name.startsWith('#') ? 'malformed character entity' : `undefined entity: &${name};`, start)
    }
    return end + 1
  }

  /** Comment, CDATA section or DOCTYPE. */
  #exclamation(start: number): number {
    const bytes = this.#bytes
    if (bytes[start + 2] === 45 && bytes[start + 3] === 45) {
      let at = start + 4
      for (; at < bytes.length; at++) {
        const byte = bytes[at] as number
        if (byte === 45 && bytes[at + 1] === 45) {
          if (bytes[at + 2] !== 62) this.#faults.refuse('malformed comment', at + 2)
          return at + 3
        }
        if (byte < 32 && classes[byte] !== BLANK) this.#faults.refuse('disallowed character', at)
      }
      this.#faults.refuse('unclosed comment', at)
    }
    const head = latin1(bytes, start + 2, Math.min(start + 9, bytes.length))
    if (head === 'DOCTYPE')
      this.#faults.refuse('a DOCTYPE is not allowed, as it may load files and define entities; remove it', start)
    if (head !== '[CDATA[') this.#faults.refuse('incorrect syntax', start)
    if (this.#depth === 0) this.#faults.refuse('text data outside of root node', start)
    for (let at = start + 9; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === 93 && bytes[at + 1] === 93 && bytes[at + 2] === 62) return at + 3
      if (byte < 32 && classes[byte] !== BLANK) this.#faults.refuse('disallowed character', at)
    }
    return this.#faults.refuse('unclosed cdata', bytes.length)
  }

  #instruction(start: number): number {
    const bytes = this.#bytes
    const target = this.#nameAt(start + 2)
    if (!startsName(bytes, start + 2)) this.#faults.refuse('processing instruction without a target', start + 2)
    if (target.toLowerCase() === 'xml') {
      this.#faults.refuse('an XML declaration must be at the start of the document', start)
    }
    const after = start + 2 + Buffer.byteLength(target)
    if (bytes[after] !== 63 && ((classes[bytes[after] as number] as number) & BLANK) === 0) {
      this.#faults.refuse('disallowed character in processing instruction name', after)
    }
    for (let at = after; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === 63 && bytes[at + 1] === 62) return at + 2
      if (byte < 32 && classes[byte] !== BLANK) this.#faults.refuse('disallowed character', at)
    }
    return this.#faults.refuse('unclosed processing instruction', bytes.length)
  }

  #declaration(start: number): number {
    const bytes = this.#bytes
    if (!/^<\?xml[\s?]/.test(latin1(bytes, start, Math.min(start + 6, bytes.length)))) return start
    const found = declaration.exec(latin1(bytes, start, Math.min(start + 1000, bytes.length)))
    if (!found) this.#faults.refuse('malformed XML declaration', start)
    return start + (found?.[0].length ?? 0)
  }

  /** Number of the name at `start`: an element's without prefix, an attribute's in full. */
  #name(start: number, isElement: boolean): number {
    const bytes = this.#bytes
    let local = start
    let at = start
    let { seed: hash } = this.#strings
    if (!startsName(bytes, at)) {
      this.#faults.refuse(
        at >= bytes.length ? 'unexpected end' : `disallowed character in ${isElement ? 'tag' : 'attribute'} name`,
        at,
      )
    }
    for (;;) {
      const byte = bytes[at] as number
      if (byte >= 128) {
        const point = codePointAt(bytes, at)
        if (!isNameStart(point) && !isNameExtra(point)) break
        hash = Math.imul(hash ^ byte, HASH_FACTOR)
        for (at++; ((bytes[at] as number) & 0xc0) === 0x80; at++) {
          hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR)
        }
        continue
      }
      if (((classes[byte] as number) & NAME) === 0) break
      at++
      if (byte === 58 && isElement && local === start) {
        local = at
        hash = this.#strings.seed
      } else hash = Math.imul(hash ^ byte, HASH_FACTOR)
    }
    this.#at = at
    const number = this.#strings.numberHashed(local, at, hash)
    if (number >= limits.names) this.#faults.exceed('different names', limits.names, start)
    return number
  }

  /** The name at `start` as text, for messages and rare comparisons; empty when there is none. */
  #nameAt(start: number): string {
    const bytes = this.#bytes
    let at = start
    while (at < bytes.length && isInName(bytes[at])) {
      if ((bytes[at] as number) >= 128) {
        const point = codePointAt(bytes, at)
        if (!isNameStart(point) && !isNameExtra(point)) break
        at++
        while (((bytes[at] as number) & 0xc0) === 0x80) at++
      } else at++
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString('utf8')
  }

  /** Room for as many elements as the document will have when the rest is like what was read. */
  #grow(at: number): void {
    const expected = Math.ceil((this.#size / Math.max(1, at)) * this.#bytes.length * 1.05)
    const capacity = Math.min(Math.max(this.#size * 2, Math.min(expected, this.#size * 64)), this.#bytes.length)
    this.#starts = longer(this.#starts, capacity)
    this.#ends = longer(this.#ends, capacity)
    const names = new Uint16Array(capacity)
    names.set(this.#names)
    this.#names = names
  }
}

const declaration =
  /^<\?xml\s+version\s*=\s*(["'])1\.[0-9]+\1(?:\s+encoding\s*=\s*(["'])[A-Za-z][A-Za-z0-9._-]*\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*\?>/

function isInName(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 128 || ((classes[byte] as number) & NAME) !== 0)
}

function startsName(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] ?? 0
  return first < 128 ? ((classes[first] as number) & NAME_START) !== 0 : isNameStart(codePointAt(bytes, at))
}

function lineAt(bytes: Uint8Array, end: number): number {
  let line = 1
  for (let at = 0; at < end; at++) if (bytes[at] === 10) line++
  return line
}
