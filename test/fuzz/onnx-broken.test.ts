import { expect, test } from 'vitest'
import { objectSchema } from '../../src/config/option.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { onnxFormat } from '../../src/models/onnx/onnx.ts'
import { readModelProto } from '../../src/models/onnx-graph/read-model.ts'
import { seeded } from '../random.ts'
import { type Base, baseModels, damage, distort } from './onnx-mutations.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes 20,000 rounds.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 250)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)
const bases = baseModels()
const options = objectSchema(onnxFormat.options).parse({})
const context = { allowsCode: false, maxArtifactBytes: 2 ** 24 }

/** Loads and scores what can be loaded; returns the code of the error, or `loads`. Anything but a reported error is thrown on. */
async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const prepared = await onnxFormat.prepare({ bytes, digest: '', source: 'm.onnx' }, options, context)
    const scorer = await onnxFormat.open(prepared)
    const { predictions, errors } = await scorer.score(prepared.samples)
    scorer.close()
    for (const [i, prediction] of predictions.entries()) expect(prediction === null).toBe(errors?.has(i) ?? false)
    return 'loads'
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code === 'CORE_INTERNAL') throw thrown
    expect(thrown.scope).toBe('model')
    expect(thrown.message).toContain('m.onnx')
    return thrown.code
  }
}

async function fuzz(mutate: (random: () => number, base: Base) => Uint8Array): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>()
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const random = seeded(seed)
    const base = bases[Math.floor(random() * bases.length)] as Base
    const where = `${base.name}: MILLRACE_FUZZ_SEED=${seed} MILLRACE_FUZZ_ROUNDS=1 npx vitest run test/fuzz/onnx-broken.test.ts`
    try {
      const outcome = await outcomeOf(mutate(random, base))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } catch (thrown) {
      throw new Error(where, { cause: thrown })
    }
  }
  return outcomes
}

const longMs = 60_000 + rounds * 200

test(
  'damaged bytes are refused with a reason, or load and score',
  async () => {
    const outcomes = await fuzz((random, { bytes }) => damage(random, bytes))
    if (rounds >= 100) expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['MODEL_ARTIFACT_SYNTAX', 'loads']))
  },
  longMs,
)

test(
  'graphs that do not hold together are refused with a reason, or load and score',
  async () => {
    const models = new Map(bases.map((base) => [base, readModelProto(base.bytes, base.name)]))
    const outcomes = await fuzz((random, base) => distort(random, models.get(base) as never))
    if (rounds >= 100) expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['MODEL_RUNTIME_REFUSED', 'loads']))
  },
  longMs,
)
