import { MillraceError } from '../../core/errors.ts'
import { halfBits } from '../../schema/half.ts'
import type { TensorDtype } from '../../schema/tensor.ts'
import { type Cell, castCell, isMissing, readDecimal, refused, shown } from './cells.ts'
import type { CategoryPlan, MissingRule, SourcePlan } from './feature-plan.ts'

/** Elements being filled: a typed array of the dtype, or a list of texts. */
export type Elements = Cell[]

/** Gives the element for a value that is not of the dtype already; throws the record's fault. */
export type SlowCell = (value: unknown) => Cell

/** The element for any value of a single number or text, by the source's rules. */
export function openCell(source: SourcePlan, dtype: TensorDtype): SlowCell {
  const { name, categories } = source
  const absent = openMissing(source, dtype)
  if (categories === null) {
    const isAbsent = dtype === 'string' ? isMissing : (value: unknown) => isMissing(value) || isNanText(value)
    return (value) => (isAbsent(value) ? absent() : castCell(value, dtype, name))
  }
  const known = categoryNumbers(categories, dtype)
  const spelled = openSpellings(categories, known)
  return (value) => {
    if (isMissing(value)) return absent()
    return known.get(value) ?? spelled(value) ?? unknownCategory(categories, value, dtype, name)
  }
}

const nanText = /^\s*nan\s*$/i

/** NaN as files of text have it. */
function isNanText(value: unknown): boolean {
  return typeof value === 'string' && nanText.test(value)
}

/** Numbers by what records hold for a category: the value, and its text where the value is a number or a truth. */
export function categoryNumbers({ keys, numbers }: CategoryPlan, dtype: TensorDtype): ReadonlyMap<unknown, Cell> {
  const known = new Map<unknown, Cell>()
  keys.forEach((key, i) => {
    const cell = castCell(numbers[i], dtype, String(key))
    known.set(key, cell)
    if (!known.has(String(key))) known.set(String(key), cell)
  })
  // A category of digits is met as a number where the encoding has numbers.
  for (const [key, cell] of [...known]) {
    const number = typeof key === 'string' && key !== '' ? Number(key) : Number.NaN
    if (String(number) === key && !known.has(number)) known.set(number, cell)
  }
  return known
}

/**
 * Finds what other spellings of a category stand for, as files of text have them: `4.0` and `04` for the number 4, `TRUE` for true; and the
 * number 4 for the text `4.0`.
 */
function openSpellings(
  { keys }: CategoryPlan,
  known: ReadonlyMap<unknown, Cell>,
): (value: unknown) => Cell | undefined {
  const hasNumbers = keys.some((key) => typeof key === 'number')
  const hasTruths = keys.some((key) => typeof key === 'boolean')
  const texts = new Map<number, Cell>()
  for (const key of keys) {
    const number = typeof key === 'string' ? readDecimal(key) : null
    if (number !== null && !texts.has(number)) texts.set(number, known.get(key) as Cell)
  }
  return (value) => {
    if (typeof value === 'number') return texts.get(value)
    if (typeof value !== 'string') return undefined
    const word = hasTruths ? value.trim().toLowerCase() : ''
    if (word === 'true' || word === 'false') return known.get(word === 'true')
    const number = hasNumbers ? readDecimal(value) : null
    return number === null ? undefined : known.get(number)
  }
}

function unknownCategory(categories: CategoryPlan, value: unknown, dtype: TensorDtype, name: string): Cell {
  const { unknown } = categories
  if (unknown === 'nan') return dtype === 'float16' ? halfBits(Number.NaN) : Number.NaN
  if (typeof unknown === 'number') return castCell(unknown, dtype, name)
  throw refused(name, value, listed(categories))
}

const maxListed = 12

function listed({ keys }: CategoryPlan): string {
  const some = keys.slice(0, maxListed).map((key) => JSON.stringify(key))
  return `one of ${some.join(', ')}${keys.length > maxListed ? ', …' : ''}`
}

