import {
  ConfigResourceTypes,
  describeConfigsV1,
  describeConfigsV2,
  describeConfigsV3,
  describeConfigsV4,
  incrementalAlterConfigsV1,
} from '@platformatic/kafka'
import { api, checkCode, damagedAnswer, type KafkaCluster } from './cluster.ts'
import type { AnswerPlace } from './protocol-errors.ts'

const describeConfigs = api('DescribeConfigs', [
  describeConfigsV4.api,
  describeConfigsV3.api,
  describeConfigsV2.api,
  describeConfigsV1.api,
])
const alterConfigs = api('IncrementalAlterConfigs', [incrementalAlterConfigsV1.api])

const resourceTypes = {
  topic: ConfigResourceTypes.TOPIC,
  broker: ConfigResourceTypes.BROKER,
  group: ConfigResourceTypes.GROUP,
} as const

/** What has settings in a cluster. */
export type ConfigKind = keyof typeof resourceTypes

/** One setting of a topic, broker or group. */
export interface ConfigEntry {
  /** Null where the cluster keeps it secret. */
  readonly value: string | null
  readonly isDefault: boolean
}

/** Where a setting comes from: DEFAULT_CONFIG and STATIC_BROKER_CONFIG and DYNAMIC_DEFAULT_BROKER_CONFIG are nobody's choice for a topic (ConfigSource). */
const OWN_SOURCES: Readonly<Record<ConfigKind, number>> = { topic: 1, broker: 2, group: 8 }

/** All settings of a topic, broker (by node id) or group, by name. */
export async function configsOf(
  cluster: KafkaCluster,
  kind: ConfigKind,
  name: string,
): Promise<ReadonlyMap<string, ConfigEntry>> {
  return await cluster.retry({}, async () => {
    const connection = await cluster.shared(kind === 'broker' ? Number(name) : 'any')
    const wanted = [{ resourceType: resourceTypes[kind], resourceName: name, configurationKeys: null }]
    const { results } = await connection.ask(describeConfigs, wanted, false, false)
    const place = { server: connection.address, api: describeConfigs.name, subject: `${kind} "${name}"` }
    const result = present(results[0], place)
    checkCode(result.errorCode, place, result.errorMessage ?? null)
    return new Map(
      result.configs.map(({ name: key, value, configSource }) => [
        key,
        { value: value ?? null, isDefault: configSource !== OWN_SOURCES[kind] },
      ]),
    )
  })
}

/** Changes the named settings of a topic, broker or group; null takes the default back. */
export async function setConfigs(
  cluster: KafkaCluster,
  kind: ConfigKind,
  name: string,
  configs: Readonly<Record<string, string | null>>,
): Promise<void> {
  const changes = Object.entries(configs).map(([key, value]) =>
    value === null ? { name: key, configOperation: 1 as const } : { name: key, configOperation: 0 as const, value },
  )
  await cluster.retry({}, async () => {
    const connection = await cluster.shared(kind === 'broker' ? Number(name) : await cluster.controller())
    const wanted = [{ resourceType: resourceTypes[kind], resourceName: name, configs: changes }]
    const { responses } = await connection.ask(alterConfigs, wanted, false)
    const place = { server: connection.address, api: alterConfigs.name, subject: `${kind} "${name}"` }
    const result = present(responses[0], place)
    checkCode(result.errorCode, place, result.errorMessage ?? null)
  })
}

function present<T>(result: T | undefined, place: AnswerPlace): T {
  if (result) return result
  throw damagedAnswer(place, 'it has no results')
}
