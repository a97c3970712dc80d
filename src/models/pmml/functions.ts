import { RegexFault } from '../patterns/regex-parse.ts'
import { maxTextLength, replacementOf, TextPattern, tooLong } from '../patterns/text-pattern.ts'
import { formatByPattern } from './dates.ts'
import { typeFault } from './faults.ts'
import { type ExpressionPlan, typeNames } from './plan.ts'
import { erf, normalCumulative, normalDensity, normalQuantile } from './special.ts'
import { formatNumber } from './text-format.ts'
import { type Cell, cast, type TypeName, textOf, yearStart } from './types.ts'

/**
 * A built-in function. `strict` functions are not called with a missing argument (their result is missing then); the others
 * get `undefined` for it. `if`, `and` and `or` are opened by themselves, as they do not evaluate every argument.
 */
export interface BuiltIn {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly isStrict: boolean
  readonly result: TypeName | 'arithmetic' | 'mean' | 'argument' | 'branches'
  readonly call: (args: readonly Cell[], types: readonly (TypeName | null)[]) => Cell
}

type Call = BuiltIn['call']
const table = new Map<string, BuiltIn>()
const many = Number.POSITIVE_INFINITY

function define(names: string, min: number, max: number, result: BuiltIn['result'], call: Call, isStrict = true): void {
  for (const name of names.split(' ')) table.set(name, { name, min, max, isStrict, result, call })
}

/** The built-in function of this name (two spellings are forgiven), or null. */
export function builtIn(name: string): BuiltIn | null {
  return table.get(name) ?? null
}

/** Names of all built-in functions. */
export function builtInNames(): string[] {
  return [...table.keys()]
}

/** The type that an application gives, or null when only the record tells. */
export function resultType(known: BuiltIn, args: readonly ExpressionPlan[]): TypeName | null {
  const types = args.map((arg) => arg.type)
  switch (known.result) {
    case 'arithmetic':
      return commonNumber(types)
    case 'mean': {
      const common = commonNumber(types)
      return common.type === 'integer' ? typeNames.double : common
    }
    case 'argument':
      return types[0] ?? null
    case 'branches': {
      const [first, second] = [types[1] ?? null, types[2] ?? null]
      if (args.length < 3 || (args[2]?.kind === 'constant' && args[2].value === undefined)) return first
      if (args[1]?.kind === 'constant' && args[1].value === undefined) return second
      if (first?.type === second?.type) return first
      return first && second && isNumber(first) && isNumber(second) ? commonNumber([first, second]) : null
    }
    default:
      return known.result
  }
}

function isNumber(type: TypeName): boolean {
  return type.type === 'integer' || type.type === 'float' || type.type === 'double'
}

function commonNumber(types: readonly (TypeName | null)[]): TypeName {
  if (types.every((type) => type !== null && isWhole(type))) return typeNames.integer
  return types.every((t) => t?.type === 'float' || (t !== null && isWhole(t))) ? typeNames.float : typeNames.double
}

function isWhole(type: TypeName): boolean {
  return type.type === 'integer' || type.type === 'dateDaysSince' || type.type === 'dateTimeSecondsSince'
}

function num(value: Cell, name: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') {
    const number = Number(value)
    if (value.trim() !== '' && !Number.isNaN(number)) return number
  }
  return typeFault(value, `function "${name}"`, 'number')
}

function unary(name: string, compute: (x: number) => number, result: BuiltIn['result'] = typeNames.double): void {
  define(name, 1, 1, result, (args) => compute(num(args[0], name)))
}

/** Order of two present values: negative, 0 or positive. Numbers compare as numbers also when one is written as text. */
export function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  // A blank text is no number.
  const [x, y] = [a, b].map((cell) => (typeof cell === 'string' && cell.trim() === '' ? Number.NaN : Number(cell))) as [
    number,
    number,
  ]
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  const [s, t] = [String(a), String(b)]
  return s < t ? -1 : s > t ? 1 : 0
}

