import { closest } from '../../config/closest.ts'
import { MillraceError } from '../../core/errors.ts'
import { decimalAt } from './decimals.ts'
import { type Cell, cast, dataTypes, NOT_CAST, parseNumber, type TypeName, typeNamed } from './types.ts'
import { skipBlanks, type XmlDocument, type XmlElement } from './xml.ts'

/** Reads elements of one document and says where they are when something is wrong with them. */
export class DocumentReader {
  readonly source: string
  /** Numbers that sparse arrays stood for so far. */
  spread = 0

  constructor(source: string) {
    this.source = source
  }

  /** Refuses the document for a fault of this element. */
  fault(element: XmlElement, reason: string): never {
    const { line, column } = element
    const name = element.document.nameOf(element.index)
    throw new MillraceError('MODEL_PMML_FAULT', { source: this.source, element: name, line, column, reason })
  }

  /** Refuses the document because scoring it without this feature would give other results. */
  unsupported(element: XmlElement, what: string): never {
    const { line, column } = element
    const name = element.document.nameOf(element.index)
    throw new MillraceError('MODEL_PMML_UNSUPPORTED', { source: this.source, element: name, line, column, what })
  }

  text(element: XmlElement, attribute: string): string {
    const value = element.attributes[attribute]
    if (value === undefined) this.fault(element, `attribute "${attribute}" is missing`)
    return value
  }

  number(element: XmlElement, attribute: string, fallback?: number): number {
    const value = element.attributes[attribute]
    if (value === undefined) {
      if (fallback !== undefined) return fallback
      this.fault(element, `attribute "${attribute}" is missing`)
    }
    return this.numberIn(element, value, `attribute "${attribute}"`)
  }

  optionalNumber(element: XmlElement, attribute: string): number | null {
    return element.attributes[attribute] === undefined ? null : this.number(element, attribute)
  }

  numberIn(element: XmlElement, text: string, place: string): number {
    const value = parseNumber(text)
    if (value === null) {
      const hint = /^\s*[+-]?\d+,\d+\s*$/.test(text) ? ' with a point for decimals' : ''
      this.fault(element, `${place} is "${text}", expected a number${hint}`)
    }
    return value
  }

  flag(element: XmlElement, attribute: string, fallback: boolean): boolean {
    const value = element.attributes[attribute]
    if (value === undefined) return fallback
    if (value === 'true' || value === '1') return true
    if (value === 'false' || value === '0') return false
    this.fault(element, `attribute "${attribute}" is "${value}", expected true or false`)
  }

  /** Elements by what `keyOf` reads of each; two with the same are a fault of the second. */
  unique(elements: readonly XmlElement[], keyOf: (element: XmlElement) => string): Map<string, XmlElement> {
    const found = new Map<string, XmlElement>()
    for (const element of elements) {
      const key = keyOf(element)
      const first = found.get(key)
      if (first) this.fault(element, `"${key}" is declared twice, first at line ${first.line}`)
      found.set(key, element)
    }
    return found
  }

  /** The value of an attribute with a closed set of words. */
  word<const W extends string>(element: XmlElement, attribute: string, words: readonly W[], fallback?: W): W {
    const value = element.attributes[attribute]
    if (value === undefined) {
      if (fallback !== undefined) return fallback
      this.fault(element, `attribute "${attribute}" is missing`)
    }
    const found = words.find((word) => word === value)
    if (found === undefined) {
      const hint = meant(value, words)
      this.unsupported(element, `${attribute}="${value}" (${hint}known: ${words.join(', ')})`)
    }
    return found
  }

  dataType(element: XmlElement, fallback?: TypeName): TypeName {
    const text = element.attributes['dataType'] ?? element.attributes['datatype']
    if (text === undefined) {
      if (fallback) return fallback
      this.fault(element, 'attribute "dataType" is missing')
    }
    return (
      typeNamed(text) ??
      this.fault(element, `attribute "dataType" is "${text}", which is no PMML data type${closest(text, dataTypes)}`)
    )
  }

