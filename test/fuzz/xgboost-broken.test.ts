import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import type { XgboostPlan } from '../../src/models/xgboost/plan.ts'
import { xgboostFormat } from '../../src/models/xgboost/xgboost.ts'
import { binaryBytes } from '../models/xgboost/binaries.ts'
import { jsonBytes, ubjBytes } from '../models/xgboost/documents.ts'
import { type OpenScorer, prepare } from '../models/xgboost/prepared.ts'
import { seeded } from '../random.ts'
import { damage, mutate, pick, type Random, textOf } from './json-mutations.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes 20,000 rounds.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 1500)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const folder = join(import.meta.dirname, '..', 'golden', 'xgboost')
const names = [
  'categories-sets',
  'iterations-dart',
  'names-classes',
  'reg-quantileerror-gblinear',
  'stopped-forest',
  'vector-labels',
]
const bases = [
  ...names.flatMap((name) =>
    ['model.json', 'model.ubj'].map((file) => ({
      name: `${name}/${file}`,
      bytes: readFileSync(join(folder, name, file)),
    })),
  ),
  ...readdirSync(folder)
    .flatMap((name) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`))
    .filter((file) => file.endsWith('.bin'))
    .map((file) => ({ name: file, bytes: readFileSync(join(folder, file)) })),
  ...['gbtree', 'dart', 'gblinear'].map((booster) => ({
    name: booster,
    bytes: Buffer.from(binaryBytes({ booster, version: [1, 6], attributes: { best_iteration: '0' } })),
  })),
]

function mutant(rnd: Random, base: Buffer): Uint8Array {
  if (base[0] === 0x7b && rnd() < 0.6) {
    const source = bases.filter(({ name }) => name.endsWith('.json'))
    const document = JSON.parse(pick(rnd, source).bytes.toString()) as unknown
    for (let n = 0; n <= rnd() * 3; n++) mutate(rnd, document)
    return rnd() < 0.5 ? textOf(document) : ubjBytes(document)
  }
  let bytes = base
  for (let n = 0; n <= rnd() * 3; n++) bytes = damage(rnd, bytes)
  return bytes
}

/** A loaded model is of the file's size; sets of categories may take 64 MB, and columns and outputs something each. */
const maxResidentPerByte = 200
const maxResident = 2 ** 27

test('damaged models are refused with a place, or score what their signature says', async () => {
  const counts = { refused: 0, scored: 0 }
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const rnd = seeded(seed)
    const base = pick(rnd, bases)
    const bytes = mutant(rnd, base.bytes)
    const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/xgboost-broken.test.ts`
    let prepared: PreparedModel<XgboostPlan>
    try {
      prepared = await prepare(bytes)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.scope !== 'model') throw new Error(where, { cause: thrown })
      expect(thrown.message, where).toMatch(
        /byte \d+|learner|version|tree \d+|the objective|num_class|base_score|iteration_indptr|the weights|features|Model/,
      )
      counts.refused++
      continue
    }
    counts.scored++
    expect(prepared.residentBytes, where).toBeLessThan(Math.min(maxResident, 1e6 + bytes.length * maxResidentPerByte))
    check(prepared, rnd, where)
  }
  expect(counts.refused).toBeGreaterThan(rounds / 10)
  expect(counts.scored).toBeGreaterThan(rounds / 10)
})

function check(prepared: PreparedModel<XgboostPlan>, rnd: Random, where: string): void {
  const scorer = xgboostFormat.open(structuredClone(prepared)) as OpenScorer
  const { inputs, outputs } = prepared.signature
  const records = Array.from({ length: 5 }, () =>
    Object.fromEntries(inputs.map(({ name }) => [name, pick(rnd, [null, 0, -1, 2.5, 1e30, 'red', '7', 'nan'])])),
  )
  const { predictions, errors } = scorer.score([...records, ...prepared.samples])
  for (const error of errors?.values() ?? []) expect(error.scope, `${where}\n${error.message}`).toBe('record')
  predictions.forEach((prediction, i) => {
    expect(prediction === null, where).toBe(errors?.has(i) ?? false)
    for (const { name, dtype } of prediction === null ? [] : outputs) {
      const value = prediction?.[name]
      const type = dtype === 'string' || dtype === 'boolean' ? dtype : 'number'
      expect(value === null || typeof value === type, `${where}\n${name} is ${String(value)}`).toBe(true)
    }
  })
  const width = Math.min(prepared.payload.width, 50)
  const matrix = Float64Array.from({ length: width * 3 }, () => pick(rnd, [0, 1, -1, Number.NaN, 1e38, 0.3]))
  for (const output of ['margin', 'value'] as const)
    expect(scorer.predict(matrix, width === 0 ? 0 : 3, { output }), where).toBeInstanceOf(Float64Array)
  scorer.close()
}

test('documents with nesting or loops are refused at once', async () => {
  const deep = Buffer.from(`{"learner":${'[{"a":'.repeat(200_000)}`)
  await expect(prepare(deep)).rejects.toThrow(/at most 64 levels/)
  const [base] = bases
  const document = JSON.parse((base as { bytes: Buffer }).bytes.toString())
  const tree = document.learner.gradient_booster.model.trees[0]
  tree.left_children = tree.left_children.map((_: number, i: number) => (i === 0 ? 1 : 0))
  await expect(prepare(jsonBytes(document))).rejects.toThrow(/has the child 0/)
})
