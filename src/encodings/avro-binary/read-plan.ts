import { describeSchema, isNullable, type Primitive, type RecordSchema, type Schema } from '../../schema/schema.ts'

/** What becomes of a number or text on the way from the writer's type to the reader's. */
export type Conversion = 'none' | 'float' | 'double' | 'bytes' | 'string'

/** How bytes of a writer's type become values of a reader's (Avro specification 1.12, "Schema Resolution"). */
export type ReadPlan =
  | { readonly kind: Primitive; readonly as: Conversion }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly (string | null)[] }
  | {
      readonly kind: 'array'
      readonly items: ReadPlan
      readonly list: 'plain' | 'float' | 'double'
      readonly minBytes: number
    }
  | { readonly kind: 'map'; readonly values: ReadPlan }
  | { readonly kind: 'union'; readonly branches: readonly ReadPlan[] }
  | RecordPlan
  | FaultPlan

/** A record: what to do with each field on the wire, in its order, and where the reader's fields come from. */
export interface RecordPlan {
  readonly kind: 'record'
  /** A step without a plan is passed over. */
  readonly steps: readonly { readonly written: Schema; readonly plan: ReadPlan | null }[]
  /** The step that yields each field of the reader; a field of no step has its default. */
  readonly fields: readonly {
    readonly name: string
    readonly step: number // -1 = none
    readonly schema: Schema
    readonly default: unknown
  }[]
}

/** A pair of types that does not resolve: an error when such a value comes. */
export interface FaultPlan {
  readonly kind: 'fault'
  /** Names of the fields around it, outermost first. */
  readonly path: readonly string[]
  readonly reason: string
}

/** Types that a written number or text may become. */
const promotions: Readonly<Partial<Record<Primitive, readonly string[]>>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/**
 * Plans the reading of values of `written` as values of `read`. What can never be read is a fault plan; one branch of a written
 * union that cannot be read is a fault of the values that have it. Names of records, enums and fixed types need not agree outside
 * of unions, where an equal name, or an alias, is preferred.
 */
export function planRead(written: Schema, read: Schema): ReadPlan {
  return new Planning().plan(written, read)
}

class Planning {
  readonly #known = new Map<Schema, Map<Schema, ReadPlan>>()

  plan(written: Schema, read: Schema): ReadPlan {
    if (written.type === 'union') {
      const branches = written.branches.map((branch) => this.plan(branch, read))
      const faults = branches.filter((b) => b.kind === 'fault')
      return faults.length === branches.length ? (faults[0] as ReadPlan) : { kind: 'union', branches }
    }
    if (read.type === 'union') return this.#branch(written, read.branches)
    switch (written.type) {
      case 'record':
        return read.type === 'record' ? this.#record(written, read) : wrong(written, read)
      case 'array': {
        if (read.type !== 'array') return wrong(written, read)
        const items = this.plan(written.items, read.items)
        if (items.kind === 'fault') return items
        const { type } = read.items
        const list = type === 'float' || type === 'double' ? type : 'plain'
        return { kind: 'array', items, list, minBytes: minBytesOf(written.items) }
      }
      case 'map': {
        if (read.type !== 'map') return wrong(written, read)
        const values = this.plan(written.values, read.values)
        return values.kind === 'fault' ? values : { kind: 'map', values }
      }
      case 'enum': {
        if (read.type === 'string') return { kind: 'enum', name: written.name, symbols: written.symbols }
        if (read.type !== 'enum') return wrong(written, read)
        const symbols = written.symbols.map((s) => (read.symbols.includes(s) ? s : (read.default ?? null)))
        return { kind: 'enum', name: read.name, symbols }
      }
      case 'fixed':
        if (read.type !== 'fixed' || read.size !== written.size) return wrong(written, read)
        return { kind: 'fixed', size: written.size }
      default:
        if (read.type === written.type) return { kind: written.type, as: 'none' }
        if (!promotions[written.type]?.includes(read.type)) return wrong(written, read)
        return { kind: written.type, as: read.type === 'long' ? 'none' : (read.type as Conversion) }
    }
  }

  /** The branch of the reader's union for a written type: the same name first, then the same type, then a promotion. */
  #branch(written: Schema, branches: readonly Schema[]): ReadPlan {
    const ranked = branches
      .map((branch) => ({ branch, rank: rankOf(written, branch) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ branch }) => this.plan(written, branch))
    const found = ranked.find((plan) => plan.kind !== 'fault')
    return found ?? wrong(written, { type: 'union', branches })
  }

  #record(written: RecordSchema, read: RecordSchema): ReadPlan {
    const known = this.#known.get(written) ?? new Map<Schema, ReadPlan>()
    this.#known.set(written, known)
    const found = known.get(read)
    if (found) return found
    const steps: { written: Schema; plan: ReadPlan | null }[] = written.fields.map((f) => ({
      written: f.schema,
      plan: null,
    }))
    const fields: RecordPlan['fields'][number][] = []
    const plan: RecordPlan = { kind: 'record', steps, fields }
    // A recursive type finds itself here.
    known.set(read, plan)
    const fail = (name: string, fault: FaultPlan): FaultPlan => {
      const outer: FaultPlan = { ...fault, path: [name, ...fault.path] }
      known.set(read, outer)
      return outer
    }
    for (const field of read.fields) {
      const step = stepOf(written, [field.name, ...(field.aliases ?? [])])
      if (step < 0 && !('default' in field) && !isNullable(field.schema)) {
        return fail(field.name, {
          kind: 'fault',
          path: [],
          reason: `missing, expected ${describeSchema(field.schema)}`,
        })
      }
      fields.push({ name: field.name, step, schema: field.schema, default: 'default' in field ? field.default : null })
      if (step < 0) continue
      const target = steps[step] as (typeof steps)[number]
      const inner = this.plan(target.written, field.schema)
      if (inner.kind === 'fault') return fail(field.name, inner)
      target.plan = inner
    }
    return plan
  }
}

/** Index of the written field that has one of the names, the first of them first; -1 = none. */
function stepOf(written: RecordSchema, names: readonly string[]): number {
  for (const name of names) {
    const step = written.fields.findIndex((f) => f.name === name)
    if (step >= 0) return step
  }
  return -1
}

function rankOf(written: Schema, branch: Schema): number {
  if (written.type !== branch.type) return 3
  if (!('name' in written) || !('name' in branch) || written.name === branch.name) return 0
  const aliases = branch.aliases ?? []
  if (aliases.includes(written.name)) return 0
  return lastPart(written.name) === lastPart(branch.name) ? 1 : 2
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function wrong(written: Schema, read: Schema): FaultPlan {
  return { kind: 'fault', path: [], reason: `${describeSchema(written)}, expected ${describeSchema(read)}` }
}

/** A fault in words: `field "customer.age" is string, expected int`. */
export function faultText({ path, reason }: FaultPlan): string {
  return path.length === 0 ? `the value is ${reason}` : `field "${path.join('.')}" is ${reason}`
}

/** Fewest bytes of a value, so that a block's count can be judged before anything is allocated. */
export function minBytesOf(schema: Schema, around: ReadonlySet<Schema> = new Set()): number {
  switch (schema.type) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return schema.size
    case 'record': {
      if (around.has(schema)) return 0
      const inside = new Set(around).add(schema)
      return Math.min(
        schema.fields.reduce((sum, f) => sum + minBytesOf(f.schema, inside), 0),
        2 ** 31,
      )
    }
    default:
      return 1
  }
}
