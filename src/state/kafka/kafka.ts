import { resolve } from 'node:path'
import { kafkaClusterOptions, kafkaDomain, kafkaSettingsOf } from '../../clients/kafka/options.ts'
import { boolean, choice, integer, type OptionValues, text } from '../../config/option.ts'
import { FolderArtifacts } from '../artifacts.ts'
import type { StateComponent } from '../state.ts'

const options = {
  ...kafkaClusterOptions,
  topic: text({
    summary: 'compacted topic of the checkpoints; any number of engines may share it',
    default: 'millrace-state',
    since: '0.1.0',
  }),
  createTopic: boolean({
    summary:
      'whether the topic is made where it is missing, and so are those of dead letters and activations beside it',
    default: true,
    since: '0.1.0',
  }),
  partitions: integer(
    {
      summary:
        'partitions of a topic that is made here: best as many as the data streams have; never changed afterwards',
      unit: 'partitions',
      default: 16,
      since: '0.1.0',
    },
    { min: 1, max: 10_000 },
  ),
  replication: integer(
    {
      summary: 'copies of each partition of a topic that is made here; by default as many as the cluster makes',
      unit: 'copies',
      isOptional: true,
      since: '0.1.0',
    },
    { min: 1, max: 32_767 },
  ),
  guarantee: choice(['exactly-once', 'at-least-once'], {
    summary:
      'exactly-once commits in one transaction; at-least-once is faster and may repeat the last records after a failure',
    default: 'exactly-once',
    since: '0.1.0',
  }),
  commitIntervalMs: integer(
    {
      summary:
        'how long the batches of a task share a commit; readers of committed records see predictions so much later',
      unit: 'milliseconds',
      default: 100,
      since: '0.1.0',
    },
    { min: 0, max: 60_000 },
  ),
  transactionTimeoutMs: integer(
    {
      summary: 'age at which the cluster ends a transaction that nobody commits or takes over',
      unit: 'milliseconds',
      default: 60_000,
      since: '0.1.0',
    },
    { min: 1_000, max: 900_000 },
  ),
  compression: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
    summary: 'compression of what tasks write: predictions, dead letters and checkpoints',
    default: 'none',
    since: '0.1.0',
  }),
  artifacts: text({
    summary: 'folder of the model artifacts, relative to the engine document',
    default: 'data/artifacts',
    since: '0.1.0',
  }),
}

/** Checkpoints in a compacted topic, artifacts in a folder. */
export const kafkaState: StateComponent<typeof options> = {
  kind: 'state',
  name: 'kafka',
  summary: 'checkpoints in a compacted topic, in one transaction with streams of the same cluster',
  stability: 'beta',
  since: '0.1.0',
  guarantee: {
    level: 'exactly-once',
    condition:
      'the inputs and all outputs are topics of the same cluster, and readers of the outputs read committed records',
  },
  options,
  promise: ({ guarantee }) =>
    guarantee === 'exactly-once'
      ? { level: 'exactly-once', condition: 'readers of the outputs read committed records only' }
      : { level: 'at-least-once', condition: 'state has "guarantee: at-least-once"' },
  domain: ({ bootstrapServers }) => kafkaDomain(bootstrapServers),
  beside: (values, topic) => {
    const made = values.createTopic ? { partitions: values.partitions } : {}
    return { type: 'kafka', ...clusterOf(values), topic, ...made }
  },
  open: async (values, { baseFolder }) => {
    const { openKafkaCheckpoints } = await import('./open.ts')
    return openKafkaCheckpoints(kafkaSettingsOf(values, baseFolder), values)
  },
  openArtifacts: async ({ artifacts }, { baseFolder }) => new FolderArtifacts(resolve(baseFolder, artifacts)),
}

/** The options that say how the cluster is reached. */
function clusterOf(values: OptionValues<typeof options>): Readonly<Record<string, unknown>> {
  const names = Object.keys(kafkaClusterOptions) as (keyof typeof kafkaClusterOptions)[]
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])))
}
