import { isAscii, isUtf8 } from 'node:buffer'
import { MillraceError } from '../../core/errors.ts'
import { characterOf, latin1 } from './xml-characters.ts'
import { scanXml, type XmlTape } from './xml-scan.ts'

/**
 * One element of a document. It is a place in the document's bytes: attributes, text and children are read from there when they are
 * asked for, and children are new objects each time, so that a document of any size takes no more memory than what is looked at. Two
 * are the same element when their `index` is the same.
 */
export class XmlElement {
  readonly document: XmlDocument
  /** Number of the element in document order. */
  readonly index: number
  #attributes: Readonly<Record<string, string | undefined>> | null = null

  constructor(document: XmlDocument, index: number) {
    this.document = document
    this.index = index
  }

  /** Name without prefix. */
  get name(): string {
    return this.document.nameOf(this.index)
  }

  /** Values by full name. */
  get attributes(): Readonly<Record<string, string | undefined>> {
    return (this.#attributes ??= this.document.attributesOf(this.index))
  }

  get children(): XmlElement[] {
    const { document, index } = this
    const found: XmlElement[] = []
    for (let child = document.firstChild(index); child >= 0; child = document.nextChild(index, child)) {
      found.push(new XmlElement(document, child))
    }
    return found
  }

  childrenNamed(name: string): XmlElement[] {
    const { document, index } = this
    const number = document.nameNumber(name)
    const found: XmlElement[] = []
    for (let child = document.firstChild(index); child >= 0; child = document.nextChild(index, child)) {
      if (document.tape.names[child] === number) found.push(new XmlElement(document, child))
    }
    return found
  }

  /** The first child with this name, or null. */
  childNamed(name: string): XmlElement | null {
    const { document, index } = this
    const number = document.nameNumber(name)
    for (let child = document.firstChild(index); child >= 0; child = document.nextChild(index, child)) {
      if (document.tape.names[child] === number) return new XmlElement(document, child)
    }
    return null
  }

  /** What stands directly inside; white space between child elements is not content. */
  get text(): string {
    return this.document.textOf(this.index)
  }

  get line(): number {
    return this.document.position(this.index).line
  }

  get column(): number {
    return this.document.position(this.index).column
  }
}

/** A document whose elements are known; what they hold is in its bytes. */
export class XmlDocument {
  readonly tape: XmlTape
  readonly #names: (string | undefined)[] = []
  #numbers: Map<string, number> | null = null
  /** The place that was asked for last: messages about many elements go through the text once. */
  #place: Place = startOfText

  constructor(tape: XmlTape) {
    this.tape = tape
  }

  get root(): XmlElement {
    return new XmlElement(this, 0)
  }

  /** Number of an element or attribute name, or -1 when the document does not use it. */
  nameNumber(name: string): number {
    if (!this.#numbers) {
      this.#numbers = new Map()
      for (let i = 0; i < this.tape.strings.size; i++) this.#numbers.set(this.#name(i), i)
    }
    return this.#numbers.get(name) ?? -1
  }

  nameOf(element: number): string {
    return this.#name(this.tape.names[element] as number)
  }

  /** First element inside, or -1. */
  firstChild(element: number): number {
    return (this.tape.ends[element] as number) > element + 1 ? element + 1 : -1
  }

  /** The element after `child` inside `parent`, or -1. */
  nextChild(parent: number, child: number): number {
    const next = this.tape.ends[child] as number
    return next < (this.tape.ends[parent] as number) ? next : -1
  }

