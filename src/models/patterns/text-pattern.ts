import { MillraceError } from '../../core/errors.ts'
import { type Budget, type Ends, type Find, openLinear } from './regex-linear.ts'
import { type AssertionName, parseRegex, type Regex, RegexFault, type RegexNode } from './regex-parse.ts'

/** A step is a character looked at once more; a native run may take this many. */
const maxNativeSteps = 1e8
/** Steps of one use of a pattern that is run linearly: uses that find many matches may look at the rest of the text for each. */
const maxLinearSteps = 3e8
/** Longer results of replacing are a fault of the record. */
export const maxTextLength = 10_000_000

/**
 * A regular expression of a document or a record, run in bounded time: by JavaScript's own engine where its worst case is small for the text at hand, else
 * by following all ways to match at once (regex-linear.ts). See docs/decisions on regular expressions.
 */
export class TextPattern {
  readonly #native: RegExp
  readonly #regex: Regex
  /** Longest text for the native engine. */
  readonly #nativeLength: number
  readonly #budget: Budget = { left: 0, refuse: tooMuch }
  #linear: Find | null | undefined

  /** Throws RegexFault for a pattern that cannot be run. */
  constructor(pattern: string, ignoresCase: boolean) {
    this.#regex = parseRegex(pattern, ignoresCase)
    const { root, ignoresCase: isFolded, isDotAll } = this.#regex
    const risk = riskOf(root)
    this.#nativeLength = risk.isOpen ? 0 : Math.floor(maxNativeSteps ** (1 / (risk.repeats + 1)))
    try {
      this.#native = new RegExp(sourceOf(root), `gu${isFolded ? 'i' : ''}${isDotAll ? 's' : ''}`)
    } catch (thrown) {
      throw new RegexFault(thrown instanceof Error ? thrown.message : String(thrown))
    }
    if (risk.isOpen && this.#linearly() === null)
      throw new RegexFault('repeats inside repeats or choices together with a look around or a reference back')
  }

  test(text: string): boolean {
    this.#budget.left = maxLinearSteps
    if (text.length <= this.#nativeLength) {
      this.#native.lastIndex = 0
      return this.#native.test(text)
    }
    return this.#find(text, 0) !== null
  }

  /** All matches. */
  all(text: string): string[] {
    if (text.length <= this.#nativeLength) return text.match(this.#native) ?? []
    const found: string[] = []
    this.#each(text, (ends) => void found.push(text.slice(ends[0] as number, ends[1] as number)))
    return found
  }

  /** What stands between matches; a match of nothing parts the text too, though not at its ends. */
  split(text: string): string[] {
    const parts: string[] = []
    let from = 0
    this.#each(text, (ends) => {
      const [start, end] = [ends[0] as number, ends[1] as number]
      if (start === end && (start === 0 || start === text.length || start === from)) return
      parts.push(text.slice(from, start))
      from = end
    })
    parts.push(text.slice(from))
    return parts
  }

  /** The text with its first match replaced. */
  replaceFirst(text: string, replacement: Replacement): string {
    this.#budget.left = maxLinearSteps
    const ends = this.#find(text, 0)
    if (!ends) return text
    return text.slice(0, ends[0] as number) + replacement(text, ends, this.#regex.names) + text.slice(ends[1] as number)
  }

  /** The text with all matches replaced. */
  replace(text: string, replacement: Replacement): string {
    let result = ''
    let from = 0
    this.#each(text, (ends) => {
      result += text.slice(from, ends[0] as number) + replacement(text, ends, this.#regex.names)
      from = ends[1] as number
      if (result.length > maxTextLength) tooLong(result.length)
    })
    return result + text.slice(from)
  }

  #each(text: string, take: (ends: Ends) => void): void {
    this.#budget.left = maxLinearSteps
    for (let at = 0; at <= text.length; ) {
      const ends = this.#find(text, at)
      if (!ends) return
      take(ends)
      const [start, end] = [ends[0] as number, ends[1] as number]
      at = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
    }
  }

  #find(text: string, from: number): Ends | null {
    if (text.length > this.#nativeLength) {
      const find = this.#linearly()
      if (find) return find(text, from, this.#budget)
      throw new MillraceError('MODEL_INPUT_TYPE', {
        place: 'a regular expression that looks around or back',
        value: `${text.slice(0, 40)}…`,
        expected: `a text of at most ${this.#nativeLength} characters`,
      })
    }
    this.#native.lastIndex = from
    const match = this.#native.exec(text)
    if (!match) return null
    // Ends of groups are found only when a replacement asks: the texts are kept beside.
    const ends = new Int32Array(2) as NativeEnds
    ends[0] = match.index
    ends[1] = match.index + match[0].length
    ends.groups = match
    return ends
  }

  #linearly(): Find | null {
    if (this.#linear === undefined) this.#linear = openLinear(this.#regex)
    return this.#linear
  }
}

interface NativeEnds extends Ends {
  groups?: RegExpExecArray
}

/** What takes the place of a match. */
export type Replacement = (text: string, ends: Ends, names: ReadonlyMap<string, number>) => string

