import { endOfName, skipBlanks, valueText } from './xml.ts'
import type { XmlTape } from './xml-scan.ts'

/** Goes through the attributes of one start tag after another without making strings of them. */
export class TagReader {
  /** Number of the attribute's name. */
  name = -1
  /** First byte of its value. */
  start = 0
  /** After the last byte of its value. */
  end = 0
  readonly #tape: XmlTape
  #at = 0

  constructor(tape: XmlTape) {
    this.#tape = tape
  }

  /** Goes to the start of an element's attributes. */
  open(element: number): void {
    const { bytes, starts } = this.#tape
    this.#at = endOfName(bytes, (starts[element] as number) + 1)
  }

  /** Goes to the next attribute; false when there is none. */
  next(): boolean {
    const { bytes, strings } = this.#tape
    const from = skipBlanks(bytes, this.#at)
    if (bytes[from] === 62 || bytes[from] === 47) return false
    const end = endOfName(bytes, from)
    const open = skipBlanks(bytes, skipBlanks(bytes, end) + 1)
    const quote = bytes[open]
    let close = open + 1
    while (bytes[close] !== quote) close++
    this.name = strings.number(from, end)
    this.start = open + 1
    this.end = close
    this.#at = close + 1
    return true
  }

  /** Number of the value among the document's strings, by its bytes as they are written. */
  valueNumber(): number {
    return this.#tape.strings.number(this.start, this.end)
  }

  /** The value as text. */
  text(): string {
    return valueText(this.#tape.bytes, this.start, this.end)
  }
}