  /** How many elements have each name. */
  counts(): Map<string, number> {
    const { names, size, strings } = this.tape
    const counts = new Int32Array(strings.size)
    for (let i = 0; i < size; i++) counts[names[i] as number] = (counts[names[i] as number] as number) + 1
    const found = new Map<string, number>()
    counts.forEach((count, name) => {
      if (count > 0) found.set(this.#name(name), count)
    })
    return found
  }

  /** Names of the attributes that elements of this name have somewhere in the document. */
  attributeNames(elementName: number): string[] {
    return [...this.tape.pairs]
      .filter((pair) => Math.floor(pair / 65_536) === elementName)
      .map((pair) => this.#name(pair % 65_536))
  }

  /** Elements with this name in document order. */
  *named(name: string): Generator<XmlElement> {
    const { names, size } = this.tape
    const number = this.nameNumber(name)
    for (let i = 0; i < size; i++) if (names[i] === number) yield new XmlElement(this, i)
  }

  attributesOf(element: number): Readonly<Record<string, string | undefined>> {
    const { bytes, starts } = this.tape
    const found: Record<string, string> = {}
    let at = endOfName(bytes, (starts[element] as number) + 1)
    for (;;) {
      const from = skipBlanks(bytes, at)
      if (bytes[from] === 62 || bytes[from] === 47) return found
      const end = endOfName(bytes, from)
      const open = skipBlanks(bytes, skipBlanks(bytes, end) + 1)
      let close = open + 1
      while (bytes[close] !== bytes[open]) close++
      found[this.#name(this.tape.strings.number(from, end))] = valueText(bytes, open + 1, close)
      at = close + 1
    }
  }

  /** Text of an attribute's value that lies at these bytes. */
  valueText(start: number, end: number): string {
    return valueText(this.tape.bytes, start, end)
  }

  /** Where an element's text lies when it is ASCII and all that the element holds, without references and carriage returns; else null. */
  plainContent(element: number): { readonly start: number; readonly end: number } | null {
    const { bytes, starts, ends } = this.tape
    if ((ends[element] as number) !== element + 1) return null
    const start = endOfTag(bytes, starts[element] as number)
    if (bytes[start - 2] === 47) return { start, end: start }
    for (let end = start; ; end++) {
      const byte = bytes[end] as number
      if (byte === 60) return bytes[end + 1] === 47 ? { start, end } : null
      if (byte === 38 || byte === 13 || byte >= 128) return null
    }
  }

  textOf(element: number): string {
    const { bytes, starts } = this.tape
    const plain = this.plainContent(element)
    if (plain) {
      const text = latin1(bytes, plain.start, plain.end)
      return text.trim() === '' && text.includes('\n') ? '' : text
    }
    let at = endOfTag(bytes, starts[element] as number)
    if (bytes[at - 2] === 47) return ''
    let text = ''
    let hasChildren = false
    for (let depth = 0; ; ) {
      if (bytes[at] !== 60) {
        const end = bytes.indexOf(60, at)
        if (depth === 0) {
          const run = contentText(bytes, at, end)
          const isBlank = text === '' && run.trim() === '' && (hasChildren || run.includes('\n'))
          if (!isBlank) text += run
        }
        at = end
      } else if (bytes[at + 1] === 33 || bytes[at + 1] === 63) {
        const end = endOfSection(bytes, at)
        // Of these only CDATA is content, and it is what it is.
        if (depth === 0 && bytes[at + 2] === 91) {
          const run = lines(utf8(bytes, at + 9, end - 3))
          if (!(text === '' && run.trim() === '' && (hasChildren || run.includes('\n')))) text += run
        }
        at = end
      } else if (bytes[at + 1] === 47) {
        if (depth-- === 0) return text
        at = bytes.indexOf(62, at) + 1
      } else {
        hasChildren = true
        at = endOfTag(bytes, at)
        if (bytes[at - 2] !== 47) depth++
      }
    }
  }

  /** Line and column of an element's `<`, both from 1; columns count characters. */
  position(element: number): { line: number; column: number } {
    const end = this.tape.starts[element] as number
    this.#place = placeAt(this.tape.bytes, end, this.#place.end <= end ? this.#place : startOfText)
    return { line: this.#place.line, column: this.#place.column }
  }

  #name(number: number): string {
    const { strings, bytes } = this.tape
    return (this.#names[number] ??= utf8(bytes, strings.start(number), strings.end(number)))
  }
}

/** Reads a document. Extensions are kept; DOCTYPE is refused. `source` is for messages. */
export function readXml(bytes: Uint8Array, source: string): XmlElement {
  const text = asUtf8(bytes)
  const place = (at: number) => ({ source, ...positionAt(text, Math.min(at, text.length)) })
  const tape = scanXml(text, {
    refuse(reason, at) {
      throw new MillraceError('MODEL_PMML_SYNTAX', { ...place(at), reason })
    },
    exceed(what, limit, at) {
      throw new MillraceError('MODEL_PMML_LIMIT', { ...place(at), limit, what })
    },
  })
  return new XmlDocument(tape).root
}

/** A place in a text: its byte, its line and column from 1, and where its line starts. */
interface Place {
  readonly end: number
  readonly line: number
  readonly column: number
  readonly start: number
}

const startOfText: Place = { end: 0, line: 1, column: 1, start: 0 }

/** Line and column of a byte, both from 1. */
function positionAt(bytes: Uint8Array, end: number): { line: number; column: number } {
  const { line, column } = placeAt(bytes, end, startOfText)
  return { line, column }
}

/** The place of a byte, found from one before it. */
function placeAt(bytes: Uint8Array, end: number, from: Place): Place {
  let { line, start } = from
  for (let at = from.end; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 10 && byte !== 13) continue
    if (byte === 13 && bytes[at + 1] === 10) continue
    line++
    start = at + 1
  }
  const isSameLine = start === from.start
  let column = isSameLine ? from.column : 1
  for (let at = isSameLine ? from.end : start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) column++
  return { end, line, column, start }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}

/** First byte from `at` on that is no white space. */
export function skipBlanks(bytes: Uint8Array, at: number): number {
  let end = at
  while (isBlank(bytes[end])) end++
  return end
}

/** End (exclusive) of the name at `at` inside a tag of a document that was scanned. */
export function endOfName(bytes: Uint8Array, at: number): number {
  for (let end = at; ; end++) {
    const byte = bytes[end]
    if (byte === 61 || byte === 62 || byte === 47 || isBlank(byte)) return end
  }
}

/** End (exclusive) of the start tag at `at`; quoted `>` is passed over. */
function endOfTag(bytes: Uint8Array, at: number): number {
  for (let end = at + 1; ; end++) {
    const byte = bytes[end]
    if (byte === 62) return end + 1
    if (byte === 34 || byte === 39) for (end++; bytes[end] !== byte; ) end++
  }
}

/** End (exclusive) of the comment, CDATA section or processing instruction at `at`. */
function endOfSection(bytes: Uint8Array, at: number): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes[at + 1] === 63) return buffer.indexOf('?>', at) + 2
  return bytes[at + 2] === 91 ? buffer.indexOf(']]>', at) + 3 : buffer.indexOf('-->', at + 4) + 3
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.utf8Slice.call(bytes, start, end)
}

/** Text of an attribute value: white space becomes blanks, references their characters. */
export function valueText(bytes: Uint8Array, start: number, end: number): string {
  let seen = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    seen |= byte < 32 || byte === 38 ? 128 : byte
  }
  if (seen < 128) return latin1(bytes, start, end)
  return characters(lines(utf8(bytes, start, end)).replace(/[\t\n]/g, ' '))
}

function contentText(bytes: Uint8Array, start: number, end: number): string {
  return characters(lines(utf8(bytes, start, end)))
}

function characters(text: string): string {
  return text.includes('&') ? text.replace(/&([^;]+);/g, (_, name: string) => characterOf(name) as string) : text
}

/** Line ends as XML has them: LF. */
function lines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

/** The document in UTF-8: as it is when it is UTF-8 or ASCII, converted otherwise. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  const encoding = encodingOf(bytes)
  if (encoding === 'utf-8' ? isUtf8(bytes) : !encoding.startsWith('utf-16') && isAscii(bytes)) return bytes
  const decoder = new TextDecoder(encoding)
  const parts: Buffer[] = []
  const chunkBytes = 1 << 20
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const text = decoder.decode(bytes.subarray(at, at + chunkBytes), { stream: at + chunkBytes < bytes.length })
    parts.push(Buffer.from(text))
  }
  return Buffer.concat(parts)
}

/** UTF-16 by its mark, else what the declaration says, else UTF-8. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = latin1(bytes, 0, Math.min(200, bytes.length))
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1] ?? 'utf-8'
  try {
    const { encoding } = new TextDecoder(declared)
    // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
    return encoding.startsWith('utf-16') ? 'utf-8' : encoding
  } catch {
    return 'utf-8'
  }
}
