// Nightly fuzz: the tests of test/fuzz with many more rounds than a check takes, from a seed of the day or a given one.
//
//   npm run fuzz                                  everything, 20,000 rounds each
//   npm run fuzz -- onnx xgboost --rounds 100000  files whose names hold one of these
//   npm run fuzz -- --seed 123                    the same mutations again
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '20000' }, seed: { type: 'string' } },
})
const millisecondsOfDay = 86_400_000
// Tests add the round to the seed: days are far enough apart that no night repeats another.
const seed = values.seed ?? String(Math.floor(Date.now() / millisecondsOfDay) * 10_000_000)
const files = positionals.length === 0 ? ['test/fuzz'] : positionals.map((name) => `test/fuzz/${name}`)
console.log(`fuzz: ${files.join(', ')}, ${values.rounds} rounds, seed ${seed}`)
const { status } = spawnSync(
  'node',
  ['node_modules/vitest/vitest.mjs', 'run', ...files, '--testTimeout', '0', '--hookTimeout', '0'],
  { stdio: 'inherit', env: { ...process.env, MILLRACE_FUZZ_ROUNDS: values.rounds, MILLRACE_FUZZ_SEED: seed } },
)
process.exitCode = status ?? 1
