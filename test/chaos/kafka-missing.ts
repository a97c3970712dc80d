/** The shipped components with a protection taken out of what is kept on Kafka: for the verifier, which has to find what that lets through. */
import { PartitionQueue } from '../../src/clients/kafka/partition-queue.ts'
import { registry as shipped } from '../../src/components.ts'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import { type BytesColumn, bytesAt, columnOf } from '../../src/core/bytes.ts'
import type { FrameBatch } from '../../src/core/frames.ts'
import { ChangelogSink } from '../../src/state/kafka/changelog-sink.ts'
import type { CheckpointStore, StateComponent } from '../../src/state/state.ts'

/** What an instance may do without. */
const protections = {
  /** Positions are committed first, and what belongs to them in the transaction after it. */
  'outputs with their positions': outputsAfterPositions,
  /** Batches have no producer and no number, so that a broker takes them in any order. */
  'sequence numbers': withoutSequenceNumbers,
} as const satisfies Record<string, (store: CheckpointStore) => CheckpointStore>
export type Protection = keyof typeof protections

type Produced = Parameters<ChangelogSink['produce']>

function outputsAfterPositions(store: CheckpointStore): CheckpointStore {
  const late = new Map<string, Produced[]>()
  const begin = store.begin.bind(store)
  store.begin = (task) => {
    const sink = begin(task)
    if (!(sink instanceof ChangelogSink)) return sink
    for (const produced of late.get(task) ?? []) void sink.produce(...produced)
    const own: Produced[] = []
    const commit = sink.commit.bind(sink)
    sink.produce = (topic, partition, batch) => void own.push([topic, partition, copyOf(batch)])
    sink.commit = async () => {
      await commit()
      late.set(task, own)
    }
    return sink
  }
  return store
}

function withoutSequenceNumbers(store: CheckpointStore): CheckpointStore {
  const { take } = PartitionQueue.prototype
  PartitionQueue.prototype.take = function (this: PartitionQueue) {
    return take.call(this, { id: -1n, epoch: -1 })
  }
  return store
}

function copyOf(batch: FrameBatch): FrameBatch {
  const copied = (column: BytesColumn) =>
    columnOf(Array.from({ length: column.length }, (_, i) => copyOfBytes(bytesAt(column, i))))
  const { values, keys, headers } = batch
  return { ...batch, values: copied(values), keys: keys && copied(keys), headers: headers && copied(headers) }
}

function copyOfBytes(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

/** By a variable of the environment, which the threads of a process see too. */
const missing = process.env['MILLRACE_TEST_MISSING'] as Protection | undefined
const kafka = shipped.get<StateComponent>('state', 'kafka', 'test')
const state: StateComponent = {
  ...kafka,
  open: async (options, context) => {
    const store = await kafka.open(options, context)
    return missing === undefined ? store : protections[missing](store)
  },
}

export const registry = new Registry([
  ...kinds.flatMap((kind) => shipped.list(kind)).filter((component) => component !== kafka),
  state,
])

/** URL of this module, for threads. */
export const registryUrl = import.meta.url
