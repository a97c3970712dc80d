import { type AnyNode, type Expression, parseExpressionAt, type SpreadElement } from 'acorn'
import { closest } from '../../config/closest.ts'
import { reasonOf } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import { numberOf, readDecimal, refused } from './cells.ts'

/**
 * Expressions over the fields of a record, as the option `features` has them: `log1p(income) / household`.
 *
 * The grammar is that of JavaScript expressions, cut down to:
 *
 *     number, 'text', true, false, null        literals
 *     income, `annual income`                  a field by its name; any name in backquotes
 *     + - * / % **                             numbers; text is read as the number that it is
 *     < <= > >= == !=                          numbers, or text with text
 *     ! && || ?? a ? b : c                     a missing value is not true; ?? replaces a missing value
 *     log1p(x), min(a, b), …                   the functions of `functions` below, nothing else
 *
 * A missing field is a missing value; arithmetic with it, comparison with it and its functions give a missing value. Text that is no
 * number is the record's fault where a number is needed; `number(x)` makes it a missing value.
 */
export interface ExpressionPlan {
  readonly text: string
  /** Fields that it reads, in order of appearance. */
  readonly fields: readonly string[]
}

/** A fault of an expression's text. */
export class ExpressionFault extends Error {}

const maxLength = 4000
const maxDepth = 100

type Scalar = number | string | boolean | undefined

/** Value of an expression on a record: undefined is missing. */
export type ExpressionFunction = (record: RecordValue) => Scalar

/** Reads an expression. Throws ExpressionFault with what is wrong and where. */
export function planExpression(text: string): ExpressionPlan {
  const { fields } = generate(text)
  return { text, fields: [...fields] }
}

/**
 * Compiles an expression. The function's text is made of fixed templates, numbers and JSON strings only: names of fields are strings
 * in it, names of functions are looked up in the closed list.
 */
export function openExpression({ text }: ExpressionPlan): ExpressionFunction {
  const { body, fields } = generate(text)
  const reads = [...fields].map((field, i) => `const f${i} = v(${fieldText(field)}, ${JSON.stringify(field)})`)
  const number = numeric(text)
  const source = `return (r) => { ${[...reads, `return u(${body})`].join('; ')} }`
  return new Function('v', 'u', 'own', 'n', 'c', 't', 'q', 'm', source)(
    scalarOf,
    result,
    Object.hasOwn,
    number,
    compare(number),
    truth,
    equal,
    implementations,
  ) as ExpressionFunction
}

function generate(text: string): { body: string; fields: ReadonlySet<string> } {
  const fields = new Set<string>()
  const body = new Generator(fields).text(parse(text), 0)
  return { body, fields }
}

function parse(text: string): Expression {
  if (text.length > maxLength)
    throw new ExpressionFault(`it has ${text.length} characters, above the limit of ${maxLength}`)
  let node: Expression
  try {
    node = parseExpressionAt(text, 0, { ecmaVersion: 2022, preserveParens: true })
  } catch (thrown) {
    throw new ExpressionFault(reasonOf(thrown))
  }
  const rest = text.slice(node.end).trim()
  if (rest !== '') throw new ExpressionFault(`"${rest.slice(0, 40)}" at column ${node.end + 1} follows its end`)
  return node
}

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '**'])
const comparisons: ReadonlySet<string> = new Set(['<', '<=', '>', '>='])
const equalities: ReadonlySet<string> = new Set(['==', '===', '!=', '!=='])

class Generator {
  readonly #fields: Set<string>

  constructor(fields: Set<string>) {
    this.#fields = fields
  }