/** Equality of two present values, as compareCells sees it. */
export function equalCells(a: Cell, b: Cell): boolean {
  return a === b || (typeof a !== typeof b && compareCells(a, b) === 0)
}

const present = (args: readonly Cell[], name: string): number[] =>
  args
    .filter((arg) => arg !== undefined)
    .flatMap((arg) => (Array.isArray(arg) ? arg.map((x) => num(x, name)) : [num(arg, name)]))

function folded(name: string, result: BuiltIn['result'], compute: (values: number[]) => number): void {
  define(
    name,
    1,
    many,
    result,
    (args) => {
      const values = present(args, name)
      return values.length === 0 ? undefined : compute(values)
    },
    false,
  )
}

const total = (values: number[]): number => values.reduce((sum, x) => sum + x, 0)

folded('min', 'arithmetic', (values) => values.reduce((a, b) => Math.min(a, b)))
folded('max', 'arithmetic', (values) => values.reduce((a, b) => Math.max(a, b)))
folded('sum', 'arithmetic', total)
folded('avg', 'mean', (values) => total(values) / values.length)
folded('median', 'mean', (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
})
folded('product', 'arithmetic', (values) => values.reduce((product, x) => product * x, 1))

define('+', 2, 2, 'arithmetic', (args) => num(args[0], '+') + num(args[1], '+'))
define('-', 2, 2, 'arithmetic', (args) => num(args[0], '-') - num(args[1], '-'))
define('*', 2, 2, 'arithmetic', (args) => num(args[0], '*') * num(args[1], '*'))
define('/', 2, 2, 'arithmetic', (args, types) => {
  const quotient = num(args[0], '/') / num(args[1], '/')
  return types[0] && types[1] && isWhole(types[0]) && isWhole(types[1]) ? Math.trunc(quotient) : quotient
})
define('modulo x-modulo %', 2, 2, 'arithmetic', (args) => {
  const [x, y] = [num(args[0], 'modulo'), num(args[1], 'modulo')]
  return x - Math.floor(x / y) * y
})
define('pow', 2, 2, 'arithmetic', (args) => num(args[0], 'pow') ** num(args[1], 'pow'))
define('atan2 x-atan2', 2, 2, typeNames.double, (args) => Math.atan2(num(args[0], 'atan2'), num(args[1], 'atan2')))
define('hypot', 2, 2, typeNames.double, (args) => Math.hypot(num(args[0], 'hypot'), num(args[1], 'hypot')))
define('threshold', 2, 2, 'arithmetic', (args) => (num(args[0], 'threshold') > num(args[1], 'threshold') ? 1 : 0))
unary('log10', Math.log10)
unary('ln', Math.log)
unary('ln1p', Math.log1p)
unary('sqrt', Math.sqrt)
unary('exp', Math.exp)
unary('expm1', Math.expm1)
unary('abs', Math.abs, 'argument')
unary('floor', Math.floor, typeNames.integer)
unary('ceil', Math.ceil, typeNames.integer)
unary('round', roundHalfUp, typeNames.integer)
unary('rint', roundHalfEven, 'argument')
for (const name of ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh'] as const)
  unary(name, Math[name])
unary('erf', erf)
unary('normalCDF1', normalCumulative)
unary('stdNormalCDF', normalCumulative)
unary('stdNormalPDF', normalDensity)
unary('stdNormalIDF', normalQuantile)
unary('sign', Math.sign)
unary('expit', (x) => 1 / (1 + Math.exp(-x)))
const scaled = (args: readonly Cell[], name: string): [number, number, number] => [
  num(args[0], name),
  num(args[1], name),
  num(args[2], name),
]
define('normalCDF', 3, 3, typeNames.double, (args) => {
  const [x, mean, deviation] = scaled(args, 'normalCDF')
  return normalCumulative((x - mean) / deviation)
})
define('normalPDF', 3, 3, typeNames.double, (args) => {
  const [x, mean, deviation] = scaled(args, 'normalPDF')
  return normalDensity((x - mean) / deviation) / deviation
})
define('normalIDF', 3, 3, typeNames.double, (args) => {
  const [p, mean, deviation] = scaled(args, 'normalIDF')
  return mean + deviation * normalQuantile(p)
})

define('isMissing', 1, 1, typeNames.boolean, (args) => args[0] === undefined, false)
define('isNotMissing', 1, 1, typeNames.boolean, (args) => args[0] !== undefined, false)
// Of anything but a field of the record, whose domain expressions.ts knows: what an expression gives is valid.
define('isValid', 1, 1, typeNames.boolean, (args) => args[0] !== undefined, false)
define('isNotValid', 1, 1, typeNames.boolean, () => false, false)
define('equal', 2, 2, typeNames.boolean, (args) => equalCells(args[0], args[1]))
define('notEqual', 2, 2, typeNames.boolean, (args) => !equalCells(args[0], args[1]))
define('lessThan', 2, 2, typeNames.boolean, (args) => compareCells(args[0], args[1]) < 0)
define('lessOrEqual', 2, 2, typeNames.boolean, (args) => compareCells(args[0], args[1]) <= 0)
define('greaterThan', 2, 2, typeNames.boolean, (args) => compareCells(args[0], args[1]) > 0)
define('greaterOrEqual', 2, 2, typeNames.boolean, (args) => compareCells(args[0], args[1]) >= 0)
// A missing value is among values when one of them is missing.
const isAmong = (args: readonly Cell[]): boolean =>
  args
    .slice(1)
    .flatMap((arg) => (Array.isArray(arg) ? (arg as readonly Cell[]) : [arg]))
    .some((arg) => (args[0] === undefined || arg === undefined ? args[0] === arg : equalCells(args[0], arg)))
define('isIn', 2, many, typeNames.boolean, isAmong, false)
define('isNotIn', 2, many, typeNames.boolean, (args) => !isAmong(args), false)
define('not', 1, 1, typeNames.boolean, (args) => !truth(args[0]))
const lazily: Call = (args) => typeFault(args[0], 'a lazy function', 'call of its own')
define('and', 2, many, typeNames.boolean, lazily, false)
define('or', 2, many, typeNames.boolean, lazily, false)
define('if', 2, 3, 'branches', lazily, false)

/** A present value as a condition. */
export function truth(value: Cell): boolean {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 'true' || value === '1') return true
  if (value === 0 || value === 'false' || value === '0') return false
  return typeFault(value, 'a condition', 'boolean')
}