  /** Text of the document as a value of a type. */
  cell(element: XmlElement, text: string, type: TypeName): Cell {
    const value = cast(text, type)
    if (value === NOT_CAST) this.fault(element, `"${text}" is not a value of type ${type.type}`)
    return value
  }

  /** The same, but text that the type does not hold stays text (it then equals no value of the field). */
  cellOrText(text: string, type: TypeName): Cell {
    const value = cast(text, type)
    return value === NOT_CAST ? text : value
  }
}

/** The known word that is meant, as a question, or nothing when none is near. */
function meant(word: string, known: readonly string[]): string {
  const hint = closest(word, known)
  return hint.startsWith('; did') ? `${hint.slice(2)} ` : ''
}

/** Child elements by name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.childrenNamed(name)
}

/** First child element with this name, or null. */
export function childOf(element: XmlElement, name: string): XmlElement | null {
  return element.childNamed(name)
}

/** First child element with one of these names, or null. */
export function childAmong(element: XmlElement, names: ReadonlySet<string>): XmlElement | null {
  return element.children.find((child) => names.has(child.name)) ?? null
}

/**
 * Items of an `Array` element's text: separated by blanks, quoted when they hold blanks, quotes escaped by a backslash.
 *
 * Example: `ab "a b" "say \"hi\""` has the items `ab`, `a b` and `say "hi"`.
 */
export function arrayItems(text: string): string[] {
  const items: string[] = []
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 32 || (code >= 9 && code <= 13)) {
      at++
    } else if (code === 34) {
      let item = ''
      at++
      while (at < text.length && text.charCodeAt(at) !== 34) {
        if (text.charCodeAt(at) === 92 && at + 1 < text.length && (text[at + 1] === '"' || text[at + 1] === '\\')) at++
        item += text[at++]
      }
      at++
      items.push(item)
    } else {
      let end = at + 1
      while (end < text.length) {
        const next = text.charCodeAt(end)
        if (next === 32 || (next >= 9 && next <= 13)) break
        end++
      }
      items.push(text.slice(at, end).replaceAll('\\"', '"'))
      at = end
    }
  }
  return items
}

/** Items of an `Array` element; there are as many as it says. */
export function itemsOf(reader: DocumentReader, element: XmlElement): string[] {
  const items = arrayItems(element.text)
  const n = element.attributes['n']
  if (n !== undefined && Number(n) !== items.length) {
    reader.fault(element, `attribute "n" is ${n}, but there are ${items.length} items`)
  }
  return items
}

/** Numbers of an `Array`, `REAL-SparseArray` or `INT-SparseArray` element, dense. */
export function numbersOf(reader: DocumentReader, element: XmlElement): Float64Array {
  if (element.name.endsWith('SparseArray')) return sparseNumbers(reader, element)
  const plain = plainNumbers(element)
  const n = element.attributes['n']
  if (plain && (n === undefined || Number(n) === plain.length)) return plain
  return Float64Array.from(itemsOf(reader, element), (item, i) => reader.numberIn(element, item, `item ${i + 1}`))
}

/** The numbers of an element that holds nothing else, read from its bytes; null when there is anything that needs a closer look. */
function plainNumbers(element: XmlElement): Float64Array | null {
  const { document, index } = element
  const content = document.plainContent(index)
  if (!content) return null
  const { bytes } = document.tape
  const numbers = new Float64Array((content.end - content.start + 1) >> 1)
  let count = 0
  for (let at = skipBlanks(bytes, content.start); at < content.end; count++) {
    let end = at
    while (end < content.end && (bytes[end] as number) > 32) end++
    const number = decimalAt(bytes, at, end)
    if (number === null) return null
    numbers[count] = number
    at = skipBlanks(bytes, end)
  }
  return numbers.slice(0, count)
}

