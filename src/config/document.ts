import { readFile } from 'node:fs/promises'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { MillraceError, reasonOf } from '../core/errors.ts'

/** Names and indexes that lead to a value: `['slots', 0, 'transport']`. */
export type ConfigPath = readonly (string | number)[]

/** A line and a column of a document, both from 1. */
export interface DocumentPoint {
  readonly line: number
  readonly column: number
}

/** A parsed YAML or JSON document that remembers where its values stand. */
export interface ConfigDocument {
  /** File name as the user gave it, for messages. */
  readonly path: string
  /** Plain objects, arrays, strings, numbers, booleans and null. */
  readonly value: unknown
  /** Where the option at `path` stands (its name in a mapping, the item in a list); the nearest parent when it is absent. */
  pointOf(path: ConfigPath): DocumentPoint
  /** `pointOf` as text: `engine.yaml:12:5`. */
  place(path: ConfigPath): string
}

/** Documents are configuration, not data. At this size the parser's worst case holds the thread for about a second. */
const limits = Object.freeze({ characters: 256 * 1024, depth: 100, aliases: 100 })
const tooDeep = `it is nested more than ${limits.depth} levels deep`

/** Reads and parses a document; a file that cannot be read is CONFIG_UNREADABLE. */
export async function readConfigDocument(path: string): Promise<ConfigDocument> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (thrown) {
    throw new MillraceError('CONFIG_UNREADABLE', { path, reason: reasonOf(thrown) }, thrown)
  }
  return parseConfigDocument(text, path)
}

/** Parses YAML 1.2, of which JSON is a part; syntax errors are CONFIG_SYNTAX with file, line and column. */
export function parseConfigDocument(text: string, path: string): ConfigDocument {
  const lines = new LineCounter()
  const pointAt = (offset: number): DocumentPoint => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const fault = (offset: number, reason: string, cause?: unknown): MillraceError => {
    const { line, column } = pointAt(offset)
    return new MillraceError('CONFIG_SYNTAX', { place: `${path}:${line}:${column}`, reason }, cause)
  }
  checkSize(text, fault)
  const document = parsed(text, lines, fault)
  checkTree(document, fault)
  const value = plainValueOf(document, fault)
  const pointOf = (at: ConfigPath) => pointAt(offsetOf(document, at))
  return Object.freeze({
    path,
    value,
    pointOf,
    place: (at: ConfigPath) => {
      const { line, column } = pointOf(at)
      return `${path}:${line}:${column}`
    },
  })
}

type Fault = (offset: number, reason: string, cause?: unknown) => MillraceError

function checkSize(text: string, fault: Fault): void {
  if (text.length <= limits.characters) return
  throw fault(0, `it has ${text.length} characters, at most ${limits.characters} are read`)
}

function parsed(text: string, lines: LineCounter, fault: Fault): Document.Parsed {
  // Unique names are checked below: the library's own check takes quadratic time.
  const settings: Parameters<typeof parseDocument>[1] = {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    customTags: [],
    uniqueKeys: false,
  } as const
  let document: Document.Parsed
  try {
    document = parseDocument(text, settings)
  } catch (thrown) {
    throw fault(0, sentence(thrown), thrown)
  }
  const first = document.errors[0] ?? document.warnings[0]
  if (first) throw fault(first.pos[0], sentence(first), first)
  return document
}

/** What the grammar allows and configuration does not: tags, repeated names, names that are no text, endless aliases. */
function checkTree(document: Document.Parsed, fault: Fault): void {
  let aliases = 0
  visit(document, {
    Alias(_key, alias, ancestors) {
      // Resolving one alias walks the whole document.
      if (++aliases > limits.aliases) throw fault(startOf(alias), `it has more than ${limits.aliases} aliases`)
      const source = alias.resolve(document)
      if (source === undefined) throw fault(startOf(alias), `alias "*${alias.source}" has no anchor before it`)
      if (ancestors.includes(source))
        throw fault(startOf(alias), `alias "*${alias.source}" stands inside its own anchor`)
    },
    Value(_key, node) {
      if (node.tag?.startsWith('!')) throw fault(startOf(node), `tag "${node.tag}" is not allowed`)
    },
    Map(_key, mapping) {
      const names = new Set<string>()
      for (const { key } of mapping.items) {
        if (!isScalar(key)) throw fault(startOf(key), 'a name is a list, a mapping or an alias, expected text')
        const name = String(key.value)
        if (name === '__proto__') throw fault(startOf(key), 'the name "__proto__" is not allowed')
        if (names.has(name)) throw fault(startOf(key), `the name "${name}" is repeated`)
        names.add(name)
      }
    },
  })
}

function plainValueOf(document: Document.Parsed, fault: Fault): unknown {
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: limits.aliases })
  } catch (thrown) {
    throw fault(0, sentence(thrown), thrown)
  }
  if (isDeeper(value, limits.depth)) throw fault(0, tooDeep)
  return value
}

function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

function offsetOf(document: Document.Parsed, path: ConfigPath): number {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === `${step}`)
      if (!pair) return offset
      offset = startOf(pair.key)
      node = pair.value
    } else if (isSeq(node)) {
      const item = node.items[Number(step)]
      if (item === undefined) return offset
      offset = startOf(item)
      node = item
    } else return offset
  }
  return offset
}

function startOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0
}

/** The library's error in our form: lower case, one line, no final period. */
function sentence(thrown: unknown): string {
  if (/call stack/.test(reasonOf(thrown))) return tooDeep
  const line = (reasonOf(thrown).split('\n')[0] as string).replace(/[.:\s]+$/, '')
  return line.charAt(0).toLowerCase() + line.slice(1)
}
