import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { catboostFormat } from '../../src/models/catboost/catboost.ts'
import type { CatboostPlan } from '../../src/models/catboost/plan.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import { type OpenScorer, prepare } from '../models/catboost/documents.ts'
import { seeded } from '../random.ts'
import { damage, mutate, pick, textOf } from './json-mutations.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes 20,000 rounds.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 1000)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const folder = join(import.meta.dirname, '..', 'golden', 'catboost')
const names = ['rmse', 'classes', 'classes-lossguide', 'logloss', 'labels', 'missing-large']
const bases = names.map((name) => ({ name, bytes: readFileSync(join(folder, name, 'model.json')) }))

test('damaged models are refused with a place, or score what their signature says', async () => {
  const counts = { refused: 0, scored: 0 }
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const rnd = seeded(seed)
    const base = pick(rnd, bases)
    let bytes: Uint8Array = base.bytes
    if (rnd() < 0.7) {
      const document = JSON.parse(base.bytes.toString()) as unknown
      for (let n = 0; n <= rnd() * 3; n++) mutate(rnd, document)
      bytes = textOf(document)
    } else bytes = damage(rnd, Buffer.from(bytes))
    const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/catboost-broken.test.ts`
    let prepared: PreparedModel<CatboostPlan>
    try {
      prepared = await prepare(bytes)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.scope !== 'model') throw new Error(where, { cause: thrown })
      expect(thrown.message, where).toMatch(/the text|the document|features|trees|scale_and_bias|model_info/)
      counts.refused++
      continue
    }
    counts.scored++
    expect(prepared.residentBytes, where).toBeLessThan(1e6 + bytes.length * 200)
    const scorer = catboostFormat.open(structuredClone(prepared)) as OpenScorer
    const { inputs, outputs } = prepared.signature
    const records = Array.from({ length: 5 }, () =>
      Object.fromEntries(inputs.map(({ name }) => [name, pick(rnd, [null, 0, -1, 2.5, 1e30, 'red', '7'])])),
    )
    const { predictions, errors } = scorer.score([...records, ...prepared.samples])
    predictions.forEach((prediction, i) => {
      expect(prediction === null, where).toBe(errors?.has(i) ?? false)
      if (prediction !== null) expect(Object.keys(prediction), where).toEqual(outputs.map(({ name }) => name))
    })
    for (const error of errors?.values() ?? []) expect(error.scope, `${where}\n${error.message}`).toBe('record')
    scorer.close()
  }
  expect(counts.refused).toBeGreaterThan(rounds / 10)
  expect(counts.scored).toBeGreaterThan(rounds / 10)
})
