// Longer than 400 lines: one parser of one grammar; its methods call each other for groups, sets and repeats.

/**
 * Regular expressions as Java, PCRE and Python write them, as a tree. What JavaScript has no equivalent for is refused by name.
 *
 * Example: `(?i)a\h+` is ignoring case a sequence of the character `a` and a repeat (1 to any) of a blank.
 */
export type RegexNode =
  /** One character; `source` is its class in JavaScript's Unicode mode, such as `a`, `\d` or `[^b-d]`. */
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'assertion'; readonly name: AssertionName }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  /** A group that captures, counted from 1. */
  | { readonly kind: 'group'; readonly index: number; readonly body: RegexNode }
  | {
      readonly kind: 'repeat'
      readonly body: RegexNode
      readonly min: number
      readonly max: number
      readonly isLazy: boolean
    }
  | { readonly kind: 'look'; readonly sign: '=' | '!' | '<=' | '<!'; readonly body: RegexNode }
  | { readonly kind: 'back'; readonly index: number }

/** `$` and `\Z` also hold before a line end at the end of the text, `\z` only at the end. */
export type AssertionName = 'start' | 'lineStart' | 'end' | 'lineEnd' | 'textEnd' | 'word' | 'notWord'

/** A pattern that was read. */
export interface Regex {
  readonly root: RegexNode
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  readonly ignoresCase: boolean
  /** True when `.` takes line ends too. */
  readonly isDotAll: boolean
}

/** Why a pattern is not taken; the message says what in it. */
export class RegexFault extends Error {}

const maxNesting = 200
const maxLength = 100_000
const maxCount = 1000

/** Reads a pattern. */
export function parseRegex(pattern: string, ignoresCase: boolean): Regex {
  if (pattern.length > maxLength) throw new RegexFault(`it has ${pattern.length} characters, above ${maxLength}`)
  return new Parser(pattern, ignoresCase).parse()
}

const posix: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\s',
  blank: ' \\t',
  xdigit: '0-9a-fA-F',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
  word: '\\w',
  ascii: '\\x00-\\x7f',
}
const horizontal = ' \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000'
const vertical = '\\n\\x0b\\f\\r\\x85\\u2028\\u2029'
const negatedPosix: Readonly<Record<string, string>> = {
  '\\s': '\\S',
  '\\w': '\\W',
}
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }

class Parser {
  readonly #text: string
  #at = 0
  #groups = 0
  #depth = 0
  #ignoresCase: boolean
  #isMultiline = false
  #isDotAll = false
  readonly #names = new Map<string, number>()
  readonly #backs: (number | string)[] = []

  constructor(text: string, ignoresCase: boolean) {
    this.#text = text
    this.#ignoresCase = ignoresCase
  }

