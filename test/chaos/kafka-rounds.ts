import { systemClock } from '../../src/core/clock.ts'
import type { RunVerdict } from '../../src/engine/run-audit.ts'
import { startCluster } from '../support/kafka-cluster.ts'
import { useClassicTransactions } from '../support/kafka-features.ts'
import { type FaultName, faults } from './kafka-faults.ts'
import { type ChaosChoice, ChaosWorld } from './kafka-world.ts'

/** One round: what happened, how long it was until everything sent by then was committed, and what the verifier said by then. */
export interface Round {
  readonly fault: FaultName
  readonly faultMs: number
  readonly catchUpMs: number
  /** Of the run so far. */
  readonly faults: RunVerdict['faults']
}

/** A whole run. */
export interface ChaosResult {
  readonly rounds: readonly Round[]
  readonly sent: number
  /** Versions that were published. */
  readonly published: number
  /** How often instances ended although nobody ended them. */
  readonly ownEnds: number
  /** Exit statuses of the instances at their orderly end. */
  readonly statuses: readonly (number | null)[]
  readonly verdict: RunVerdict
}

/** Names of faults for so many rounds: each once before any twice, in an order of the world's own randomness. */
export function chooseFaults(rounds: number, random: () => number): FaultName[] {
  const chosen: FaultName[] = []
  while (chosen.length < rounds) {
    const names = Object.keys(faults) as FaultName[]
    for (let left = names.length; left > 0; left--)
      chosen.push(names.splice(Math.floor(random() * left), 1)[0] as FaultName)
  }
  return chosen.slice(0, rounds)
}

/** Three brokers, an engine in several processes, load and models without pause, and one fault after the other, the verifier after each; at last it reads everything anew. */
export async function runChaos(
  folder: string,
  choice: ChaosChoice & {
    readonly faults: readonly FaultName[]
    readonly onRound?: (round: Round) => void
    /** Transactions as they were before KIP-890 part 2. */
    readonly hasClassicTransactions?: boolean
  },
): Promise<ChaosResult> {
  const cluster = await startCluster(`${folder}/kafka`, { brokers: 3, isProxied: true })
  const { faults: chosen, onRound, hasClassicTransactions, ...worldChoice } = choice
  if (hasClassicTransactions) await useClassicTransactions(cluster.kafka.bootstrapServers[0] as string)
  const world = await ChaosWorld.start(cluster, `${folder}/engine`, worldChoice).catch(async (error) => {
    await cluster.stop()
    throw error
  })
  try {
    await world.untilCaughtUp()
    const rounds: Round[] = []
    for (const fault of chosen) {
      const startMs = systemClock.monotonicMs()
      await faults[fault](world)
      const faultMs = Math.round(systemClock.monotonicMs() - startMs)
      const catchUpMs = Math.round(await world.untilCaughtUp())
      const { faults: found } = await world.verifyMeanwhile()
      const round = { fault, faultMs, catchUpMs, faults: found }
      rounds.push(round)
      onRound?.(round)
    }
    const statuses = await world.drain()
    const verdict = await world.verify()
    const ownEnds = world.instances.reduce((sum, instance) => sum + instance.ownEnds, 0)
    return { rounds, sent: world.sent, published: world.versions, ownEnds, statuses, verdict }
  } finally {
    await world.close()
    await cluster.stop()
  }
}
