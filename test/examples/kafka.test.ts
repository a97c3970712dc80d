import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { brokerProperties } from '../../src/clients/local-kafka/broker-settings.ts'
import { kafkaRelease } from '../../src/clients/local-kafka/jar-list.ts'
import { parseConfigDocument } from '../../src/config/document.ts'

const path = fileURLToPath(new URL('../../examples/kafka/compose.yaml', import.meta.url))

interface Compose {
  readonly services: {
    readonly kafka: {
      readonly image: string
      readonly ports: readonly string[]
      readonly environment: Readonly<Record<string, string | number>>
    }
  }
}

/** The settings of the local Kafka's one broker, by Kafka's names. */
function localProperties(): ReadonlyMap<string, string> {
  const ports = [{ client: 9092, advertised: 9092, broker: 9094, controller: 9093 }]
  const lines = brokerProperties({ node: 1, ports, dataFolder: '/data', properties: {} }).trim().split('\n')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

test('the compose file starts the release of the local Kafka, for this machine only, with the same settings', () => {
  const { services } = parseConfigDocument(readFileSync(path, 'utf8'), path).value as Compose
  const { image, ports, environment } = services.kafka
  expect(image).toBe(`apache/kafka:${kafkaRelease}`)
  expect(ports).toEqual(['127.0.0.1:9092:9092'])
  const local = localProperties()
  // Where they listen and keep data differs between a container and this machine.
  const ownPlaces = /LISTENER|VOTERS|LOG_DIRS/
  const compared = Object.entries(environment).flatMap(([variable, value]) => {
    const name = variable
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.')
    return ownPlaces.test(variable) ? [] : [[name, String(value), local.get(name) ?? 'is not set']]
  })
  expect(compared.length).toBeGreaterThan(5)
  for (const [name, container, own] of compared) expect(`${name} ${container}`).toBe(`${name} ${own}`)
})
