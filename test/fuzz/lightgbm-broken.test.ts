import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { lightgbmFormat } from '../../src/models/lightgbm/lightgbm.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import { prepare } from '../models/lightgbm/model-files.ts'
import { seeded } from '../random.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes 20,000 rounds.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 1500)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const folder = join(import.meta.dirname, '..', 'golden', 'lightgbm')
const names = ['binary-gbdt', 'multiclass-gbdt', 'linear', 'categories-many', 'pandas-categories', 'old-2.1.2-binary']
const bases = names.flatMap((name) =>
  ['model.txt', 'model.json'].map((file) => ({
    name: `${name}/${file}`,
    text: readFileSync(join(folder, name, file), 'utf8'),
  })),
)

/** A loaded model is of the file's size, but for the sets of categories of a dump: 16 MB at the most, once for each of two copies. */
const maxResidentPerByte = 100
const maxSetBytes = 2 ** 25

const words = [
  '-1',
  '0',
  '1',
  '-2147483648',
  '2147483647',
  '4294967295',
  '99999999999',
  '1e308',
  '1e999',
  '-1e999',
  'nan',
  'NaN',
  'inf',
  'null',
  '""',
  '"x"',
  '[]',
  '{}',
  '0x10',
  '',
  ' ',
  '=',
  '\n',
  '\r\n',
  '\n\n',
  'Tree=0\n',
  'end of trees\n',
  '"0||1"',
  '"2147483647"',
  '__proto__',
  '\u2028',
]

const number = /-?\d+(\.\d+)?(e[+-]?\d+)?/g

/** Exchanges numbers, as these are what a model is made of. */
function exchange(rnd: () => number, text: string): string {
  const pick = (): RegExpExecArray | null => {
    number.lastIndex = Math.floor(rnd() * text.length)
    return number.exec(text)
  }
  const one = pick()
  if (one === null) return text
  const word = rnd() < 0.5 ? (words[Math.floor(rnd() * words.length)] as string) : (pick()?.[0] ?? '7')
  return text.slice(0, one.index) + word + text.slice(one.index + one[0].length)
}

/** Cuts, repeats, moves and overwrites bytes. */
function damage(rnd: () => number, text: string): string {
  const at = Math.floor(rnd() * text.length)
  const length = Math.floor(rnd() ** 3 * 400)
  const other = Math.floor(rnd() * text.length)
  const kind = rnd()
  if (kind < 0.25) return text.slice(0, at) + text.slice(at + length)
  if (kind < 0.4) return text.slice(0, other) + text.slice(at, at + length) + text.slice(other)
  if (kind < 0.55) return text.slice(0, at)
  if (kind < 0.8) return text.slice(0, at) + String.fromCharCode(32 + Math.floor(rnd() * 95)) + text.slice(at + 1)
  return text.slice(0, at) + words[Math.floor(rnd() * words.length)] + text.slice(at)
}

/** Takes lines away, doubles or exchanges them: keys that are missing or given twice. */
function shuffle(rnd: () => number, text: string): string {
  const lines = text.split('\n')
  const one = Math.floor(rnd() * lines.length)
  const kind = rnd()
  if (kind < 0.4) lines.splice(one, 1)
  else if (kind < 0.7) lines.splice(Math.floor(rnd() * lines.length), 0, lines[one] as string)
  else lines[one] = lines[Math.floor(rnd() * lines.length)] as string
  return lines.join('\n')
}

test('damaged models are refused with a place, or score what their signature says', async () => {
  const counts = { refused: 0, scored: 0 }
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const rnd = seeded(seed)
    const base = bases[Math.floor(rnd() * bases.length)] as (typeof bases)[number]
    let text = base.text
    for (let n = 0; n <= rnd() * 3; n++) {
      const kind = rnd()
      text = kind < 0.6 ? exchange(rnd, text) : kind < 0.85 ? damage(rnd, text) : shuffle(rnd, text)
    }
    const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/lightgbm-broken.test.ts`
    let prepared: PreparedModel<never>
    try {
      prepared = (await prepare(text)) as PreparedModel<never>
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.scope !== 'model') throw new Error(where, { cause: thrown })
      expect(thrown.message, where).toMatch(
        /tree \d+|key "|line |the header|the JSON text|features\[|"pandas_categorical"/,
      )
      counts.refused++
      continue
    }
    counts.scored++
    expect(prepared.residentBytes, where).toBeLessThan(maxSetBytes + text.length * maxResidentPerByte)
    const scorer = lightgbmFormat.open(structuredClone(prepared)) as Awaited<ReturnType<typeof lightgbmFormat.open>>
    const records = [{}, null, ...prepared.samples]
    const { predictions, errors } = await scorer.score(records)
    expect(predictions, where).toHaveLength(records.length)
    predictions.forEach((prediction, i) => {
      expect(prediction === null, where).toBe(errors?.has(i) ?? false)
      for (const { name } of prediction === null ? [] : prepared.signature.outputs) {
        const value = prediction?.[name]
        expect(value === null || typeof value === 'number', `${where}\n${name} is ${typeof value}`).toBe(true)
      }
    })
    for (const error of errors?.values() ?? []) expect(error.scope, where).toBe('record')
  }
  expect(counts.refused).toBeGreaterThan(rounds / 10)
  expect(counts.scored).toBeGreaterThan(rounds / 10)
}, 600_000)
