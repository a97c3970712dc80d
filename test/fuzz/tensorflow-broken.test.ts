import { expect, test } from 'vitest'
import { objectSchema } from '../../src/config/option.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { readSnappy, SnappyFault } from '../../src/core/snappy.ts'
import { readModelFiles } from '../../src/models/tensorflow/model-files.ts'
import { readSortedTable, TableFault } from '../../src/models/tensorflow/sorted-table.ts'
import { tensorflowFormat } from '../../src/models/tensorflow/tensorflow.ts'
import { openModel } from '../../src/models/tensorflow/tf-model.ts'
import { seeded } from '../random.ts'
import { writeSnappy, writeSortedTable } from '../support/tensorflow-table.ts'
import { type Base, bases, damage, damageInside } from './tensorflow-mutations.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes 20,000 rounds.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 400)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const maxBytes = 2 ** 24
const longMs = 60_000 + rounds * 300

type Mutate = (random: () => number, base: Base) => Uint8Array
const outside: Mutate = (random, { bytes }) => damage(random, bytes)
const inside: Mutate = (random, { name, bytes }) =>
  /graph/.test(name) ? damage(random, bytes) : damageInside(random, bytes)

async function fuzz(
  count: number,
  test: (random: () => number, base: Base) => string | Promise<string>,
): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>()
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const random = seeded(seed)
    const base = bases[Math.floor(random() * bases.length)] as Base
    try {
      const outcome = await test(random, base)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } catch (thrown) {
      const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/tensorflow-broken.test.ts`
      throw new Error(where, { cause: thrown })
    }
  }
  return outcomes
}

/** The code of a reported error of scope `model`; anything else is thrown on. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof MillraceError) || thrown.code === 'CORE_INTERNAL') throw thrown
  expect(thrown.scope).toBe('model')
  expect(thrown.message.length).toBeLessThan(3000)
  return thrown.code
}

function read(bytes: Uint8Array): string {
  try {
    const results = openModel(readModelFiles({ bytes, source: 'm' }, maxBytes), {}, 'm').programs(new Set())
    for (const result of results) if ('error' in result) codeOf(result.error)
    return 'reads'
  } catch (thrown) {
    return codeOf(thrown)
  }
}

const expected = ['MODEL_ARTIFACT_SYNTAX', 'reads']

test(
  'damaged artifacts are refused with a reason, or read',
  async () => {
    const outcomes = await fuzz(rounds, (random, base) => read(outside(random, base)))
    if (rounds >= 100) expect([...outcomes.keys()]).toEqual(expect.arrayContaining(expected))
  },
  longMs,
)

test(
  'archives with damaged files, whose checksums hold, are refused with a reason, or read',
  async () => {
    const outcomes = await fuzz(rounds, (random, base) => read(inside(random, base)))
    if (rounds >= 100) expect([...outcomes.keys()]).toEqual(expect.arrayContaining(expected))
  },
  longMs,
)

test(
  'what can be read is translated and scored, or refused with a reason',
  async () => {
    const options = objectSchema(tensorflowFormat.options).parse({})
    const outcomes = await fuzz(Math.ceil(rounds / 10), async (random, base) => {
      try {
        const artifact = { bytes: inside(random, base), digest: '', source: 'm' }
        const prepared = await tensorflowFormat.prepare(artifact, options, {
          allowsCode: false,
          maxArtifactBytes: maxBytes,
        })
        const scorer = await tensorflowFormat.open(prepared)
        const { predictions, errors } = await scorer.score(prepared.samples)
        scorer.close()
        for (const [i, prediction] of predictions.entries()) expect(prediction === null).toBe(errors?.has(i) ?? false)
        return 'scores'
      } catch (thrown) {
        return codeOf(thrown)
      }
    })
    if (rounds >= 100) expect([...outcomes.keys()]).toContain('scores')
  },
  longMs,
)

test(
  'damaged Snappy blocks and tables are refused with a reason, or read',
  async () => {
    const content = new Map(Array.from({ length: 20 }, (_, i) => [`key/${i}`, new Uint8Array(i * 3).fill(i)]))
    const table = writeSortedTable(content, { perBlock: 6, pack: writeSnappy })
    const block = writeSnappy(Buffer.from(`${'abc'.repeat(40)}${'x'.repeat(90)}`))
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      const random = seeded(seed)
      for (const [readIt, bytes, fault] of [
        [readSnappy, block, SnappyFault],
        [readSortedTable, table, TableFault],
      ] as const) {
        try {
          readIt(damage(random, bytes))
        } catch (thrown) {
          if (!(thrown instanceof fault)) throw new Error(`MILLRACE_FUZZ_SEED=${seed}`, { cause: thrown })
        }
      }
    }
  },
  longMs,
)
