import type { Registry } from '../config/registry.ts'
import { streamPartitions } from '../streams/stream-context.ts'
import type { EnginePlan, PlannedTask } from './engine-plan.ts'

/** The tasks of an engine: one for each partition that its input slots have now, in the order of slots and partitions. */
export async function planTasks(plan: EnginePlan, registry: Registry): Promise<PlannedTask[]> {
  const tasks: PlannedTask[] = []
  for (const { slot, descriptor, place } of plan.inputs) {
    const partitions = await streamPartitions(descriptor, registry, { baseFolder: plan.baseFolder, place })
    for (let partition = 0; partition < partitions; partition++) {
      tasks.push({ name: `${slot}/${partition}`, slot, partition, rank: tasks.length })
    }
  }
  return tasks
}