const maxDense = 10_000_000
/** A few bytes may stand for millions of numbers: this many in all. */
const maxSpread = 200_000_000

function sparseNumbers(reader: DocumentReader, element: XmlElement): Float64Array {
  const positions = sparsePart(reader, element, childOf(element, 'Indices'), 'an index')
  const entriesElement = childOf(element, 'REAL-Entries') ?? childOf(element, 'INT-Entries')
  const entries = sparsePart(reader, element, entriesElement, 'an entry')
  if (positions.length !== entries.length) {
    reader.fault(element, `there are ${positions.length} indices, but ${entries.length} entries`)
  }
  const length = reader.number(
    element,
    'n',
    positions.reduce((max, p) => Math.max(max, p), 0),
  )
  if (!(length >= 0 && length <= maxDense)) reader.fault(element, `attribute "n" is ${length}, above ${maxDense}`)
  reader.spread += length
  if (reader.spread > maxSpread) reader.fault(element, `sparse arrays stand for over ${maxSpread} numbers`)
  const dense = new Float64Array(length).fill(reader.number(element, 'defaultValue', 0))
  positions.forEach((position, i) => {
    if (!Number.isInteger(position) || position < 1 || position > length) {
      reader.fault(element, `index ${position} is outside 1 to ${length}`)
    }
    dense[position - 1] = entries[i] as number
  })
  return dense
}

function sparsePart(reader: DocumentReader, array: XmlElement, part: XmlElement | null, what: string): Float64Array {
  if (!part) return new Float64Array(0)
  const plain = plainNumbers(part)
  return plain ?? Float64Array.from(arrayItems(part.text), (item) => reader.numberIn(array, item, what))
}

/** One row of an InlineTable; its cells are read when they are asked for. */
export class TableRow {
  readonly #document: XmlDocument
  readonly #row: number
  /** By number of a column's name: which of the cells it was in the row that was asked last; null when cells are not all flat. */
  readonly #hints: Map<number, number> | null

  constructor(document: XmlDocument, row: number, hints: Map<number, number> | null) {
    this.#document = document
    this.#row = row
    this.#hints = hints
  }

  /** Text of the cell of a column, or undefined when the row has none. */
  get(column: string): string | undefined {
    const cell = this.#cell(column)
    return cell < 0 ? undefined : this.#document.textOf(cell)
  }

  has(column: string): boolean {
    return this.#cell(column) >= 0
  }

  #cell(column: string): number {
    const { names, ends } = this.#document.tape
    const name = this.#document.nameNumber(column)
    if (name < 0 || column === 'Extension') return -1
    const row = this.#row
    const end = ends[row] as number
    const hinted = this.#hints ? row + 1 + (this.#hints.get(name) ?? 0) : end
    if (hinted < end && names[hinted] === name) return hinted
    for (let cell = row + 1; cell < end; cell = ends[cell] as number) {
      if (names[cell] !== name) continue
      this.#hints?.set(name, cell - row - 1)
      return cell
    }
    return -1
  }
}

/** Rows of an `InlineTable`: cells by local name (characters that XML forbids are written `_x0020_`). */
export function tableRows(reader: DocumentReader, table: XmlElement): TableRow[] {
  const inline = table.name === 'InlineTable' ? table : childOf(table, 'InlineTable')
  if (!inline) {
    const locator = childOf(table, 'TableLocator')
    if (locator) reader.unsupported(locator, 'a table outside the document')
    return []
  }
  const rows = childrenOf(inline, 'row')
  const hints = rows.every(isFlat) ? new Map<number, number>() : null
  return rows.map(({ document, index }) => new TableRow(document, index, hints))
}

/** True when no child has children. */
function isFlat({ document, index }: XmlElement): boolean {
  const { ends } = document.tape
  const end = ends[index] as number
  for (let child = index + 1; child < end; child++) if (ends[child] !== child + 1) return false
  return true
}

/** A column name as the cells of InlineTable spell it, without prefix. */
export function columnNamed(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}