  parse(): Regex {
    this.#flags()
    const root = this.#choice()
    if (this.#at < this.#text.length) throw new RegexFault(`")" at ${this.#at + 1} closes no group`)
    for (const back of this.#backs) {
      if (typeof back === 'number' ? back > this.#groups : !this.#names.has(back))
        throw new RegexFault(`it refers to group ${back}, which it does not have`)
    }
    return {
      root: this.#named(root),
      groups: this.#groups,
      names: this.#names,
      ignoresCase: this.#ignoresCase,
      isDotAll: this.#isDotAll,
    }
  }

  /** Flags at the start hold for the whole pattern. */
  #flags(): void {
    for (let found = /^\(\?([a-zA-Z]+)\)/.exec(this.#text); found; found = null) {
      for (const flag of found[1] as string) {
        if (flag === 'i') this.#ignoresCase = true
        else if (flag === 'm') this.#isMultiline = true
        else if (flag === 's') this.#isDotAll = true
        else if (flag !== 'u' && flag !== 'U' && flag !== 'a' && flag !== 'L') throw new RegexFault(`flag "${flag}"`)
      }
      this.#at = found[0].length
    }
  }

  #choice(): RegexNode {
    if (++this.#depth > maxNesting) throw new RegexFault(`groups nest over ${maxNesting} deep`)
    const options: RegexNode[] = []
    for (;;) {
      const items: RegexNode[] = []
      while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
        const item = this.#item()
        if (item) items.push(item)
      }
      options.push(items.length === 1 ? (items[0] as RegexNode) : { kind: 'sequence', items })
      if (this.#text[this.#at] !== '|') break
      this.#at++
    }
    this.#depth--
    return options.length === 1 ? (options[0] as RegexNode) : { kind: 'choice', options }
  }

  #item(): RegexNode | null {
    let node = this.#atom()
    while (node) {
      const found = this.#quantifier()
      if (!found) return node
      const { min, max } = found
      if (max < min) throw new RegexFault(`quantifier "{${min},${max}}"`)
      const mark = this.#text[this.#at]
      if (mark === '+') throw new RegexFault(`possessive quantifier at ${this.#at + 1}`)
      if (mark === '?') this.#at++
      if (node.kind === 'assertion' || node.kind === 'look') throw new RegexFault('a quantifier after an assertion')
      if (node.kind === 'repeat') throw new RegexFault(`two quantifiers in a row at ${this.#at}`)
      node = { kind: 'repeat', body: node, min, max, isLazy: mark === '?' }
    }
    return node
  }

  #quantifier(): { min: number; max: number } | null {
    const mark = this.#text[this.#at]
    if (mark === '*' || mark === '+' || mark === '?') {
      this.#at++
      return { min: mark === '+' ? 1 : 0, max: mark === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    if (mark !== '{') return null
    const found = /^\{(\d{1,6})(,(\d{1,6})?)?\}/.exec(this.#text.slice(this.#at, this.#at + 20))
    if (!found) return null
    this.#at += found[0].length
    const min = Number(found[1])
    if (min > maxCount || Number(found[3] ?? 0) > maxCount) throw new RegexFault(`quantifier above ${maxCount}`)
    return {
      min,
      max: found[2] === undefined ? min : found[3] === undefined ? Number.POSITIVE_INFINITY : Number(found[3]),
    }
  }

  #atom(): RegexNode | null {
    const c = this.#next()
    switch (c) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'character', source: this.#set() }
      case '\\':
        return this.#escape()
      case '.':
        return { kind: 'character', source: '.' }
      case '^':
        return { kind: 'assertion', name: this.#isMultiline ? 'lineStart' : 'start' }
      case '$':
        return { kind: 'assertion', name: this.#isMultiline ? 'lineEnd' : 'end' }
      case '*':
      case '+':
      case '?':
        throw new RegexFault(`"${c}" at ${this.#at} repeats nothing`)
      default:
        return literal(c)
    }
  }

  /** The next character, a surrogate pair as one. */
  #next(): string {
    const c = String.fromCodePoint(this.#text.codePointAt(this.#at) as number)
    this.#at += c.length
    return c
  }

  #takes(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #group(): RegexNode | null {
    const start = this.#at
    if (!this.#takes('?')) return this.#capture(null)
    if (this.#takes('#')) {
      const end = this.#text.indexOf(')', this.#at)
      if (end < 0) throw new RegexFault(`comment at ${start} has no end`)
      this.#at = end + 1
      return null
    }
    if (this.#takes(':')) return this.#inside()
    for (const sign of ['<=', '<!', '=', '!'] as const) {
      if (this.#takes(sign)) return { kind: 'look', sign, body: this.#inside() }
    }
    const rest = this.#text.slice(this.#at, this.#at + 200)
    const named = /^(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest)
    if (named) {
      this.#at += named[0].length
      return this.#capture(named[1] ?? named[2] ?? '')
    }
    const back = /^P=(\w+)\)/.exec(rest)
    if (back) {
      this.#at += back[0].length
      return this.#back(back[1] as string)
    }
    const what = rest.startsWith('>')
      ? 'atomic group'
      : /^[a-zA-Z-]+[:)]/.test(rest)
        ? 'flags inside the pattern'
        : 'group'
    throw new RegexFault(`${what} "(?${rest.slice(0, 3)}" at ${start}`)
  }

  #capture(name: string | null): RegexNode {
    const index = ++this.#groups
    if (name !== null) {
      if (this.#names.has(name)) throw new RegexFault(`group "${name}" is there twice`)
      this.#names.set(name, index)
    }
    return { kind: 'group', index, body: this.#inside() }
  }

  #inside(): RegexNode {
    const start = this.#at
    const body = this.#choice()
    if (this.#text[this.#at] !== ')') throw new RegexFault(`group at ${start} is not closed`)
    this.#at++
    return body
  }

  #back(target: number | string): RegexNode {
    this.#backs.push(target)
    // Names are numbered once all groups are known.
    return { kind: 'back', index: typeof target === 'number' ? target : -this.#backs.length }
  }

  /** References by name become references by number. */
  #named(node: RegexNode): RegexNode {
    switch (node.kind) {
      case 'back':
        return node.index > 0
          ? node
          : { kind: 'back', index: this.#names.get(String(this.#backs[-node.index - 1])) as number }
      case 'sequence':
        return { ...node, items: node.items.map((item) => this.#named(item)) }
      case 'choice':
        return { ...node, options: node.options.map((option) => this.#named(option)) }
      case 'group':
      case 'repeat':
      case 'look':
        return { ...node, body: this.#named(node.body) }
      default:
        return node
    }
  }

  #escape(): RegexNode | null {
    if (this.#at >= this.#text.length) throw new RegexFault('it ends in a backslash')
    const set = this.#escapedSet()
    if (set !== null) return { kind: 'character', source: `[${set}]` }
    const rest = this.#text.slice(this.#at, this.#at + 200)
    const assertion = ({ A: 'start', Z: 'end', z: 'textEnd', b: 'word', B: 'notWord' } as const)[rest[0] as 'A']
    if (assertion) {
      this.#at++
      return { kind: 'assertion', name: assertion }
    }
    if (this.#takes('Q')) {
      const end = this.#text.indexOf('\\E', this.#at)
      const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end)
      this.#at = end < 0 ? this.#text.length : end + 2
      return { kind: 'sequence', items: [...quoted].map(literal) }
    }
    if (this.#takes('E')) return null
    if (this.#takes('R')) {
      const pair: RegexNode = { kind: 'sequence', items: [literal('\r'), literal('\n')] }
      return { kind: 'choice', options: [pair, { kind: 'character', source: `[${vertical}]` }] }
    }
    const named = /^(?:k<(\w+)>|k\{(\w+)\}|k'(\w+)'|g\{(\w+)\}|g(\d))/.exec(rest)
    if (named) {
      this.#at += named[0].length
      const target = named.slice(1).find((part) => part !== undefined) as string
      return this.#back(/^\d+$/.test(target) ? Number(target) : target)
    }
    const number = /^[1-9]\d?/.exec(rest)
    if (number) {
      this.#at += number[0].length
      return this.#back(Number(number[0]))
    }
    return literal(this.#escaped())
  }

  /** A class such as `\d` as what stands between `[` and `]`, or null; `\` was read. */
  #escapedSet(): string | null {
    const c = this.#text[this.#at] as string
    const known = { h: horizontal, v: vertical }[c]
    if ('dDwWsS'.includes(c) || known !== undefined) {
      this.#at++
      return known ?? `\\${c}`
    }
    if (c === 'H' || c === 'V' || c === 'N' || c === 'X' || c === 'K' || c === 'G' || c === 'C')
      throw new RegexFault(`"\\${c}" at ${this.#at}`)
    const property = /^([pP])(?:\{(\^?)([\w=]+)\}|([A-Z]))/.exec(this.#text.slice(this.#at, this.#at + 100))
    if (!property) {
      if (c === 'p' || c === 'P') throw new RegexFault(`property at ${this.#at}`)
      return null
    }
    this.#at += property[0].length
    return propertySet(property[3] ?? (property[4] as string), (property[1] === 'P') !== (property[2] === '^'))
  }

  /** The character that an escape stands for; `\` was read. */
  #escaped(): string {
    const rest = this.#text.slice(this.#at, this.#at + 12)
    const code = /^(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-7]{0,3})|c([A-Za-z]))/.exec(rest)
    if (code) {
      this.#at += code[0].length
      const [, two, braced, four, octal, control] = code
      const hex = two ?? braced ?? four
      const point =
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : octal !== undefined
            ? Number.parseInt(octal || '0', 8)
            : (control as string).charCodeAt(0) & 31
      if (point > 0x10ffff) throw new RegexFault(`character "\\${rest}"`)
      return String.fromCodePoint(point)
    }
    const c = this.#next()
    const known = controls[c]
    if (known !== undefined) return String.fromCharCode(known)
    if (/[A-Za-z0-9]/.test(c)) throw new RegexFault(`"\\${c}" at ${this.#at - 1}`)
    return c
  }

  /** A set in brackets; `[` was read. */
  #set(): string {
    const start = this.#at
    let source = this.#takes('^') ? '[^' : '['
    for (let isFirst = true; ; isFirst = false) {
      if (this.#at >= this.#text.length) throw new RegexFault(`"[" at ${start} is not closed`)
      if (this.#text[this.#at] === ']' && !isFirst) break
      if (this.#text.startsWith('&&', this.#at)) throw new RegexFault(`"&&" at ${this.#at + 1}`)
      const from = this.#member()
      if (from.length > 1 || this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') {
        source += from.length > 1 ? from.slice(1).join('') : classLiteral(from[0] as string)
        continue
      }
      this.#at++
      const to = this.#member()
      if (to.length > 1 || (to[0] as string) < (from[0] as string)) throw new RegexFault(`range at ${this.#at}`)
      source += `${classLiteral(from[0] as string)}-${classLiteral(to[0] as string)}`
    }
    this.#at++
    return `${source}]`
  }

  /** One character of a set as `[character]`, or a class in it as `['', source]`. */
  #member(): readonly string[] {
    const named = /^\[:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 20))
    if (named) {
      this.#at += named[0].length
      const set = posix[named[2] as string]
      if (set === undefined) throw new RegexFault(`class "${named[0]}"`)
      return ['', named[1] === '^' ? negated(set) : set]
    }
    if (this.#at >= this.#text.length) throw new RegexFault('a set is not closed')
    if (!this.#takes('\\')) return [this.#next()]
    if (this.#at >= this.#text.length) throw new RegexFault('it ends in a backslash')
    if (this.#takes('b')) return ['\b']
    const set = this.#escapedSet()
    return set !== null ? ['', set] : [this.#escaped()]
  }
}

/** Inside brackets a class is negated by the one of the other case; other sets have no such form there. */
function negated(set: string): string {
  const other = negatedPosix[set]
  if (other === undefined) throw new RegexFault('a negated class inside a set')
  return other
}

function propertySet(name: string, isNegated: boolean): string {
  const known = posix[name.toLowerCase()]
  if (known !== undefined && /^(?:[A-Z][a-z]+|XDigit|ASCII)$/.test(name)) return isNegated ? negated(known) : known
  const script = name.startsWith('Is') ? name.slice(2) : name
  for (const candidate of [name, script, `Script=${script}`]) {
    const source = `\\${isNegated ? 'P' : 'p'}{${candidate}}`
    try {
      new RegExp(source, 'u')
      return source
    } catch {
      // The next spelling.
    }
  }
  throw new RegexFault(`property "${name}"`)
}

function literal(c: string): RegexNode {
  return { kind: 'character', source: /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : safe(c) }
}

function classLiteral(c: string): string {
  return /[\\\]^[-]/.test(c) ? `\\${c}` : safe(c)
}

/** Surrogates, controls and line ends by their numbers. */
function safe(c: string): string {
  const point = c.codePointAt(0) as number
  return point < 32 || (point >= 0xd800 && point <= 0xdfff) || point === 0x2028 || point === 0x2029
    ? `\\u{${point.toString(16)}}`
    : c
}
