import type { RecordValue } from '../../schema/value.ts'

/** A feature whose name has underscores, and the field with blanks in their place. */
interface SpacedName {
  readonly feature: string
  readonly field: string
}

/** The text of a function grows with the names; beyond this many a loop reads them. */
const maxCompiled = 500

/**
 * Reads the field `open debt` for the feature `open_debt` where the record has none of the feature's own name: LightGBM's Python package
 * replaces the blanks in names of columns when it trains. It depends on the names alone, never on records seen before.
 *
 * Null when no feature of the model can have had blanks.
 */
export function openSpacedNames(
  features: readonly string[],
): ((record: RecordValue | null) => RecordValue | null) | null {
  const names = spacedNames(features)
  if (names.length === 0) return null
  const isPlain = names.length <= maxCompiled ? compileCheck(names) : loopCheck(names)
  return (record) => {
    if (typeof record !== 'object' || record === null || isPlain(record)) return record
    const renamed: Record<string, RecordValue[string]> = { ...record }
    for (const { feature, field } of names) if (record[feature] === undefined) renamed[feature] = record[field]
    return renamed
  }
}

function spacedNames(features: readonly string[]): SpacedName[] {
  const known = new Set(features)
  const names = features
    .filter((feature) => feature.includes('_'))
    .map((feature) => ({ feature, field: feature.replaceAll('_', ' ') }))
  // A field that is a feature, or could be two, is nobody's.
  const counts = Map.groupBy(names, ({ field }) => field)
  return names.filter(({ field }) => !known.has(field) && counts.get(field)?.length === 1)
}

type Check = (record: RecordValue) => boolean

/** Makes the check that no feature must be read from another field. Its text holds names as JSON strings only. */
function compileCheck(names: readonly SpacedName[]): Check {
  const tests = names.map(
    ({ feature, field }) =>
      `(r[${JSON.stringify(feature)}] !== undefined || r[${JSON.stringify(field)}] === undefined)`,
  )
  return new Function('r', `return ${tests.join(' && ')}`) as Check
}

function loopCheck(names: readonly SpacedName[]): Check {
  return (record) => names.every(({ feature, field }) => record[feature] !== undefined || record[field] === undefined)
}
