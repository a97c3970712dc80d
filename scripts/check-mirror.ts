// Checks that each source file with behaviour has its test, and each test its source (style guide, 9.1).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckResult, report } from './report.ts'
import { listFiles, readSourceFile, type SyntaxNode } from './source-file.ts'

/** Folders of tests that have no single source file. */
const freeFolders = ['conformance', 'golden', 'recovery', 'fuzz', 'examples', 'chaos', 'kafka']

/** Compares `root/src` with `root/test`. */
export function checkMirror(root: string): CheckResult {
  const sources = listFiles(root, 'src').filter((path) => hasBehaviour(readSourceFile(root, path).statements))
  const tests = listFiles(root, 'test').filter((path) => path.endsWith('.test.ts'))
  const untested = sources
    .filter((path) => !existsSync(join(root, testOf(path))))
    .map((path) => `${path}:1: has no test; it is expected at ${testOf(path)}`)
  const orphans = tests
    .filter((path) => !sourcesOf(path).some((source) => existsSync(join(root, source))))
    .map((path) => `${path}:1: tests no file; ${sourcesOf(path).join(' or ')} is not there`)
  return {
    summary: `mirror: ${sources.length} source files with behaviour, ${tests.length} tests, fine`,
    faults: [...untested, ...orphans],
  }
}

/** True when a file does anything at run time besides importing, re-exporting and naming literal data. */
export function hasBehaviour(statements: readonly SyntaxNode[]): boolean {
  return statements.some((statement) => {
    switch (statement.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
        return false
      case 'ExportNamedDeclaration': {
        const declaration = statement['declaration'] as SyntaxNode | null
        return declaration !== null && hasBehaviour([declaration])
      }
      case 'VariableDeclaration':
        return (statement['declarations'] as readonly { init: SyntaxNode | null }[]).some(
          ({ init }) => !isLiteral(init),
        )
      default:
        return true
    }
  })
}

/** Literals, and arrays and objects of them, also under `as const` and `satisfies`. */
function isLiteral(node: SyntaxNode | null): boolean {
  switch (node?.type) {
    case 'Literal':
      return true
    case 'TemplateLiteral':
      return (node['expressions'] as readonly unknown[]).length === 0
    case 'UnaryExpression':
      return isLiteral(node['argument'] as SyntaxNode)
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return isLiteral(node['expression'] as SyntaxNode)
    case 'ArrayExpression':
      return (node['elements'] as readonly (SyntaxNode | null)[]).every(isLiteral)
    case 'ObjectExpression':
      return (node['properties'] as readonly (SyntaxNode & { computed?: boolean; value: SyntaxNode | null })[]).every(
        (property) => property.type === 'Property' && !property.computed && isLiteral(property.value),
      )
    default:
      return false
  }
}

function testOf(source: string): string {
  return source.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')
}

/** Where the source of a test may be: below src, or for tests of a top-level folder such as scripts, in that folder. */
function sourcesOf(test: string): string[] {
  const path = test.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  const folder = path.split('/')[0] as string
  if (freeFolders.includes(folder)) return [test]
  if (['scripts', 'bench', 'adapters'].includes(folder)) return [`${path}.ts`, `${path}.mjs`]
  return [`src/${path}.ts`]
}

if (import.meta.main) report(checkMirror(join(import.meta.dirname, '..')))
