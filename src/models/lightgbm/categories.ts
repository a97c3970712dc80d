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
 * The parameter `categorical_feature` numbers these; without it, the features that training saw codes of are they.
 */
export function planCategories(header: BoosterHeader, { parameters, pandasCategories }: BoosterFooter): CategoryPlan {
  if (pandasCategories === null) return { byName: {}, note: null }
  const lists = pandasCategories
  const candidates = [numbered(parameters.get('categorical_feature'), header.featureNames.length), withCodes(header)]
  const columns = candidates.find((found) => found?.length === lists.length)
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
