import type { Registry } from '../config/registry.ts'
import { isDivisible } from '../streams/stream-assignment.ts'
import { streamPartitions } from '../streams/stream-context.ts'
import type { EnginePlan, PlannedSlot, PlannedTask } from './engine-plan.ts'

/** An input slot with the partitions that it has now. */
export interface PlannedInput {
  readonly stream: PlannedSlot
  /** Rank of the task of partition 0. */
  readonly firstRank: number
  /** One for each partition. */
  readonly tasks: readonly PlannedTask[]
  /** True when several instances can divide the partitions. */
  readonly isDivisible: boolean
}

/** The inputs of an engine in the order of slots; ranks number the tasks of all of them. */
export async function planInputs(plan: EnginePlan, registry: Registry): Promise<PlannedInput[]> {
  const inputs: PlannedInput[] = []
  let firstRank = 0
  for (const stream of plan.inputs) {
    const { slot, descriptor, place } = stream
    const partitions = await streamPartitions(descriptor, registry, { baseFolder: plan.baseFolder, place })
    const rank = firstRank
    const tasks = Array.from({ length: partitions }, (_, partition) => ({
      name: `${slot}/${partition}`,
      slot,
      partition,
      rank: rank + partition,
    }))
    inputs.push({ stream, firstRank, tasks, isDivisible: isDivisible(descriptor, registry, place) })
    firstRank += partitions
  }
  return inputs
}

/** The tasks of an engine: one for each partition that its input slots have now, in the order of slots and partitions. */
export async function planTasks(plan: EnginePlan, registry: Registry): Promise<PlannedTask[]> {
  return (await planInputs(plan, registry)).flatMap((input) => input.tasks)
}
