import { expect, test } from 'vitest'
import { brokerProperties } from '../../../src/clients/local-kafka/broker-settings.ts'

const ports = [1, 2, 3].map((node) => ({
  client: node * 10,
  advertised: node * 100,
  broker: node * 10 + 1,
  controller: node * 10 + 2,
}))

/** The properties of a text, by name. */
function read(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

test('clients are told the advertised port, brokers go past it, and every controller votes', () => {
  const made = read(brokerProperties({ node: 2, ports, dataFolder: '/data', properties: {} }))
  expect(made).toMatchObject({
    'node.id': '2',
    listeners: 'PLAINTEXT://127.0.0.1:20,BROKER://127.0.0.1:21,CONTROLLER://127.0.0.1:22',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:200,BROKER://127.0.0.1:21',
    'controller.quorum.voters': '1@127.0.0.1:12,2@127.0.0.1:22,3@127.0.0.1:32',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'auto.create.topics.enable': 'false',
  })
})

test('one broker replicates nothing, and given properties win', () => {
  const properties = { 'num.io.threads': '1', 'log.dirs': 'C:\\data' }
  const made = read(brokerProperties({ node: 1, ports: ports.slice(0, 1), dataFolder: '/data', properties }))
  expect(made).toMatchObject({
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'min.insync.replicas': '1',
    'num.io.threads': '1',
    'log.dirs': 'C:\\\\data',
  })
})

test('a value that begins with a comma is added to what is there', () => {
  const properties = { listeners: ',TLS://127.0.0.1:9' }
  const made = read(brokerProperties({ node: 1, ports, dataFolder: '/data', properties }))
  expect(made['listeners']).toMatch(/^PLAINTEXT:.*,CONTROLLER:.*,TLS:\/\/127\.0\.0\.1:9$/)
})
