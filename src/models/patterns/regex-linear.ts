import { type AssertionName, type Regex, RegexFault, type RegexNode } from './regex-parse.ts'

/** Ends of a match and of its groups: `[start, end, start of group 1, …]`, −1 where a group took no part. */
export type Ends = Int32Array

/** Finds the first match from a place on, or null. */
export type Find = (text: string, from: number, budget: Budget) => Ends | null

/** Steps that may be taken: one is a way to match that is followed over one character. */
export interface Budget {
  left: number
  /** Called when none is left; does not return. */
  refuse(): never
}

const maxInstructions = 20_000

type Instruction =
  | { readonly op: 'take'; readonly matches: (point: number) => boolean }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly name: AssertionName }
  | { readonly op: 'match' }

/**
 * Runs a pattern in time proportional to the length of the text, whatever the pattern is: all ways to match are followed at once,
 * character by character (Thompson 1968, with captures after Pike). Patterns that look around or back cannot be run so; the answer is null.
 */
export function openLinear(regex: Regex): Find | null {
  const program: Instruction[] = []
  if (!compile(regex.root, regex, program)) return null
  program.push({ op: 'match' })
  return (text, from, budget) => run(program, text, from, (regex.groups + 1) * 2, budget)
}

function compile(node: RegexNode, regex: Regex, program: Instruction[]): boolean {
  if (program.length > maxInstructions) throw new RegexFault(`it needs over ${maxInstructions} steps`)
  switch (node.kind) {
    case 'character':
      program.push({ op: 'take', matches: matcherOf(node.source, regex) })
      return true
    case 'assertion':
      program.push({ op: 'assert', name: node.name })
      return true
    case 'sequence':
      return node.items.every((item) => compile(item, regex, program))
    case 'group':
      program.push({ op: 'save', slot: node.index * 2 })
      if (!compile(node.body, regex, program)) return false
      program.push({ op: 'save', slot: node.index * 2 + 1 })
      return true
    case 'choice':
      return compileChoice(node.options, regex, program)
    case 'repeat':
      return compileRepeat(node, regex, program)
    default:
      return false
  }
}

function compileChoice(options: readonly RegexNode[], regex: Regex, program: Instruction[]): boolean {
  const ends: { to: number }[] = []
  for (let i = 0; i < options.length - 1; i++) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 }
    program.push(split)
    if (!compile(options[i] as RegexNode, regex, program)) return false
    const jump = { op: 'jump' as const, to: 0 }
    program.push(jump)
    ends.push(jump)
    split.second = program.length
  }
  if (!compile(options.at(-1) as RegexNode, regex, program)) return false
  for (const jump of ends) jump.to = program.length
  return true
}

function compileRepeat(
  { body, min, max, isLazy }: Extract<RegexNode, { kind: 'repeat' }>,
  regex: Regex,
  program: Instruction[],
): boolean {
  for (let i = 0; i < min; i++) if (!compile(body, regex, program)) return false
  const optional = (): { first: number; second: number } => {
    const split = { op: 'split' as const, first: 0, second: 0 }
    program.push(split)
    if (isLazy) split.second = program.length
    else split.first = program.length
    return split
  }
  const leave = (split: { first: number; second: number }): void => {
    if (isLazy) split.first = program.length
    else split.second = program.length
  }
  if (max === Number.POSITIVE_INFINITY) {
    const start = program.length
    const split = optional()
    if (!compile(body, regex, program)) return false
    program.push({ op: 'jump', to: start })
    leave(split)
    return true
  }
  const splits: { first: number; second: number }[] = []
  for (let i = min; i < max; i++) {
    splits.push(optional())
    if (!compile(body, regex, program)) return false
  }
  for (const split of splits) leave(split)
  return true
}

