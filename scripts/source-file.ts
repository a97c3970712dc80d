import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { parseSync, Visitor } from 'rolldown/utils'

/** The parser's tree, as far as the checks look into it. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** One thing that a file imports: a package, or a file of the repository. */
export interface ImportedName {
  /** As written: `../core/errors.ts`, `node:fs`, `zod`. */
  readonly specifier: string
  /** Path from the root with `/`, or null for packages. */
  readonly target: string | null
  readonly line: number // from 1
  readonly isType: boolean
  readonly isDynamic: boolean
}

/** A parsed source file. */
export interface SourceFile {
  /** Path from the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly statements: readonly SyntaxNode[]
  readonly imports: readonly ImportedName[]
  readonly syntaxError: string | null
}

/** Paths below `folder` that end in one of `endings`, from the root, sorted; an absent folder has none. */
export function listFiles(root: string, folder: string, endings: readonly string[] = ['.ts']): string[] {
  let entries: string[]
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  return entries
    .map((entry) => posix.join(folder, entry.split(sep).join('/')))
    .filter((path) => endings.some((ending) => path.endsWith(ending)) && !path.includes('node_modules/'))
    .sort()
}

/** Parses one file and collects everything that it imports, in whatever way. */
export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const { program, errors } = parseSync(path, text)
  const imports: ImportedName[] = []
  const add = (specifier: unknown, at: number, isType: boolean, isDynamic: boolean) => {
    if (typeof specifier !== 'string') return // computed: the operator's file, not ours
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null
    imports.push({ specifier, target, line: lineAt(text, at), isType, isDynamic })
  }
  const fromStatement = (node: unknown, kind: 'importKind' | 'exportKind') => {
    const statement = node as SyntaxNode & { source?: { value?: unknown } | null }
    if (!statement.source) return
    // Only `import type` vanishes at run time: `import { type A }` still loads the module.
    add(statement.source.value, statement.start, statement[kind] === 'type', false)
  }
  new Visitor({
    ImportDeclaration: (node) => fromStatement(node, 'importKind'),
    ExportNamedDeclaration: (node) => fromStatement(node, 'exportKind'),
    ExportAllDeclaration: (node) => fromStatement(node, 'exportKind'),
    ImportExpression: (node) => add((node.source as { value?: unknown }).value, node.start, false, true),
    TSImportType: (node) => add((node.source as { value?: unknown }).value, node.start, true, false),
    NewExpression: (node) => addUrl(node as unknown as CallNode, text, add),
    CallExpression: (node) => addUrl(node as unknown as CallNode, text, add),
  }).visit(program)
  return {
    path,
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    statements: program.body as unknown as SyntaxNode[],
    imports: imports.sort((a, b) => a.line - b.line),
    syntaxError: errors[0]?.message ?? null,
  }
}

/** The path from `root`, with `/`. */
export function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++
  return line
}

interface CallNode extends SyntaxNode {
  readonly callee: { readonly name?: string }
  readonly arguments: readonly { readonly value?: unknown; readonly start: number; readonly end: number }[]
}

/** Modules named beside `import.meta.url`: `new URL('./x.ts', import.meta.url)`, `workerUrl(import.meta.url, 'x')`. Data files are no imports. */
function addUrl(
  { callee, arguments: args, start }: CallNode,
  text: string,
  add: (specifier: unknown, at: number, isType: boolean, isDynamic: boolean) => void,
): void {
  const isHere = (at: number) => text.slice(args[at]?.start, args[at]?.end) === 'import.meta.url'
  const named = args[0]?.value
  const isModule = typeof named === 'string' && /\.[cm]?[jt]s$/.test(named)
  if (callee.name === 'URL' && isHere(1) && isModule) add(named, start, false, true)
  if (callee.name === 'workerUrl' && isHere(0)) add(`./${args[1]?.value}.ts`, start, false, true)
}
