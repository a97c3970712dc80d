import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import type { Plan } from '../../src/models/pmml/plan.ts'
import { interpretPlan, openPlan } from '../../src/models/pmml/scorer.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { prepare } from '../models/pmml/documents.ts'
import { seeded } from '../random.ts'
import { baseDocuments, mutate, parse, recordFor, shrink, xmlOf } from './pmml-mutations.ts'

// MILLRACE_FUZZ_ROUNDS=20000 runs longer; MILLRACE_FUZZ_SEED=123 starts elsewhere. A failure names the seed of its round: with it and one round the
// same document comes again.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 3000)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const bases = baseDocuments(100_000)

type Outcome = RecordValue | { readonly code: string }

function outcome(score: (record: RecordValue) => RecordValue, record: RecordValue, where: string): Outcome {
  try {
    return { ...score(record) }
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw new Error(where, { cause: thrown })
    return { code: thrown.code }
  }
}

/** The same, and numbers the same bit for bit. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [x, y] = [Object.entries(a), Object.entries(b)]
  return x.length === y.length && x.every(([key, value], i) => y[i]?.[0] === key && isSame(value, y[i]?.[1]))
}

/** Scores records by both; answers what differs in the first that does. */
function difference(prepared: PreparedModel<Plan>, records: readonly RecordValue[], where: string): string | null {
  const compiled = openPlan(prepared.payload)
  const interpreted = interpretPlan(prepared.payload)
  const forward = records.map((record) => outcome(compiled, record, where))
  // Backwards, so that what one record leaves behind for the next is seen; a model with state depends on the order.
  const order = prepared.isStateful ? [...records] : [...records].reverse()
  const backward = order.map((record) => outcome(interpreted, record, where))
  if (!prepared.isStateful) backward.reverse()
  const at = forward.findIndex((result, i) => !isSame(result, backward[i]))
  if (at < 0) return null
  const show = (value: unknown) =>
    JSON.stringify(value, (_, v) =>
      typeof v === 'number' ? (Object.is(v, -0) ? '-0' : String(v)) : typeof v === 'bigint' ? `${v}n` : v,
    )
  return `record ${show(records[at])}: compiled ${show(forward[at])}, interpreted ${show(backward[at])}`
}

test('every golden document gives the same compiled and interpreted, on its kind of records and broken ones', async () => {
  const rnd = seeded(firstSeed)
  for (const { name, xml } of bases) {
    const prepared = (await prepare(xml)) as PreparedModel<Plan>
    const records = Array.from({ length: 30 }, () => recordFor(rnd, prepared.signature, prepared.samples))
    expect(difference(prepared, [...prepared.samples, ...records], name), name).toBeNull()
  }
})

test('so do mutated documents, where they are not refused', async () => {
  let scored = 0
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const rnd = seeded(seed)
    const base = bases[Math.floor(rnd() * bases.length)] as (typeof bases)[number]
    const tree = parse(base.xml)
    if (base.xml.length > 8000) shrink(rnd, tree)
    for (let n = 0; n <= rnd() * 4; n++) mutate(rnd, tree, ['a', 'b', 'x', 's', 'A', ''])
    const xml = xmlOf(tree)
    const where = `${base.name} mutated: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/pmml-interpreted.test.ts`
    let prepared: PreparedModel<Plan>
    try {
      prepared = (await prepare(xml)) as PreparedModel<Plan>
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.scope === 'model') continue
      throw new Error(where, { cause: thrown })
    }
    scored++
    const records = Array.from({ length: 25 }, () => recordFor(rnd, prepared.signature, prepared.samples))
    expect(difference(prepared, records, where), where).toBeNull()
  }
  expect(scored).toBeGreaterThan(rounds / 10)
})