  text(node: AnyNode, depth: number): string {
    if (depth > maxDepth) throw new ExpressionFault(`it is nested deeper than ${maxDepth} levels`)
    const inner = (child: AnyNode): string => this.text(child, depth + 1)
    switch (node.type) {
      case 'Literal':
        return literalText(node.value, node)
      case 'Identifier':
        return this.#field(node.name)
      case 'TemplateLiteral': {
        const name = node.quasis[0]?.value.cooked
        if (node.expressions.length > 0 || typeof name !== 'string')
          throw refusal(node, 'a name in backquotes with an expression inside')
        return this.#field(name)
      }
      case 'ParenthesizedExpression':
        return inner(node.expression)
      case 'UnaryExpression':
        if (node.operator === '!') return `!t(${inner(node.argument)})`
        if (node.operator === '-' || node.operator === '+') return `(${node.operator}n(${inner(node.argument)}))`
        throw refusal(node, `the operator ${node.operator}`)
      case 'BinaryExpression': {
        const { operator } = node
        const [left, right] = [inner(node.left), inner(node.right)]
        if (arithmetic.has(operator)) return `(n(${left}) ${operator} n(${right}))`
        if (comparisons.has(operator)) return `c(${left}, ${right}, ${JSON.stringify(operator)})`
        if (equalities.has(operator)) return `q(${left}, ${right}, ${operator.startsWith('=')})`
        throw refusal(node, `the operator ${operator}`)
      }
      case 'LogicalExpression': {
        const [left, right] = [inner(node.left), inner(node.right)]
        if (node.operator === '??') return `(u(${left}) ?? ${right})`
        return `(t(${left}) ${node.operator} t(${right}))`
      }
      case 'ConditionalExpression':
        return `(t(${inner(node.test)}) ? ${inner(node.consequent)} : ${inner(node.alternate)})`
      case 'CallExpression':
        return this.#call(node.callee, node.arguments, node, inner)
      default:
        throw refusal(node, node.type)
    }
  }

  #field(name: string): string {
    this.#fields.add(name)
    return `f${[...this.#fields].indexOf(name)}`
  }

  #call(
    callee: AnyNode,
    given: readonly (Expression | SpreadElement)[],
    node: AnyNode,
    inner: (child: AnyNode) => string,
  ): string {
    if (callee.type !== 'Identifier') throw refusal(node, 'a call of something that is no function of the list')
    const name = callee.name
    const known = Object.hasOwn(functions, name) ? functions[name as keyof typeof functions] : null
    if (known === null)
      throw new ExpressionFault(`there is no function "${name}"${closest(name, Object.keys(functions))}`)
    const [min, max] = known.arguments
    if (given.length < min || given.length > max) {
      const wanted = min === max ? `${min}` : max === many ? `at least ${min}` : `${min} to ${max}`
      throw new ExpressionFault(`function "${name}" has ${given.length} arguments, expected ${wanted}`)
    }
    // Named by its place in the list, so that no text of the user is in the code.
    const place = Object.keys(functions).indexOf(name)
    const parts = given.map((argument) => (known.isNumeric ? `n(${inner(argument)})` : `u(${inner(argument)})`))
    return `m[${place}](${parts.join(', ')})`
  }
}

function refusal(node: AnyNode, what: string): ExpressionFault {
  return new ExpressionFault(`${what} at column ${node.start + 1} is not part of the language of expressions`)
}

function literalText(value: unknown, node: AnyNode): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `(${value})` : 'Infinity'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (value === null && !('regex' in node && node.regex) && !('bigint' in node && node.bigint)) return 'undefined'
  throw refusal(node, 'this literal')
}

const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** Text that reads a field of record `r`. Names that every object inherits count only when the record has them itself. */
export function fieldText(name: string): string {
  const key = JSON.stringify(name)
  return inherited.has(name) ? `(own(r, ${key}) ? r[${key}] : undefined)` : `r[${key}]`
}

/** A field's value as expressions see it. */
function scalarOf(value: unknown, field: string): Scalar {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (value === undefined || value === null) return undefined
  throw refused(field, value, 'a number, text, true or false')
}

function result(value: Scalar): Scalar {
  return Number.isNaN(value) ? undefined : value
}

type ToNumber = (value: Scalar) => number

/** NaN where the value is missing; throws, naming the expression, where it is text that is no number. */
function numeric(expression: string): ToNumber {
  return (value) => {
    if (typeof value === 'number') return value
    if (typeof value === 'boolean') return value ? 1 : 0
    if (value === undefined) return Number.NaN
    const number = readDecimal(value)
    if (number === null) throw refused(expression, value, 'a number in its place')
    return number
  }
}

function truth(value: Scalar): boolean {
  if (typeof value === 'boolean') return value
  return typeof value === 'number' ? value !== 0 && !Number.isNaN(value) : value !== undefined && value !== ''
}

function isAbsent(value: Scalar): boolean {
  return value === undefined || Number.isNaN(value)
}

