import { type AnyNode, type Comment, parse as parseScript } from 'acorn'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PreparedModel } from '../../src/models/model.ts'
import type { Plan } from '../../src/models/pmml/plan.ts'
import { openPlan } from '../../src/models/pmml/scorer.ts'
import { prepare } from '../models/pmml/documents.ts'
import { seeded } from '../random.ts'
import { baseDocuments, parse, recordFor, type Tree, xmlOf } from './pmml-mutations.ts'

/** Stands in every text of the document, and may stand in string literals of generated code only. */
const marker = 'zQzQ'
const nasty = [
  '"',
  "'",
  '`',
  '\\',
  `$\{globalThis.hit=1}`,
  '</script>',
  '\u2028',
  '\u2029',
  '"];globalThis.hit=1;//',
  "'+(globalThis.hit=1)+'",
  '*/globalThis.hit=1/*',
  '\\u0022);globalThis.hit=1;(',
  '__proto__',
  'constructor',
]

const original = globalThis.Function
let texts: string[] = []

beforeEach(() => {
  texts = []
  globalThis.Function = new Proxy(original, {
    construct(target, args: string[]) {
      texts.push(`(function (${args.slice(0, -1).join(',')}) {\n${args.at(-1)}\n})`)
      return Reflect.construct(target, args)
    },
  })
})

afterEach(() => {
  globalThis.Function = original
})

/** What generated code consists of beside numbers, string literals and operators. */
const allowed: ReadonlySet<string> = new Set([
  'Program',
  'ExpressionStatement',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'BlockStatement',
  'ReturnStatement',
  'VariableDeclaration',
  'VariableDeclarator',
  'Identifier',
  'Literal',
  'AssignmentExpression',
  'MemberExpression',
  'ConditionalExpression',
  'BinaryExpression',
  'LogicalExpression',
  'UnaryExpression',
  'UpdateExpression',
  'CallExpression',
  'IfStatement',
  'ForStatement',
  'WhileStatement',
  'DoWhileStatement',
  'BreakStatement',
  'ContinueStatement',
  'LabeledStatement',
  'SwitchStatement',
  'SwitchCase',
  'ObjectExpression',
  'ArrayExpression',
  'Property',
  'SequenceExpression',
  'EmptyStatement',
  'ParenthesizedExpression',
  'ThrowStatement',
  'TryStatement',
  'CatchClause',
  'TryStatement',
  'CatchClause',
])

function faultsOf(text: string): string[] {
  const comments: Comment[] = []
  const faults: string[] = []
  const visit = (node: AnyNode): void => {
    if (!allowed.has(node.type)) faults.push(`a ${node.type}`)
    if (node.type === 'Identifier' && (!/^[A-Za-z][A-Za-z0-9]{0,15}$/.test(node.name) || node.name.includes(marker)))
      faults.push(`the identifier ${node.name}`)
    if (node.type === 'Literal' && !['string', 'number', 'boolean'].includes(typeof node.value) && node.value !== null)
      faults.push(`the literal ${node.raw}`)
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child && typeof child === 'object' && 'type' in child) visit(child as AnyNode)
      }
    }
  }
  visit(parseScript(text, { ecmaVersion: 'latest', onComment: comments }) as AnyNode)
  if (comments.length > 0) faults.push('a comment')
  return faults
}

/** Gives every name and category of a document a text that would be code if it were not escaped. */
function poison(root: Tree, evil: string): void {
  const names = new Set<string>()
  const each = (node: Tree, take: (node: Tree) => void): void => {
    take(node)
    for (const child of node.children) each(child, take)
  }
  each(root, ({ name, attributes }) => {
    if (/^(DataField|DerivedField|OutputField|DefineFunction|ParameterField|Parameter|Value|TargetValue)$/.test(name))
      for (const value of [attributes['name'], attributes['value']])
        if (value && !/^[-\d.]/.test(value)) names.add(value)
  })
  each(root, (node) => {
    for (const [key, value] of Object.entries(node.attributes))
      if (names.has(value)) node.attributes[key] = `${marker}${evil}${value}`
    if (names.has(node.text.trim())) node.text = `${marker}${evil}${node.text.trim()}`
  })
}

test('generated code holds numbers, string literals and fixed templates, whatever a document says', async () => {
  const rnd = seeded(11)
  let marked = 0
  for (const [i, { name, xml }] of baseDocuments(30_000).entries()) {
    const tree = parse(xml)
    poison(tree, nasty[i % nasty.length] as string)
    let prepared: PreparedModel<Plan>
    try {
      prepared = (await prepare(xmlOf(tree))) as PreparedModel<Plan>
    } catch {
      continue
    }
    texts = []
    const scoreOne = openPlan(prepared.payload)
    for (let n = 0; n < 5; n++) {
      try {
        scoreOne(recordFor(rnd, prepared.signature, prepared.samples))
      } catch {
        // A record's fault.
      }
    }
    for (const text of texts) {
      expect(faultsOf(text), `${name}: ${text}`).toEqual([])
      if (text.includes(marker)) marked++
    }
  }
  expect(marked).toBeGreaterThan(50)
  expect((globalThis as { hit?: number }).hit).toBeUndefined()
})

test('the check sees code that is not escaped', () => {
  expect(faultsOf('(function () { return `a` })')).toEqual(['a TemplateLiteral', 'a TemplateElement'])
  expect(faultsOf(`(function () { return ${marker}_x })`)).toHaveLength(1)
  expect(faultsOf('(function () { /* a */ })')).toEqual(['a comment'])
})