const text = (value: Cell, type: TypeName | null = null): string =>
  typeof value === 'number' ? textOf(value, type) : String(value)
define('uppercase', 1, 1, typeNames.string, (args, types) => text(args[0], types[0]).toUpperCase())
define('lowercase', 1, 1, typeNames.string, (args, types) => text(args[0], types[0]).toLowerCase())
define('stringLength', 1, 1, typeNames.integer, (args, types) => text(args[0], types[0]).length)
define('trimBlanks', 1, 1, typeNames.string, (args, types) => text(args[0], types[0]).trim())
define(
  'concat',
  1,
  many,
  typeNames.string,
  (args, types) => {
    const joined = args.map((arg, i) => (arg === undefined ? '' : text(arg, types[i]))).join('')
    return joined.length > maxTextLength ? tooLong(joined.length) : joined
  },
  false,
)
define('substring', 3, 3, typeNames.string, (args, types) => {
  const [start, length] = [num(args[1], 'substring'), num(args[2], 'substring')]
  if (start < 1) return typeFault(args[1], 'function "substring"', 'start from 1')
  if (length < 0) return typeFault(args[2], 'function "substring"', 'length from 0')
  return text(args[0], types[0]).substring(start - 1, start - 1 + length)
})
define('replace', 3, 3, typeNames.string, (args, types) =>
  regex(text(args[1], types[1])).replace(text(args[0], types[0]), replacementOf(text(args[2], types[2]))),
)
define('matches', 2, 2, typeNames.boolean, (args, types) =>
  regex(text(args[1], types[1])).test(text(args[0], types[0])),
)
define('formatNumber', 2, 2, typeNames.string, (args) => formatNumber(num(args[0], 'formatNumber'), String(args[1])))
const dateTypes = {
  date: { type: 'date', year: 1970 },
  dateTime: { type: 'dateTime', year: 1970 },
} as const satisfies Record<string, TypeName>

