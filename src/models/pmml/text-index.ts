import { replacementOf, trimmed } from '../patterns/text-pattern.ts'
import { openExpression } from './expressions.ts'
import { regex } from './functions.ts'
import type { Getter, Machine } from './machine.ts'
import type { TextIndexPlan } from './plan.ts'
import type { Cell } from './types.ts'

/** Opens a TextIndex: the weight of a term by how often it occurs in a text. */
export function openTextIndex(plan: TextIndexPlan, machine: Machine): Getter {
  const getText = openExpression(plan.text, machine)
  const getTerm = openExpression(plan.term, machine)
  const tokens = tokenizer(plan, machine)
  return () => {
    const text = getText()
    const term = getTerm()
    if (text === undefined || term === undefined) return undefined
    const index = tokens(String(text))
    return weigh(plan, count(plan, index, splitTerm(plan, String(term))), index)
  }
}

/** A text cut into tokens, with how often each occurs. */
interface TokenIndex {
  readonly tokens: readonly string[]
  readonly counts: ReadonlyMap<string, number>
  readonly maxCount: number
}

/** Tokenizers by machine and settings: a model with a thousand terms cuts a record's text once. */
const shared = new WeakMap<Machine, Map<string, (text: string) => TokenIndex>>()

function tokenizer(plan: TextIndexPlan, machine: Machine): (text: string) => TokenIndex {
  let known = shared.get(machine)
  if (!known) shared.set(machine, (known = new Map()))
  const { isCaseSensitive, separator, wordPattern, isTokenized, normalizations } = plan
  const key = JSON.stringify([isCaseSensitive, separator, wordPattern, isTokenized, normalizations])
  let found = known.get(key)
  if (!found) known.set(key, (found = remembering((text) => indexOf(plan, text))))
  return found
}

function remembering(make: (text: string) => TokenIndex): (text: string) => TokenIndex {
  let last: string | null = null
  let index: TokenIndex = { tokens: [], counts: new Map(), maxCount: 0 }
  return (text) => {
    if (text !== last) {
      index = make(text)
      last = text
    }
    return index
  }
}

function indexOf(plan: TextIndexPlan, text: string): TokenIndex {
  const tokens = split(plan, normalize(plan, text)).map((token) => folded(plan, token))
  const counts = new Map<string, number>()
  let maxCount = 0
  for (const token of tokens) {
    const n = (counts.get(token) ?? 0) + 1
    counts.set(token, n)
    if (n > maxCount) maxCount = n
  }
  return { tokens, counts, maxCount }
}

function folded(plan: TextIndexPlan, token: string): string {
  return plan.isCaseSensitive ? token : token.toLowerCase()
}

const maxRounds = 100

function normalize(plan: TextIndexPlan, text: string): string {
  let result = text
  for (const normalization of plan.normalizations) {
    for (let round = 0; round < (normalization.isRecursive ? maxRounds : 1); round++) {
      const before = result
      for (const row of normalization.rows) {
        const source = row.isRegex ? row.from : row.from.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
        const pattern = regex(source, !normalization.isCaseSensitive)
        result = pattern.replace(result, row.isRegex ? replacementOf(row.to) : () => row.to)
      }
      if (result === before) break
    }
  }
  return result
}

function split(plan: TextIndexPlan, text: string): string[] {
  if (plan.wordPattern !== null) return regex(plan.wordPattern).all(text)
  if (!plan.isTokenized) return [text]
  return regex(plan.separator)
    .split(text)
    .map((token) => trimmed(token, punctuation))
    .filter((token) => token !== '')
}

const punctuation = /^\p{P}$/u

const terms = new WeakMap<TextIndexPlan, Map<string, string[]>>()

function splitTerm(plan: TextIndexPlan, term: string): string[] {
  let known = terms.get(plan)
  if (!known) terms.set(plan, (known = new Map()))
  let found = known.get(term)
  if (!found) {
    if (known.size > 1000) known.clear()
    known.set(term, (found = split(plan, term).map((token) => folded(plan, token))))
  }
  return found
}

function count(plan: TextIndexPlan, index: TokenIndex, term: readonly string[]): number {
  if (term.length === 0) return 0
  if (term.length === 1 && plan.maxDistance === 0) return index.counts.get(term[0] as string) ?? 0
  const { tokens } = index
  let hits = 0
  let best = Number.POSITIVE_INFINITY
  let bestHits = 0
  for (let at = 0; at + term.length <= tokens.length; at++) {
    let left = plan.maxDistance
    for (let i = 0; i < term.length && left >= 0; i++)
      left -= distance(tokens[at + i] as string, term[i] as string, left)
    if (left < 0) continue
    hits++
    const used = plan.maxDistance - left
    if (used < best) {
      best = used
      bestHits = 0
    }
    if (used === best) bestHits++
  }
  return plan.counts === 'bestHits' ? bestHits : hits
}

/** Levenshtein distance, or more than `limit` when it is above; only the band of cells that can stay below is filled. */
function distance(a: string, b: string, limit: number): number {
  if (a === b) return 0
  if (!(limit >= 1) || Math.abs(a.length - b.length) > limit) return limit + 1
  const band = Math.min(Math.floor(limit), Math.max(a.length, b.length))
  let row = new Float64Array(b.length + 2).fill(band + 1)
  let next = new Float64Array(b.length + 2).fill(band + 1)
  for (let j = 0; j <= Math.min(b.length, band); j++) row[j] = j
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - band)
    const to = Math.min(b.length, i + band)
    next[from - 1] = from === 1 ? i : band + 1
    for (let j = from; j <= to; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next[j] = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost)
    }
    next[to + 1] = band + 1
    const spent = row
    row = next
    next = spent
  }
  return Math.min(row[b.length] as number, limit + 1)
}

function weigh(plan: TextIndexPlan, frequency: number, index: TokenIndex): Cell {
  switch (plan.weights) {
    case 'termFrequency':
      return frequency
    case 'binary':
      return frequency > 0 ? 1 : 0
    case 'logarithmic':
      return Math.log10(1 + frequency)
    case 'augmentedNormalizedTermFrequency':
      return frequency === 0 || index.maxCount === 0 ? 0 : 0.5 * (1 + frequency / index.maxCount)
  }
}
