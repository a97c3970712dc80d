import type { BoosterFooter, BoosterHeader } from './booster.ts'

/** A category as records hold it. */
export type Category = string | number | boolean

/** Categories of columns by the feature's name; the position in a list is the code. */
export interface CategoryPlan {
  readonly byName: Readonly<Record<string, readonly Category[]>>
  /** What could not be told, one sentence; null when nothing. */
  readonly note: string | null
}

/**
 * Puts the lists of `pandas_categorical`, which name no columns, to features: they are in the order of the columns of type `category`.
 * The parameter `categorical_feature` numbers these; without it, the features that training saw codes of are they. Columns of codes, which have
 * no list, may be among them: then the lists go where they fit, if there is only one way.
 */
export function planCategories(header: BoosterHeader, { parameters, pandasCategories }: BoosterFooter): CategoryPlan {
  if (pandasCategories === null) return { byName: {}, note: null }
  const lists = pandasCategories
  const candidates = [numbered(parameters.get('categorical_feature'), header.featureNames.length), withCodes(header)]
  const fits = (column: number, list: number): boolean => {
    const info = header.featureInfos[column]
    return info?.kind !== 'codes' || info.codes.every((code) => code < (lists[list] as readonly unknown[]).length)
  }
  const columns = candidates.map((found) => found && onlyPlacing(found, lists.length, fits)).find((found) => found)
  if (!columns) {
    return {
      byName: {},
      note: `the file lists the categories of ${lists.length} columns and does not say of which: give them by the option "features"`,
    }
  }
  const entries = columns.map((column, i) => [
    header.featureNames[column] as string,
    (lists[i] as readonly unknown[]).map(categoryOf),
  ])
  return { byName: Object.fromEntries(entries), note: null }
}

/** Pairs of columns and lists that are looked at; more of them are not told apart. */
const maxPairs = 1e6

/** The columns to which `count` lists can go in their order, one each; null when there is no way or more than one. */
function onlyPlacing(
  columns: readonly number[],
  count: number,
  fits: (column: number, list: number) => boolean,
): readonly number[] | null {
  if (columns.length === count) return columns.every(fits) ? columns : null
  if (columns.length * count > maxPairs) return null
  // Ways to place the lists from `list` on in the columns from `i` on, as far as they are not more than two: [columns + 1, lists + 1]
  const width = count + 1
  const ways = new Uint8Array((columns.length + 1) * width)
  ways[columns.length * width + count] = 1
  for (let i = columns.length - 1; i >= 0; i--) {
    for (let list = count; list >= 0; list--) {
      const without = ways[(i + 1) * width + list] as number
      const taken = list < count && fits(columns[i] as number, list) ? (ways[(i + 1) * width + list + 1] as number) : 0
      ways[i * width + list] = Math.min(2, without + taken)
    }
  }
  if (ways[0] !== 1) return null
  const placed: number[] = []
  columns.forEach((column, i) => {
    if (ways[(i + 1) * width + placed.length] === 0) placed.push(column)
  })
  return placed
}

/** `1,2,5` as LightGBM's Python package writes the parameter; null for other forms. */
function numbered(list: string | undefined, features: number): readonly number[] | null {
  if (list === undefined || !/^\d{1,9}(,\d{1,9})*$/.test(list)) return null
  const columns = [...new Set(list.split(',').map(Number))].sort((a, b) => a - b)
  return columns.every((column) => column < features) ? columns : null
}

function withCodes({ featureInfos }: BoosterHeader): readonly number[] {
  return featureInfos.flatMap((info, i) => (info?.kind === 'codes' ? [i] : []))
}

function categoryOf(value: unknown): Category {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return JSON.stringify(value)
}