/** Asks JavaScript's own class once per character. */
function matcherOf(source: string, { ignoresCase, isDotAll }: Regex): (point: number) => boolean {
  const one = new RegExp(`^${source}$`, `u${ignoresCase ? 'i' : ''}${isDotAll ? 's' : ''}`)
  const known = new Int8Array(256)
  return (point) => {
    if (point > 255) return one.test(String.fromCodePoint(point))
    let answer = known[point] as number
    if (answer === 0) {
      answer = one.test(String.fromCodePoint(point)) ? 1 : -1
      known[point] = answer
    }
    return answer > 0
  }
}

/** Ways that are followed at one place, best first. */
interface Ways {
  readonly at: number[]
  readonly ends: Ends[]
  /** Place at which an instruction was last added, and 1. */
  readonly seen: Float64Array
}

function run(program: readonly Instruction[], text: string, from: number, slots: number, budget: Budget): Ends | null {
  const newWays = (): Ways => ({ at: [], ends: [], seen: new Float64Array(program.length) })
  let now = newWays()
  let next = newWays()
  let best: Ends | null = null
  for (let place = from; ; ) {
    if (best === null) {
      const ends = new Int32Array(slots).fill(-1)
      ends[0] = place
      add(program, now, 0, text, place, ends)
    }
    if (now.at.length === 0 && best !== null) return best
    budget.left -= now.at.length + 1
    if (budget.left < 0) budget.refuse()
    const point = place < text.length ? (text.codePointAt(place) as number) : -1
    const after = place + (point > 0xffff ? 2 : 1)
    for (let i = 0; i < now.at.length; i++) {
      const at = now.at[i] as number
      const instruction = program[at] as Instruction
      const ends = now.ends[i] as Ends
      if (instruction.op === 'match') {
        ends[1] = place
        best = ends
        break
      }
      if (instruction.op === 'take' && point >= 0 && instruction.matches(point))
        add(program, next, at + 1, text, after, ends)
    }
    if (point < 0) return best
    const empty = now
    now = next
    next = empty
    next.at.length = 0
    next.ends.length = 0
    place = after
  }
}

/** Follows what takes no character; an explicit stack, as patterns may be long. */
function add(
  program: readonly Instruction[],
  ways: Ways,
  start: number,
  text: string,
  place: number,
  ends: Ends,
): void {
  const stack: { at: number; ends: Ends }[] = [{ at: start, ends }]
  for (let way = stack.pop(); way; way = stack.pop()) {
    if (ways.seen[way.at] === place + 1) continue
    ways.seen[way.at] = place + 1
    const instruction = program[way.at] as Instruction
    switch (instruction.op) {
      case 'jump':
        stack.push({ at: instruction.to, ends: way.ends })
        break
      case 'split':
        stack.push({ at: instruction.second, ends: way.ends }, { at: instruction.first, ends: way.ends })
        break
      case 'save': {
        const saved = way.ends.slice()
        saved[instruction.slot] = place
        stack.push({ at: way.at + 1, ends: saved })
        break
      }
      case 'assert':
        if (holds(instruction.name, text, place)) stack.push({ at: way.at + 1, ends: way.ends })
        break
      default:
        ways.at.push(way.at)
        ways.ends.push(way.ends)
    }
  }
}

function holds(name: AssertionName, text: string, place: number): boolean {
  switch (name) {
    case 'start':
      return place === 0
    case 'lineStart':
      return place === 0 || isLineEnd(text, place - 1)
    case 'textEnd':
      return place === text.length
    case 'end':
      return place === text.length || (place === text.length - 1 && text[place] === '\n')
    case 'lineEnd':
      return place === text.length || isLineEnd(text, place)
    case 'word':
      return isWord(text, place - 1) !== isWord(text, place)
    case 'notWord':
      return isWord(text, place - 1) === isWord(text, place)
  }
}

function isLineEnd(text: string, place: number): boolean {
  return /[\n\r\u2028\u2029]/.test(text[place] as string)
}

function isWord(text: string, place: number): boolean {
  return place >= 0 && place < text.length && /\w/.test(text[place] as string)
}