/** A replacement text with groups as Java (`$1`, `${name}`) and Python (`\1`, `\g<name>`) write them; nothing else in it means anything. */
export function replacementOf(template: string): Replacement {
  const parts = template.split(/(\\\d|\$\d|\\g<\w{1,50}>|\$\{\w{1,50}\}|\\.)/s)
  return (text, ends, names) =>
    parts
      .map((part) => {
        const number = /^[\\$](\d)$/.exec(part)
        if (number) return groupOf(text, ends, Number(number[1]))
        const name = /^(?:\\g<(\w+)>|\$\{(\w+)\})$/.exec(part)
        if (name) {
          const key = name[1] ?? (name[2] as string)
          return groupOf(text, ends, /^\d+$/.test(key) ? Number(key) : (names.get(key) ?? -1))
        }
        return part.length === 2 && part.startsWith('\\') ? part.slice(1) : part
      })
      .join('')
}

/** What group `group` matched, all of it for 0; empty where it took no part. */
export function groupOf(text: string, ends: Ends, group: number): string {
  if (group < 0) return ''
  const { groups } = ends as NativeEnds
  if (groups) return groups[group] ?? ''
  const start = ends[group * 2] ?? -1
  return start < 0 ? '' : text.slice(start, ends[group * 2 + 1])
}

/** A text without the characters at its ends that fit; a pattern that is tied to the end would look at every run inside as well. */
export function trimmed(text: string, fits: RegExp): string {
  let start = 0
  let end = text.length
  while (start < end) {
    const c = String.fromCodePoint(text.codePointAt(start) as number)
    if (!fits.test(c)) break
    start += c.length
  }
  while (end > start) {
    const low = text.charCodeAt(end - 1)
    const isPair = low >= 0xdc00 && low <= 0xdfff && end - 2 >= start
    const c = text.slice(end - (isPair ? 2 : 1), end)
    if (!fits.test(c)) break
    end -= c.length
  }
  return text.slice(start, end)
}

/** Refuses the record whose texts grow beyond use. */
export function tooLong(length: number): never {
  throw new MillraceError('MODEL_INPUT_TYPE', {
    place: 'a text function',
    value: `a text of ${length} characters`,
    expected: `a text of at most ${maxTextLength} characters`,
  })
}

function tooMuch(): never {
  throw new MillraceError('MODEL_INPUT_TYPE', {
    place: 'a regular expression',
    value: 'a text',
    expected: `a text that it can be run on in ${maxLinearSteps} steps`,
  })
}

interface Risk {
  /** Repeats of more than one: each may add a power of the text's length. */
  repeats: number
  optionals: number
  /** True when the worst case is not a small power: repeats of what can match in several ways. */
  isOpen: boolean
}

function riskOf(root: RegexNode): Risk {
  const risk: Risk = { repeats: 0, optionals: 0, isOpen: false }
  const visit = (node: RegexNode): void => {
    switch (node.kind) {
      case 'sequence':
        node.items.forEach(visit)
        break
      case 'choice':
        node.options.forEach(visit)
        break
      case 'group':
      case 'look':
        visit(node.body)
        break
      case 'repeat':
        if (node.max > 1) {
          risk.repeats++
          if (!isFixed(node.body)) risk.isOpen = true
        } else if (++risk.optionals > 10) risk.isOpen = true
        visit(node.body)
    }
  }
  visit(root)
  if (risk.repeats > 4) risk.isOpen = true
  return risk
}

/** True when a part matches in one way only, of one length. */
function isFixed(node: RegexNode): boolean {
  switch (node.kind) {
    case 'character':
      return true
    case 'sequence':
      return node.items.length > 0 && node.items.every(isFixed)
    case 'group':
      return isFixed(node.body)
    default:
      return false
  }
}

const assertions: Readonly<Record<AssertionName, string>> = {
  start: '^',
  lineStart: '(?:^|(?<=[\\n\\r\\u2028\\u2029]))',
  end: '(?=\\n?$)',
  lineEnd: '(?=$|[\\n\\r\\u2028\\u2029])',
  textEnd: '$',
  word: '\\b',
  notWord: '\\B',
}

/** The pattern in JavaScript's Unicode mode. */
function sourceOf(node: RegexNode): string {
  switch (node.kind) {
    case 'character':
      return node.source
    case 'assertion':
      return assertions[node.name]
    case 'sequence':
      return node.items.map((item) => (item.kind === 'choice' ? `(?:${sourceOf(item)})` : sourceOf(item))).join('')
    case 'choice':
      return node.options.map(sourceOf).join('|')
    case 'group':
      return `(${sourceOf(node.body)})`
    case 'look':
      return `(?${node.sign}${sourceOf(node.body)})`
    case 'back':
      return `(?:\\${node.index})`
    case 'repeat': {
      const { body, min, max, isLazy } = node
      const inner = body.kind === 'character' || body.kind === 'group' ? sourceOf(body) : `(?:${sourceOf(body)})`
      const times = max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`
      return `${inner}${times}${isLazy ? '?' : ''}`
    }
  }
}
