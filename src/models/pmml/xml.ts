import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { MillraceError } from '../../core/errors.ts'

/** One element of a PMML document. Names are local (without prefix), text is what stands directly inside. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly children: XmlElement[]
  text: string
  readonly line: number // from 1
  readonly column: number // from 1
}

/** Bounds on what a document may hold; beyond them it is refused. */
export const limits = Object.freeze({ depth: 512, elements: 20_000_000, attributes: 4096 })

/** Reads a document into elements. Extensions are kept; DOCTYPE is refused. `source` is for messages. */
export function readXml(bytes: Uint8Array, source: string): XmlElement {
  return new XmlReader(source).read(bytes)
}

class XmlReader {
  readonly #source: string
  readonly #parser = new SaxesParser({ xmlns: false, position: true })
  readonly #stack: XmlElement[] = []
  #root: XmlElement | null = null
  #elements = 0
  #attributes = 0
  #startLine = 1
  #startColumn = 1

  constructor(source: string) {
    this.#source = source
  }

  read(bytes: Uint8Array): XmlElement {
    const parser = this.#parser
    parser.on('error', (error) => this.#refuse(error.message.replace(/^\d+:\d+: /, '')))
    parser.on('doctype', () => this.#refuse('a DOCTYPE is not allowed'))
    parser.on('opentagstart', () => {
      this.#startLine = parser.line
      this.#startColumn = parser.column
      this.#attributes = 0
    })
    parser.on('attribute', () => {
      if (++this.#attributes > limits.attributes) this.#exceed('attributes in one element', limits.attributes)
    })
    parser.on('opentag', (tag) => this.#open(tag))
    parser.on('closetag', () => this.#close())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#text(text))
    const decoder = new TextDecoder(encodingOf(bytes))
    const chunkBytes = 1 << 20
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      parser.write(decoder.decode(bytes.subarray(at, at + chunkBytes), { stream: at + chunkBytes < bytes.length }))
    }
    parser.close()
    if (!this.#root) this.#refuse('the document is empty')
    return this.#root as XmlElement
  }

  #open(tag: SaxesTagPlain): void {
    if (++this.#elements > limits.elements) this.#exceed('elements', limits.elements)
    if (this.#stack.length >= limits.depth) this.#exceed('levels of nesting', limits.depth)
    const element: XmlElement = {
      name: localName(tag.name),
      attributes: compact(tag.attributes),
      children: [],
      text: '',
      line: this.#startLine,
      column: Math.max(1, this.#startColumn - tag.name.length - 1),
    }
    const parent = this.#stack.at(-1)
    if (parent) parent.children.push(element)
    else this.#root = element
    this.#stack.push(element)
  }

  #close(): void {
    this.#stack.pop()
  }

  #text(text: string): void {
    const element = this.#stack.at(-1)
    if (!element) return
    // White space between child elements is not content.
    if (element.text === '' && text.trim() === '' && (text.includes('\n') || element.children.length > 0)) return
    element.text += text
  }

  #refuse(reason: string): never {
    const { line, column } = this.#parser
    throw new MillraceError('MODEL_PMML_SYNTAX', { source: this.#source, line, column, reason })
  }

  #exceed(what: string, limit: number): never {
    const { line, column } = this.#parser
    throw new MillraceError('MODEL_PMML_LIMIT', { source: this.#source, limit, what, line, column })
  }
}

const noAttributes: XmlElement['attributes'] = Object.freeze({})

/** The parser's dictionary as an ordinary object: a third of the memory. Only attributes that PMML names are ever looked up. */
function compact(attributes: Readonly<Record<string, string>>): XmlElement['attributes'] {
  let copy: Record<string, string> | null = null
  for (const name in attributes) (copy ??= {})[name] = attributes[name] as string
  return copy ?? noAttributes
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** Encoding of the declaration, UTF-16 by its mark, UTF-8 otherwise. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(200, bytes.length)).toString('latin1')
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(declared).encoding
  } catch {
    return 'utf-8'
  }
}
