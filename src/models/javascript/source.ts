import { stripTypeScriptTypes } from 'node:module'
import { type AnyNode, type ModuleDeclaration, type Pattern, type Program, parse } from 'acorn'
import { MillraceError, reasonOf } from '../../core/errors.ts'

/** A module's text as a script body: same lines, no `export`, and which local name each export reads. */
export interface ModuleText {
  readonly body: string
  readonly isTypeScript: boolean
  /** Exported name to local name. Example: `export { s as score }` gives `score` → `s`. */
  readonly exports: ReadonlyMap<string, string>
}

export const languages = ['auto', 'javascript', 'typescript'] as const
export type Language = (typeof languages)[number]

/** Holds what `export default <expression>` gives; 14 characters, as long as `export default`. */
const DEFAULT_BINDING = '$export'
const DEFAULT_HEAD = `const ${DEFAULT_BINDING}=`

/** Decodes and parses an artifact, refuses whatever imports, and takes the exports apart. */
export function readModule(bytes: Uint8Array, source: string, language: Language): ModuleText {
  const text = decodeText(bytes, source)
  const { code, program, isTypeScript } = parseModule(text, source, language)
  refuseImports(program, code, source)
  return { ...rewriteExports(program, code), isTypeScript }
}

function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (thrown) {
    throw new MillraceError('MODEL_FUNCTION_TEXT', { source }, thrown)
  }
}

interface Parsed {
  readonly code: string
  readonly program: Program
  readonly isTypeScript: boolean
}

/** `auto` goes by the file's extension; without one it tries JavaScript, then TypeScript. */
function parseModule(text: string, source: string, language: Language): Parsed {
  const isTypeScript = language === 'typescript' || (language === 'auto' && /\.[cm]?ts$/.test(source))
  if (isTypeScript) return parseTypeScript(text, source)
  try {
    return { code: text, program: parseProgram(text, source), isTypeScript: false }
  } catch (thrown) {
    if (language === 'javascript' || /\.[cm]?js$/.test(source)) throw thrown
    try {
      return parseTypeScript(text, source)
    } catch {
      throw thrown
    }
  }
}

function parseTypeScript(text: string, source: string): Parsed {
  const code = stripTypes(text, source)
  return { code, program: parseProgram(code, source), isTypeScript: true }
}

/** Types become spaces, so positions stay. Syntax that would need code of its own (enum, namespace) is refused by Node. */
function stripTypes(text: string, source: string): string {
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' })
  } catch (thrown) {
    const { line, column } = excerptPlace(thrown)
    throw new MillraceError('MODEL_FUNCTION_SYNTAX', { source, line, column, reason: reasonOf(thrown) }, thrown)
  }
}

function parseProgram(code: string, source: string): Program {
  try {
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, preserveParens: true })
  } catch (thrown) {
    const at = (thrown as { loc?: { line: number; column: number } }).loc
    const reason = at ? reasonOf(thrown).replace(/ \(\d+:\d+\)$/, '') : 'its syntax is nested too deeply'
    const [line, column] = [at?.line ?? 1, (at?.column ?? 0) + 1]
    throw new MillraceError('MODEL_FUNCTION_SYNTAX', { source, line, column, reason }, thrown)
  }
}

/**
 * The place in the excerpt that Node puts above a syntax error's stack: `file:LINE`, the line, and a caret under the column.
 */
export function excerptPlace(thrown: unknown): { line: number; column: number } {
  const stack = thrown instanceof Error ? String(thrown.stack) : ''
  const excerpt = /^[^\n]*:(\d+)\n[^\n]*\n([ \t]*)\^/.exec(stack)
  return excerpt ? { line: Number(excerpt[1]), column: (excerpt[2] as string).length + 1 } : { line: 1, column: 1 }
}

/** A function model is one file: static and dynamic imports, re-exports and `import.meta` are errors. */
function refuseImports(program: Program, code: string, source: string): void {
  const pending: AnyNode[] = [program]
  for (let node = pending.pop(); node; node = pending.pop()) {
    const what = importOf(node, code)
    if (what !== null) {
      const { line, column } = node.loc?.start ?? { line: 1, column: 0 }
      throw new MillraceError('MODEL_FUNCTION_IMPORT', { source, line, column: column + 1, what })
    }
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) {
        for (const item of child) if (isNode(item)) pending.push(item)
      } else if (isNode(child)) pending.push(child)
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

function importOf(node: AnyNode, code: string): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return `import of ${JSON.stringify(node.source.value)}`
    case 'ImportExpression':
      return `import(${code.slice(node.source.start, node.source.end).slice(0, 100)})`
    case 'ExportAllDeclaration':
      return `export from ${JSON.stringify(node.source.value)}`
    case 'ExportNamedDeclaration':
      return node.source ? `export from ${JSON.stringify(node.source.value)}` : null
    case 'MetaProperty':
      return node.meta.name === 'import' ? 'import.meta' : null
    default:
      return null
  }
}

/** Overwrites every `export` in place, so that lines and columns of the code around it stay. */
function rewriteExports(program: Program, code: string): Omit<ModuleText, 'isTypeScript'> {
  const exports = new Map<string, string>()
  let body = code.startsWith('#!') ? '//' : ''
  let at = body.length
  const replace = (start: number, end: number, head: string) => {
    body += code.slice(at, start) + head + padding(code.slice(start, end), head.length)
    at = end
  }
  for (const node of program.body) {
    if (node.type === 'ExportNamedDeclaration') {
      // `;` keeps the statement before it apart when that one relied on the line end
      if (node.declaration) replace(node.start, node.declaration.start, ';')
      else replace(node.start, node.end, ';')
      for (const [exported, local] of namesOf(node)) exports.set(exported, local)
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node
      const isDeclaration = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
      if (isDeclaration && declaration.id) {
        replace(node.start, declaration.start, ';')
        exports.set('default', declaration.id.name)
      } else {
        replace(node.start, declaration.start, DEFAULT_HEAD)
        body += `${code.slice(at, declaration.end)};`
        at = declaration.end
        exports.set('default', DEFAULT_BINDING)
      }
    }
  }
  return { body: body + code.slice(at), exports }
}

/** Spaces in place of `text`, its line ends kept; `used` characters of its start are already replaced. */
function padding(text: string, used: number): string {
  const lost = text.slice(0, used).replace(/[^\r\n\u2028\u2029]/g, '')
  return lost + text.slice(used).replace(/[^\r\n\u2028\u2029]/g, ' ')
}

function namesOf(node: Extract<ModuleDeclaration, { type: 'ExportNamedDeclaration' }>): [string, string][] {
  const { declaration } = node
  if (!declaration) return node.specifiers.map((s) => [nameOf(s.exported), nameOf(s.local)])
  if (declaration.type !== 'VariableDeclaration') return [[declaration.id.name, declaration.id.name]]
  return declaration.declarations.flatMap((d) => boundNames(d.id)).map((name) => [name, name])
}

function nameOf(node: { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown }): string {
  return node.type === 'Identifier' ? node.name : String(node.value)
}

function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((p) => boundNames(p.type === 'RestElement' ? p.argument : p.value))
    case 'ArrayPattern':
      return pattern.elements.flatMap((e) => (e ? boundNames(e) : []))
    case 'RestElement':
      return boundNames(pattern.argument)
    case 'AssignmentPattern':
      return boundNames(pattern.left)
    default:
      return []
  }
}
