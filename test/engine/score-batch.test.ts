import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import type { JoinState } from '../../src/engine/join-state.ts'
import type { KeySource } from '../../src/engine/route.ts'
import { BatchScorer, type ScoredBatch, startBatch, type Unserved } from '../../src/engine/score-batch.ts'
import type { Scorer } from '../../src/models/model.ts'
import type { Value } from '../../src/schema/value.ts'
import { seeded } from '../random.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { FakeScorer, frames, prepared, reference, servedState } from './fakes.ts'

const byKind: KeySource = { type: 'field', name: 'kind' }
const constant: KeySource = { type: 'constant', value: 'iris' }

interface Run {
  readonly source?: KeySource
  readonly unserved?: Unserved
  readonly from?: number
  readonly to?: number
  readonly errors?: ReadonlyMap<number, MillraceError>
}

/** Scores values at positions from 100 on. */
async function score(values: readonly (Value | undefined)[], state: JoinState, run: Run = {}) {
  const batch = frames(
    values.map(() => ''),
    {},
    100,
  )
  const durations: [string, number][] = []
  const join = { source: run.source ?? byKind, unserved: run.unserved ?? 'deadLetter' }
  const scorer = new BatchScorer(join, 'in/0@', new ManualClock(), (version, records) =>
    durations.push([version.reference.model, records]),
  )
  const scored = startBatch(batch, run.errors ?? null)
  await scorer.score(batch, values, state, scored, run.from ?? 0, run.to ?? values.length)
  return { scored, durations, scorer, batch }
}

const codes = ({ faults }: ScoredBatch) => Object.fromEntries(faults.map(({ index, error }) => [index, error.code]))
const refused = () => new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })

/** Scorers that break their contract. */
const broken = {
  throws: { score: () => raise(new Error('boom')) },
  rejects: { score: () => Promise.reject(new Error('boom')) },
  'gives too little': { score: () => ({ predictions: [], errors: null }) },
  'gives nulls': { score: (records: readonly unknown[]) => ({ predictions: records.map(() => null), errors: null }) },
} as const

function raise(error: Error): never {
  throw error
}

function brokenScorer(name: keyof typeof broken): Scorer {
  return { ...broken[name], signature: { inputs: [], outputs: [] }, close: () => {} } as Scorer
}

test('each record is scored by the version of its key, in one call per key, and stays at its place', async () => {
  const iris = new FakeScorer((record) => ({ by: 'iris', x: record?.['x'] as Value }))
  const wine = new FakeScorer((record) => ({ by: 'wine', x: record?.['x'] as Value }))
  const values = ['iris', 'wine', 'wine', 'iris', 'wine'].map((kind, x) => ({ kind, x }))
  const { scored, durations } = await score(values, servedState({ iris, wine }))
  expect(scored.predictions).toEqual(values.map(({ kind, x }) => ({ by: kind, x })))
  expect(scored.owners.map((owner) => owner?.reference.key)).toEqual(values.map((value) => value.kind))
  expect([iris.asked.length, wine.asked.length]).toEqual([1, 1])
  expect(durations).toEqual([
    ['of-iris', 2],
    ['of-wine', 3],
  ])
})

test('records without a key are faults that name the source and the position', async () => {
  const { scored } = await score([{ kind: 'iris' }, {}, null, 5], servedState({ iris: new FakeScorer() }))
  expect(codes(scored)).toEqual({ 1: 'ENGINE_KEY_MISSING', 2: 'ENGINE_KEY_MISSING', 3: 'ENGINE_KEY_MISSING' })
  expect(scored.faults[0]?.error.message).toBe('record at in/0@101 has no key: field "kind" is missing or empty')
})

test('records of a key without a version are dropped and counted, or faults, as the policy says', async () => {
  const values = [{ kind: 'wine' }, { kind: 'iris' }, { kind: 'wine' }]
  const state = servedState({ iris: new FakeScorer() })
  const dropped = (await score(values, state, { unserved: 'drop' })).scored
  expect(dropped).toMatchObject({ dropped: 2, faults: [] })
  const lettered = (await score(values, state, { unserved: 'deadLetter' })).scored
  expect(lettered.dropped).toBe(0)
  expect(codes(lettered)).toEqual({ 0: 'ENGINE_NO_MODEL', 2: 'ENGINE_NO_MODEL' })
  expect(lettered.faults[1]?.error.message).toBe('record at in/0@102 has key "wine", for which no version is active')
})

test('errors of single records are theirs alone and name the version', async () => {
  const scorer = new FakeScorer((record) => (record?.['x'] === 1 ? raise(refused()) : {}))
  const { scored } = await score([{ x: 0 }, { x: 1 }, { x: 2 }], servedState({ iris: scorer }), { source: constant })
  expect(codes(scored)).toEqual({ 1: 'MODEL_INPUT_MISSING' })
  expect(scored.faults[0]?.version?.reference.model).toBe('of-iris')
  expect(scored.predictions.map((p) => p !== null)).toEqual([true, false, true])
})