function compare(toNumber: ToNumber): (a: Scalar, b: Scalar, operator: string) => Scalar {
  return (a, b, operator) => {
    if (isAbsent(a) || isAbsent(b)) return undefined
    if (typeof a === 'number' && typeof b === 'number') return ordered(a, b, operator)
    if (typeof a === 'string' && typeof b === 'string') {
      // Texts that are both numbers (cells of a CSV) compare as numbers.
      const [x, y] = [readDecimal(a), readDecimal(b)]
      return x !== null && y !== null ? ordered(x, y, operator) : ordered(a, b, operator)
    }
    return ordered(toNumber(a), toNumber(b), operator)
  }
}

function ordered<T extends number | string>(a: T, b: T, operator: string): boolean {
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

function equal(a: Scalar, b: Scalar, isEquality: boolean): Scalar {
  if (isAbsent(a) || isAbsent(b)) return undefined
  const isSame = typeof a === typeof b ? a === b : numberOf(a) === numberOf(b)
  return isSame === isEquality
}

const many = 32

interface FunctionEntry {
  /** Fewest and most arguments, both inclusive. */
  readonly arguments: readonly [number, number]
  /** True when arguments are numbers; a missing one makes the result missing, as NaN does. */
  readonly isNumeric: boolean
  readonly of: (...values: never[]) => Scalar
}

function ofNumbers(of: (...values: number[]) => number, min = 1, max = min): FunctionEntry {
  return { arguments: [min, max], isNumeric: true, of }
}

function ofText(of: (text: string, other: string) => Scalar, count = 1): FunctionEntry {
  const guarded = (a: Scalar, b: Scalar): Scalar =>
    a === undefined || (count === 2 && b === undefined) ? undefined : of(String(a), String(b))
  return { arguments: [count, count], isNumeric: false, of: guarded }
}

/** Every function of the language. */
export const functions = {
  abs: ofNumbers(Math.abs),
  sign: ofNumbers(Math.sign),
  sqrt: ofNumbers(Math.sqrt),
  cbrt: ofNumbers(Math.cbrt),
  exp: ofNumbers(Math.exp),
  expm1: ofNumbers(Math.expm1),
  log: ofNumbers(Math.log),
  log1p: ofNumbers(Math.log1p),
  log2: ofNumbers(Math.log2),
  log10: ofNumbers(Math.log10),
  pow: ofNumbers((base, exponent) => base ** exponent, 2),
  sin: ofNumbers(Math.sin),
  cos: ofNumbers(Math.cos),
  tan: ofNumbers(Math.tan),
  asin: ofNumbers(Math.asin),
  acos: ofNumbers(Math.acos),
  atan: ofNumbers(Math.atan),
  atan2: ofNumbers(Math.atan2, 2),
  sinh: ofNumbers(Math.sinh),
  cosh: ofNumbers(Math.cosh),
  tanh: ofNumbers(Math.tanh),
  hypot: ofNumbers(Math.hypot, 1, many),
  floor: ofNumbers(Math.floor),
  ceil: ofNumbers(Math.ceil),
  trunc: ofNumbers(Math.trunc),
  round: ofNumbers(Math.round),
  min: ofNumbers(Math.min, 1, many),
  max: ofNumbers(Math.max, 1, many),
  clamp: ofNumbers((value, low, high) => Math.min(Math.max(value, low), high), 3),
  number: { arguments: [1, 1], isNumeric: false, of: (value: Scalar) => numberOf(value) ?? undefined },
  text: ofText((text) => text),
  lower: ofText((text) => text.toLowerCase()),
  upper: ofText((text) => text.toUpperCase()),
  trim: ofText((text) => text.trim()),
  length: ofText((text) => text.length),
  contains: ofText((text, part) => text.includes(part), 2),
  startsWith: ofText((text, start) => text.startsWith(start), 2),
  endsWith: ofText((text, end) => text.endsWith(end), 2),
  isMissing: { arguments: [1, 1], isNumeric: false, of: (value: Scalar) => value === undefined },
  coalesce: {
    arguments: [1, many],
    isNumeric: false,
    of: (...values: Scalar[]) => values.find((value) => value !== undefined),
  },
} as const satisfies Readonly<Record<string, FunctionEntry>>

const implementations = Object.values(functions).map((entry) => entry.of)
