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

type Random = () => number
const pick = <T>(rnd: Random, list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T

/** Values that no part of a document should trip over. */
const oddities = [
  -1,
  0,
  1,
  2,
  0.5,
  -0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  true,
  '',
  '-1',
  '7',
  '1e9',
  '4294967295',
  'nan',
  'x'.repeat(3000),
  '__proto__',
  [],
  {},
  [[]],
  [1, 'x'],
]

const words = [
  '-1',
  '0',
  '1',
  '4294967295',
  '1e999',
  'NaN',
  'null',
  '""',
  '[]',
  '{}',
  '[',
  '{',
  ']',
  '}',
  '"',
  '\\',
  ',',
  ' ',
]

/** Exchanges, takes away and repeats members and elements of a document. */
function mutate(rnd: Random, root: unknown): void {
  const parents: (Record<string, unknown> | unknown[])[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    parents.push(value as Record<string, unknown>)
    for (const child of Object.values(value)) visit(child)
  }
  visit(root)
  const parent = pick(rnd, parents)
  const keys = Object.keys(parent)
  if (keys.length === 0) return
  const key = pick(rnd, keys)
  const target = parent as Record<string, unknown>
  const kind = rnd()
  if (kind < 0.5) target[key] = structuredClone(pick(rnd, oddities))
  else if (kind < 0.7) target[key] = structuredClone(target[pick(rnd, keys)])
  else if (Array.isArray(parent))
    parent.splice(Number(key), Math.floor(rnd() * 3), ...(rnd() < 0.5 ? [target[key]] : []))
  else if (rnd() < 0.5) delete target[key]
  else target[pick(rnd, keys)] = target[key]
}

/** The document as JSON, with what JSON has no numbers for as XGBoost spells it. */
function textOf(value: unknown): Uint8Array {
  const text = JSON.stringify(value, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? `@${v}` : v))
  return Buffer.from(text.replaceAll(/"@(-?Infinity|NaN)"/g, '$1'))
}

/** Cuts, repeats, moves and overwrites bytes. */
function damage(rnd: Random, bytes: Buffer): Buffer {
  const at = Math.floor(rnd() * bytes.length)
  const length = Math.floor(rnd() ** 3 * 300)
  const kind = rnd()
  if (kind < 0.2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
  if (kind < 0.3) return bytes.subarray(0, at)
  if (kind < 0.4) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
  if (kind < 0.5) return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(rnd, words)), bytes.subarray(at)])
  const copy = Buffer.from(bytes)
  if (kind < 0.8) copy[at] = pick(rnd, [0, 1, 2, 0x7f, 0x80, 0xff, Math.floor(rnd() * 256)])
  else for (let i = 0; i < 4; i++) copy[at + i] = pick(rnd, [0, 0xff, Math.floor(rnd() * 256)])
  return copy
}

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