test('records that could not be decoded are faults already and are not scored', async () => {
  const scorer = new FakeScorer()
  const errors = new Map([[1, refused()]])
  const { scored } = await score([{ x: 0 }, undefined, { x: 2 }], servedState({ iris: scorer }), {
    source: constant,
    errors,
  })
  expect(codes(scored)).toEqual({ 1: 'MODEL_INPUT_MISSING' })
  expect(scorer.asked).toEqual([[{ x: 0 }, { x: 2 }]])
  expect(scored.predictions[2]).toEqual({ scored: { x: 2 } })
})

test('a batch of which nothing could be decoded asks nobody and leaves the statistics alone', async () => {
  const scorer = new FakeScorer()
  for (const source of [constant, byKind]) {
    const { durations } = await score([undefined, undefined], servedState({ iris: scorer }), { source })
    expect(durations).toEqual([])
  }
  expect(scorer.asked).toEqual([])
})

for (const name of Object.keys(broken) as (keyof typeof broken)[]) {
  test(`a scorer that ${name} makes its records faults; those of other keys are scored`, async () => {
    const state = servedState({ iris: brokenScorer(name), wine: new FakeScorer() })
    const { scored } = await score([{ kind: 'iris' }, { kind: 'wine' }, { kind: 'iris' }], state)
    expect(codes(scored)).toEqual({ 0: 'ENGINE_SCORER_ERROR', 2: 'ENGINE_SCORER_ERROR' })
    expect(scored.faults[0]?.error.message).toMatch(/model "of-iris@1" .* the batch at in\/0@100: (boom|it gives no)/)
    expect(scored.predictions[1]).not.toBeNull()
  })
}

test('shadows see the same records and change nothing, even when they break', async () => {
  const shadow = new FakeScorer(() => ({ wrong: true }))
  const state = servedState({ iris: new FakeScorer() })
  const admit = (model: string, scorer: Scorer) => state.admit(reference({ model }), prepared(), scorer)
  const plain = await score([{ x: 1 }], state, { source: constant })
  state.place('shadow', admit('shadow', shadow), null)
  state.place('shadow', admit('broken', brokenScorer('rejects')), null)
  const shadowed = await score([{ x: 1 }], state, { source: constant })
  expect(shadowed.scored.predictions).toEqual(plain.scored.predictions)
  expect(shadowed.scored.faults).toEqual([])
  expect(shadow.asked).toEqual([[{ x: 1 }]])
  expect(shadowed.durations).toEqual([
    ['of-iris', 1],
    ['shadow', 1],
  ])
})

test('only the records of the range are scored', async () => {
  for (const source of [constant, byKind]) {
    const scorer = new FakeScorer()
    const values = [0, 1, 2, 3].map((x) => ({ x, kind: 'iris' }))
    const { scored } = await score(values, servedState({ iris: scorer }), { source, from: 1, to: 3 })
    expect(scored.predictions.map((p) => p !== null)).toEqual([false, true, true, false])
    expect(scorer.asked).toEqual([[values[1], values[2]]])
  }
})

test('the keys that nothing serves are told, each once', async () => {
  const values = [{ kind: 'a' }, { kind: 'b' }, undefined, {}, { kind: 'b' }, { kind: 'c' }]
  const state = servedState({ a: new FakeScorer() })
  const { scorer, batch } = await score(values, state)
  expect([...scorer.unservedKeys(batch, values, state, 0, 6)]).toEqual(['b', 'c'])
  expect([...scorer.unservedKeys(batch, values, state, 0, 5)]).toEqual(['b'])
})

test('every record has one outcome, whatever keys, errors and ranges come', async () => {
  const random = seeded(9)
  for (let n = 0; n < 200; n++) {
    const values = Array.from({ length: 1 + Math.floor(random() * 20) }, () => {
      if (random() < 0.1) return undefined
      return { kind: ['a', 'b', 'c', ''][Math.floor(random() * 4)] as string, x: random() }
    })
    const errors = new Map(values.flatMap((value, i) => (value === undefined ? [[i, refused()] as const] : [])))
    const a = new FakeScorer((record) => ((record?.['x'] as number) < 0.3 ? raise(refused()) : {}))
    const state = servedState({ a, b: brokenScorer((['throws', 'gives nulls'] as const)[n % 2]!) })
    const unserved = n % 3 ? 'drop' : 'deadLetter'
    const { scored } = await score(values, state, { unserved, errors })
    const predicted = scored.predictions.filter((p) => p !== null).length
    const faulty = new Set(scored.faults.map((fault) => fault.index))
    expect(faulty.size).toBe(scored.faults.length)
    expect(predicted + faulty.size + scored.dropped).toBe(values.length)
    for (const index of faulty) expect(scored.predictions[index]).toBeNull()
  }
})
