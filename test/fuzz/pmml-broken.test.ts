import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import { pmmlFormat } from '../../src/models/pmml/pmml.ts'
import type { Feature } from '../../src/schema/signature.ts'
import { prepare } from '../models/pmml/documents.ts'
import { seeded } from '../random.ts'
import { baseDocuments, mutate, parse, recordFor, xmlOf } from './pmml-mutations.ts'

// As in pmml-interpreted.test.ts: MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 2000)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const bases = baseDocuments(20_000)
const texts = [
  'a',
  'x',
  '',
  '"',
  "'",
  '`',
  '\\',
  '\u2028',
  '</script>',
  '__proto__',
  'constructor',
  '(a+)+$',
  '%s',
  '99999999999999999999',
  'a'.repeat(5000),
]

/** True when a value is of the type that the signature says, a list of values, or missing. */
function fits(value: unknown, output: Feature): boolean {
  if (value === null) return true
  if (Array.isArray(value))
    return value.every((item) => Array.isArray(item) || item === null || typeof item !== 'object')
  switch (output.dtype) {
    case 'string':
    case 'date':
    case 'time':
    case 'datetime':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    default:
      return typeof value === 'number'
  }
}

/** Cuts, repeats and overwrites bytes. */
function damage(rnd: () => number, xml: string): string {
  let result = xml
  for (let n = 0; n <= rnd() * 3; n++) {
    const at = Math.floor(rnd() * result.length)
    const length = Math.floor(rnd() ** 3 * 200)
    const piece = result.slice(at, at + length)
    const other = Math.floor(rnd() * result.length)
    const kind = rnd()
    if (kind < 0.3) result = result.slice(0, at) + result.slice(at + length)
    else if (kind < 0.5) result = result.slice(0, other) + piece + result.slice(other)
    else if (kind < 0.8)
      result = result.slice(0, at) + String.fromCharCode(32 + Math.floor(rnd() * 95)) + result.slice(at + 1)
    else result = result.slice(0, at) + texts[Math.floor(rnd() * texts.length)] + result.slice(at)
  }
  return result
}

test('damaged and mutated documents are refused with a place, or score what their signature says', async () => {
  const counts = { refused: 0, scored: 0 }
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const rnd = seeded(seed)
    const base = bases[Math.floor(rnd() * bases.length)] as (typeof bases)[number]
    let xml: string
    if (rnd() < 0.4) xml = damage(rnd, base.xml)
    else {
      const tree = parse(base.xml)
      for (let n = 0; n <= rnd() * 3; n++) mutate(rnd, tree, texts)
      xml = xmlOf(tree)
    }
    const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/pmml-broken.test.ts`
    let prepared: PreparedModel<never>
    try {
      prepared = await prepare(xml)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.scope !== 'model') throw new Error(where, { cause: thrown })
      if (thrown.code !== 'MODEL_PMML_SYNTAX') expect(thrown.message, where).toMatch(/at line \d+, column \d+/)
      counts.refused++
      continue
    }
    counts.scored++
    const scorer = await pmmlFormat.open(structuredClone(prepared))
    const records = Array.from({ length: 10 }, () => recordFor(rnd, prepared.signature, prepared.samples))
    const { predictions, errors } = await scorer.score(records)
    for (const error of errors?.values() ?? [])
      expect(error.scope, `${where}\n${error.message}\n${String((error.cause as Error | undefined)?.stack)}`).toBe(
        'record',
      )
    predictions.forEach((prediction, i) => {
      expect(prediction === null, where).toBe(errors?.has(i) ?? false)
      for (const output of prediction === null ? [] : prepared.signature.outputs) {
        const value = prediction?.[output.name]
        expect(
          fits(value, output),
          `${where}\n${output.name} of type ${output.dtype} is ${typeof value} ${String(value)}`,
        ).toBe(true)
      }
    })
  }
  expect(counts.refused).toBeGreaterThan(rounds / 10)
  expect(counts.scored).toBeGreaterThan(rounds / 10)
})
