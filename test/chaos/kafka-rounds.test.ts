import { describe, expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chooseFaults, runChaos } from './kafka-rounds.ts'

/** `node scripts/chaos.ts --rounds 30` does the long run; CHAOS_ROUNDS sets another number here. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 2)
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261121)
const none = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 }

const { reason } = await kafkaService()
/** The rounds without standby go on where those with it end, so that together they have twice as many faults. */
const chosen = chooseFaults(2 * ROUNDS, seeded(SEED))

describe.skipIf(reason !== null).each([false, true])('an engine of three instances, standby: %s', (hasStandby) => {
  test(
    `after ${ROUNDS} rounds of faults on three brokers nothing is lost, repeated, reordered or scored by another version`,
    async () => {
      const faults = hasStandby ? chosen.slice(0, ROUNDS) : chosen.slice(ROUNDS)
      const choice = { seed: SEED, instances: 3, faults, recordsAtOnce: 4, hasStandby }
      const { verdict, statuses, rounds } = await runChaos(temporaryFolder(), choice)
      expect(rounds.map(({ fault, faults: found }) => [fault, found])).toEqual(faults.map((fault) => [fault, none]))
      expect(verdict.examples).toEqual([])
      expect(verdict.faults).toEqual(none)
      expect(verdict.predicted + verdict.deadLettered + verdict.unserved).toBe(verdict.records)
      expect(verdict.predicted).toBeGreaterThan(100)
      expect(statuses).toEqual([0, 0, 0])
    },
    15 * 60_000,
  )
})