/** What stands in for a missing value; its cast is done once. */
function openMissing(source: SourcePlan, dtype: TensorDtype): () => Cell {
  const { missing, name, categories } = source
  if (missing.kind === 'nan') {
    const nan = dtype === 'float16' ? halfBits(Number.NaN) : Number.NaN
    return () => nan
  }
  if (missing.kind !== 'value') {
    return () => {
      throw new MillraceError('MODEL_INPUT_MISSING', { field: name })
    }
  }
  const cell = replacement(missing, categories, dtype, name)
  return () => cell
}

/** The value that stands in for a missing one: a category, where it is one, and else the element itself. */
function replacement(
  missing: Extract<MissingRule, { kind: 'value' }>,
  categories: CategoryPlan | null,
  dtype: TensorDtype,
  name: string,
): Cell {
  const known = categories ? categoryNumbers(categories, dtype).get(missing.value) : undefined
  return known ?? castCell(missing.value, dtype, name)
}

/** Throws when a number or value that the source itself names is none of the dtype, so that it is told when the model is loaded. */
export function checkSource(source: SourcePlan, dtype: TensorDtype): void {
  const { missing, categories, name } = source
  if (categories?.kind === 'one-hot') {
    openOneHot(source, dtype)
    return
  }
  if (missing.kind === 'value') replacement(missing, categories, dtype, name)
  if (categories === null) return
  categoryNumbers(categories, dtype)
  if (typeof categories.unknown === 'number') castCell(categories.unknown, dtype, 'unknown')
}

/** Writes the columns of a one-hot feature. */
export function openOneHot(
  source: SourcePlan,
  dtype: TensorDtype,
): (value: unknown, out: Elements, at: number) => void {
  const { name, missing } = source
  const categories = source.categories as CategoryPlan
  const width = categories.numbers.length
  const [zero, one] = [castCell(0, dtype, name), castCell(1, dtype, name)]
  const columns = categoryNumbers(categories, 'float64') as ReadonlyMap<unknown, number>
  const spelled = openSpellings(categories, columns) as (value: unknown) => number | undefined
  const columnOf = (value: unknown): number | null => {
    const column = columns.get(value) ?? spelled(value)
    if (column !== undefined) return column
    if (categories.unknown === 'zeros') return null
    throw refused(name, value, listed(categories))
  }
  return (value, out, at) => {
    let column: number | null
    if (!isMissing(value)) column = columnOf(value)
    else if (missing.kind === 'zeros') column = null
    else if (missing.kind === 'value') column = columnOf(missing.value)
    else throw new MillraceError('MODEL_INPUT_MISSING', { field: name })
    for (let k = 0; k < width; k++) out[at + k] = zero
    if (column !== null) out[at + column] = one
  }
}

/** Sizes of the list that a record has, by a shape with open sizes. Throws when it has other sizes, or rows of different ones. */
export function sizesOf(value: unknown, source: SourcePlan): number[] {
  const { shape, name } = source
  if (isMissing(value)) throw absentList(source)
  // A single number is a list of one.
  if (shape.length === 1 && shape[0] === null && !isList(value)) return [1]
  const sizes: number[] = []
  let level: ArrayLike<unknown>[] = [listOf(value, shape, name)]
  shape.forEach((size, depth) => {
    const length = level[0]?.length ?? 0
    if (level.some((list) => list.length !== length) || (size !== null && size !== length))
      throw refused(name, value, `a list of the shape [${shape.map((one) => one ?? 'any').join(', ')}]`)
    sizes.push(length)
    if (depth < shape.length - 1) level = level.flatMap((list) => Array.from(list, (item) => listOf(item, shape, name)))
  })
  return sizes
}

