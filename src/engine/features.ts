import type { Scorer } from '../models/model.ts'
import type { Feature, Signature } from '../schema/signature.ts'
import type { RecordValue } from '../schema/value.ts'

/** The field of the record that a feature is read from, by the name of the feature: `{'Petal.Length': 'petalLength'}`. */
export type FeatureFields = Readonly<Record<string, string>>

/** A feature that is read from fields of other names. */
interface Renamed {
  readonly feature: string
  /** The first that the record has counts. */
  readonly fields: readonly string[]
  /** True when the operator said so; else the fields count only where the record has none of the feature's own name. */
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

/** Fields that an input is read from where a record has none of its own name: its spelling for encodings, and names that the model tells. */
export function otherNames({ name, aliases = [] }: Pick<Feature, 'name' | 'aliases'>): readonly string[] {
  const spelling = fieldSpelling(name)
  return spelling === null ? aliases : [spelling, ...aliases]
}

/**
 * The scorer with its features read from the fields that hold them: those of `fields`, and for a feature like `fixed acidity`,
 * which no protobuf or Avro field can be named, the field `fixed_acidity` where the record has no `fixed acidity`; so too a field of
 * one of the input's aliases.
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
  const moved = given.flatMap(({ feature, fields: [field] }) =>
    Object.hasOwn(sample, feature) ? [[field, sample[feature]]] : [],
  )
  return { ...sample, ...Object.fromEntries(moved) }
}

function renamedFeatures({ inputs }: Signature, fields: FeatureFields): Renamed[] {
  const byName = new Map(inputs.map((input) => [input.name, otherNames(input)]))
  const counts = new Map<string, number>()
  for (const others of byName.values())
    for (const other of new Set(others)) counts.set(other, (counts.get(other) ?? 0) + 1)
  return [...byName].flatMap(([feature, others]): Renamed[] => {
    if (Object.hasOwn(fields, feature)) {
      const field = fields[feature] as string
      return field === feature ? [] : [{ feature, fields: [field], isGiven: true }]
    }
    // A field that is a feature itself, or that two features could be read from, is nobody's other spelling.
    const own = others.filter((other) => !byName.has(other) && counts.get(other) === 1)
    return own.length === 0 ? [] : [{ feature, fields: own, isGiven: false }]
  })
}

type View = (record: RecordValue | null) => RecordValue | null

/** Makes the function from a record to what the scorer reads. Its text holds names as JSON strings only. */
function compileView({ inputs }: Signature, renamed: readonly Renamed[]): View {
  const byFeature = new Map(renamed.map((r) => [r.feature, r]))
  const members = [...new Set(inputs.map((input) => input.name))].map((feature) => {
    const other = byFeature.get(feature)
    const names = !other ? [feature] : other.isGiven ? other.fields : [feature, ...other.fields]
    const last = memberText(names.at(-1) as string)
    const value = names
      .slice(0, -1)
      .reduceRight((rest, name) => `(x = ${memberText(name)}) !== undefined ? x : ${rest}`, last)
    return `[${JSON.stringify(feature)}]: ${value}`
  })
  const isFields = "typeof r === 'object' && r !== null"
  // Records that have the features under their own names, or under none, are passed on as they are.
  const guesses = renamed.filter((r) => !r.isGiven)
  const absent = (name: string) => `${memberText(name)} === undefined`
  const isPlain =
    guesses.length < renamed.length
      ? 'false'
      : guesses
          .map((r) => `(${memberText(r.feature)} !== undefined || (${r.fields.map(absent).join(' && ')}))`)
          .join(' && ')
  const text = `return (r) => { let x; if (!(${isFields})) return r; if (${isPlain}) return r; return { ${members.join(', ')} } }`
  return new Function('own', text)(Object.hasOwn) as View
}

const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** The text that reads a member. Names that every object inherits count only when the record has them itself. */
function memberText(name: string): string {
  const key = JSON.stringify(name)
  return inherited.has(name) ? `(own(r, ${key}) ? r[${key}] : undefined)` : `r[${key}]`
}
