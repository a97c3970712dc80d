// The long chaos run on a real cluster: node scripts/chaos.ts [--rounds 30] [--seed 1] [--standby] [--classic] [--faults 'broker killed,…'] [--keep]
// Three brokers, three instances, a model swap every second; the verdict and how long each fault was felt go to
// bench/results/kafka-chaos.json, or the file of --output. Exit status 1 when anything is lost, repeated, reordered or scored by another version.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { circumstances } from '../bench/trial.ts'
import { kafkaRelease } from '../src/clients/local-kafka/jar-list.ts'
import { type FaultName, faults } from '../test/chaos/kafka-faults.ts'
import { chooseFaults, runChaos } from '../test/chaos/kafka-rounds.ts'
import { seeded } from '../test/random.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '20261121' },
    faults: { type: 'string' },
    standby: { type: 'boolean', default: false },
    classic: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    output: { type: 'string', default: join(import.meta.dirname, '../bench/results/kafka-chaos.json') },
  },
})
const seed = Number(values.seed)
const named = values.faults?.split(',') as FaultName[] | undefined
for (const name of named ?? []) if (!(name in faults)) throw new Error(`no fault "${name}": ${Object.keys(faults)}`)
const chosen = named ?? chooseFaults(Number(values.rounds), seeded(seed))

const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
console.log(`${chosen.length} rounds, seed ${seed}, in ${folder}`)
let number = 0
try {
  const result = await runChaos(folder, {
    seed,
    instances: 3,
    hasStandby: values.standby,
    hasClassicTransactions: values.classic,
    faults: chosen,
    onRound: ({ fault, faultMs, catchUpMs, faults: found }) =>
      console.log(`${++number}/${chosen.length} ${fault}: ${faultMs} ms, then ${catchUpMs} ms to catch up`, found),
  })
  const { standby: hasStandby, classic: hasClassicTransactions } = values
  const report = { ...circumstances(), kafka: kafkaRelease, seed, hasStandby, hasClassicTransactions, ...result }
  writeFileSync(values.output, `${JSON.stringify(report, null, 1)}\n`)
  const { verdict, sent, published, ownEnds } = result
  console.log(`${sent} sent, ${published} versions, ${ownEnds} ends of their own`, verdict)
  if (Object.values(verdict.faults).some((count) => count > 0)) process.exitCode = 1
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true })
}
