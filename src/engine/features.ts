import type { Scorer } from '../models/model.ts'
import type { Signature } from '../schema/signature.ts'
import type { RecordValue } from '../schema/value.ts'

/** The field of the record that a feature is read from, by the name of the feature: `{'Petal.Length': 'petalLength'}`. */
export type FeatureFields = Readonly<Record<string, string>>

/** A feature that is read from a field of another name. */
interface Renamed {
  readonly feature: string
  readonly field: string
  /** True when the operator said so; else the field counts only where the record has none of the feature's own name. */
  readonly isGiven: boolean
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * The name of a feature as a protobuf or Avro field can spell it: each run of other characters is one `_`, none at the end.
 * Null when it is spelled so already, or cannot be.
 */
export function fieldSpelling(feature: string): string | null {
  if (IDENTIFIER.test(feature)) return null
  const spelling = feature.replace(/[^A-Za-z0-9_]+/g, '_').replace(/(.)_$/, '$1')
  return IDENTIFIER.test(spelling) && spelling !== '_' ? spelling : null
}

/**
 * The scorer with its features read from the fields that hold them: those of `fields`, and for a feature like `fixed acidity`,
 * which no protobuf or Avro field can be named, the field `fixed_acidity` where the record has no `fixed acidity`.
 *
 * It depends on the two names alone, never on records seen before, so that a replay reads the same fields. A scorer whose
 * features need none of this is returned as it is.
 */
export function readingFields(scorer: Scorer, fields: FeatureFields): Scorer {
  const { signature } = scorer
  const renamed = renamedFeatures(signature, fields)
  if (renamed.length === 0) return scorer
  const view = compileView(signature, renamed)
  return {
    signature,
    ...(scorer.isConcurrent === undefined ? {} : { isConcurrent: scorer.isConcurrent }),
    score: (records) => scorer.score(records.map(view)),
    close: () => scorer.close(),
  }
}

/** A record of features (a sample of the model) as a record of the stream: what `readingFields` reads them from. */
export function recordOfFeatures(sample: RecordValue, signature: Signature, fields: FeatureFields): RecordValue {
  const given = renamedFeatures(signature, fields).filter((r) => r.isGiven)
  if (given.length === 0) return sample
  const moved = given.flatMap(({ feature, field }) =>
    Object.hasOwn(sample, feature) ? [[field, sample[feature]]] : [],
  )
  return { ...sample, ...Object.fromEntries(moved) }
}

function renamedFeatures({ inputs }: Signature, fields: FeatureFields): Renamed[] {
  const names = new Set(inputs.map((input) => input.name))
  const spellings = [...names].map(fieldSpelling)
  return [...names].flatMap((feature): Renamed[] => {
    if (Object.hasOwn(fields, feature)) {
      const field = fields[feature] as string
      return field === feature ? [] : [{ feature, field, isGiven: true }]
    }
    const field = fieldSpelling(feature)
    // A field that is a feature itself, or that two features could be read from, is nobody's other spelling.
    if (field === null || names.has(field) || spellings.filter((s) => s === field).length > 1) return []
    return [{ feature, field, isGiven: false }]
  })
}

type View = (record: RecordValue | null) => RecordValue | null

/** Makes the function from a record to what the scorer reads. Its text holds names as JSON strings only. */
function compileView({ inputs }: Signature, renamed: readonly Renamed[]): View {
  const byFeature = new Map(renamed.map((r) => [r.feature, r]))
  const members = [...new Set(inputs.map((input) => input.name))].map((feature) => {
    const own = memberText(feature)
    const other = byFeature.get(feature)
    const value = !other
      ? own
      : other.isGiven
        ? memberText(other.field)
        : `(x = ${own}) !== undefined ? x : ${memberText(other.field)}`
    return `[${JSON.stringify(feature)}]: ${value}`
  })
  const isFields = "typeof r === 'object' && r !== null"
  // Records that have the features under their own names are passed on as they are.
  const guesses = renamed.filter((r) => !r.isGiven)
  const isPlain =
    guesses.length < renamed.length
      ? 'false'
      : guesses.map((r) => `${memberText(r.feature)} !== undefined`).join(' && ')
  const text = `return (r) => { let x; if (!(${isFields})) return r; if (${isPlain}) return r; return { ${members.join(', ')} } }`
  return new Function('own', text)(Object.hasOwn) as View
}

const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** The text that reads a member. Names that every object inherits count only when the record has them itself. */
function memberText(name: string): string {
  const key = JSON.stringify(name)
  return inherited.has(name) ? `(own(r, ${key}) ? r[${key}] : undefined)` : `r[${key}]`
}