function absentList({ name, shape, isGuessed }: SourcePlan): MillraceError {
  if (!isGuessed) return new MillraceError('MODEL_INPUT_MISSING', { field: name })
  const expected = `a list of the shape [${shape.map((size) => size ?? 'any').join(', ')}]`
  return new MillraceError('MODEL_FEATURES_MISSING', { field: name, expected })
}

function listOf(value: unknown, shape: readonly (number | null)[], name: string): ArrayLike<unknown> {
  if (isList(value)) return value
  throw refused(name, value, `a list of the shape [${shape.map((size) => size ?? 'any').join(', ')}]`)
}

/** True for lists and typed arrays. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

/** Writes a list field of these sizes, nested as they say or flat. */
export function openList(
  source: SourcePlan,
  shape: readonly number[],
  dtype: TensorDtype,
): (value: unknown, out: Elements, at: number) => void {
  const { name, missing } = source
  const cell = openCell(
    { ...source, categories: null, missing: missing.kind === 'zeros' ? { kind: 'error' } : missing },
    dtype,
  )
  const width = shape.reduce((product, size) => product * size, 1)
  const takesNumbers = dtype === 'float32' || dtype === 'float64'
  const expected = `a list of ${shape.length > 1 ? `the shape [${shape.join(', ')}]` : `${width} ${dtype === 'string' ? 'texts' : 'numbers'}`}`
  const fill = (list: ArrayLike<unknown>, out: Elements, at: number): void => {
    if (takesNumbers) {
      for (let k = 0; k < width; k++) {
        const x = list[k]
        out[at + k] = typeof x === 'number' && !Number.isNaN(x) ? x : element(x, k)
      }
    } else for (let k = 0; k < width; k++) out[at + k] = element(list[k], k)
  }
  const element = (value: unknown, k: number): Cell => {
    try {
      return cell(value)
    } catch (thrown) {
      // The element is named, as a list of 784 numbers is hard to look through.
      if (isMissing(value)) throw new MillraceError('MODEL_INPUT_MISSING', { field: `${name}[${k}]` })
      throw thrown instanceof MillraceError && thrown.code === 'MODEL_INPUT_INVALID'
        ? refused(`${name}[${k}]`, shown(value), String(thrown.parameters['expected']))
        : thrown
    }
  }
  let start = 0
  const nested = (value: unknown, depth: number, out: Elements, at: number): void => {
    const size = shape[depth] as number
    if (!isList(value) || value.length !== size) throw refused(name, value, expected)
    if (depth === shape.length - 1) {
      for (let k = 0; k < size; k++) out[at + k] = element(value[k], at + k - start)
      return
    }
    const inner = shape.slice(depth + 1).reduce((product, one) => product * one, 1)
    for (let k = 0; k < size; k++) nested(value[k], depth + 1, out, at + k * inner)
  }
  return (value, out, at) => {
    if (isMissing(value)) {
      if (missing.kind === 'error' || missing.kind === 'zeros') throw absentList(source)
      const one = cell(null)
      for (let k = 0; k < width; k++) out[at + k] = one
      return
    }
    if (!isList(value)) {
      if (width !== 1) throw refused(name, value, expected)
      out[at] = cell(value)
      return
    }
    if (value.length === width && (shape.length === 1 || width === 0 || !isList(value[0]))) {
      if (copies(value, out, dtype)) (out as unknown as Float64Array).set(value as unknown as Float64Array, at)
      else fill(value, out, at)
      return
    }
    start = at
    nested(value, 0, out, at)
  }
}

/** True when a typed array of the record can be copied as it is: of the tensor's own type, or any numbers into floats. NaN stays NaN. */
function copies(value: ArrayLike<unknown>, out: Elements, dtype: TensorDtype): boolean {
  if (!ArrayBuffer.isView(value) || dtype === 'string' || dtype === 'float16' || dtype === 'boolean') return false
  if (value.constructor === out.constructor) return true
  const isBig = value instanceof BigInt64Array || value instanceof BigUint64Array
  return !isBig && (dtype === 'float32' || dtype === 'float64')
}
