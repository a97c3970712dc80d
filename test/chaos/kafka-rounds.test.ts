import { expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chooseFaults, runChaos } from './kafka-rounds.ts'

/** `node scripts/chaos.ts --rounds 30` does the long run; CHAOS_ROUNDS sets another number here. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 4)
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261121)

const { reason } = await kafkaService()

test.skipIf(reason !== null)(
  `after ${ROUNDS} rounds of faults on three brokers nothing is lost, repeated, reordered or scored by another version`,
  async () => {
    const folder = temporaryFolder()
    const faults = chooseFaults(ROUNDS, seeded(SEED))
    const { verdict, statuses, rounds } = await runChaos(folder, { seed: SEED, instances: 3, faults, recordsAtOnce: 4 })
    expect(rounds.map(({ fault }) => fault)).toEqual(faults)
    expect(verdict.examples).toEqual([])
    expect(verdict.faults).toEqual({ lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 })
    expect(verdict.predicted + verdict.deadLettered + verdict.unserved).toBe(verdict.records)
    expect(verdict.predicted).toBeGreaterThan(100)
    expect(statuses).toEqual([0, 0, 0])
  },
  15 * 60_000,
)