/** Seconds since 1970 of a date or date with time, by its type; text is read as the date that it spells. */
function secondsOf(value: Cell, type: TypeName | null | undefined, name: string): number {
  if (typeof value === 'string') {
    const read = cast(value, dateTypes.dateTime)
    return typeof read === 'number' ? read : typeFault(value, `function "${name}"`, 'date')
  }
  const number = num(value, name)
  switch (type?.type) {
    case 'date':
      return number * 86_400
    case 'dateDaysSince':
      return number * 86_400 + yearStart(type.year, 'seconds')
    case 'dateTimeSecondsSince':
      return number + yearStart(type.year, 'seconds')
    default:
      return number
  }
}

/** Days since 1970, as secondsOf; a number of no date type counts days. */
function daysOf(value: Cell, type: TypeName | null | undefined, name: string): number {
  const isTimed = typeof value === 'string' || type?.type === 'dateTime' || type?.type === 'dateTimeSecondsSince'
  if (isTimed) return Math.floor(secondsOf(value, type, name) / 86_400)
  return num(value, name) + (type?.type === 'dateDaysSince' ? yearStart(type.year, 'days') : 0)
}

define('formatDatetime formatDateTime', 2, 2, typeNames.string, (args, types) =>
  formatByPattern(secondsOf(args[0], types[0], 'formatDatetime'), String(args[1])),
)
define('dateDaysSinceYear', 2, 2, typeNames.integer, (args, types) => {
  const year = num(args[1], 'dateDaysSinceYear')
  return daysOf(args[0], types[0], 'dateDaysSinceYear') - yearStart(year, 'days')
})
define('dateSecondsSinceYear', 2, 2, typeNames.integer, (args, types) => {
  const year = num(args[1], 'dateSecondsSinceYear')
  return Math.floor(secondsOf(args[0], types[0], 'dateSecondsSinceYear') - yearStart(year, 'seconds'))
})
define('dateSecondsSinceMidnight', 1, 1, typeNames.integer, (args, types) => {
  const [value] = args
  const clock = typeof value === 'string' ? cast(value, { type: 'time', year: 1970 }) : undefined
  const seconds = typeof clock === 'number' ? clock : secondsOf(value, types[0], 'dateSecondsSinceMidnight')
  return Math.floor(seconds - Math.floor(seconds / 86_400) * 86_400)
})

const cache = new Map<string, TextPattern>()

/** A pattern that can be run; one that cannot is a fault of the record. The cache is bounded, as patterns may come from records. */
export function regex(pattern: string, ignoresCase = false): TextPattern {
  const key = `${ignoresCase ? 'i' : ''}/${pattern}`
  let found = cache.get(key)
  if (!found) {
    try {
      found = new TextPattern(pattern, ignoresCase)
    } catch (thrown) {
      if (!(thrown instanceof RegexFault)) throw thrown
      return typeFault(pattern, 'a regular expression', `pattern that can be run: ${thrown.message}`)
    }
    if (cache.size > 500) cache.clear()
    cache.set(key, found)
  }
  return found
}

/** Rounds to the nearest whole number, halves up: -2.5 gives -2, and 0.49999999999999994 gives 0. */
export function roundHalfUp(x: number): number {
  const down = Math.floor(x)
  return x - down < 0.5 ? down : down + 1
}

/** Rounds to the nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x)
  const rest = x - down
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1
  return down % 2 === 0 ? down : down + 1
}
