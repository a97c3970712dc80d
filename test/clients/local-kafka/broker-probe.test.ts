import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { servingBrokers } from '../../../src/clients/local-kafka/broker-probe.ts'
import { freePorts } from '../../../src/clients/local-kafka/free-ports.ts'
import { kafkaService } from '../../support/kafka.ts'

const { bootstrapServers, reason } = await kafkaService()

/** The port of a server that does this with whoever connects. */
async function serverThat(answers: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    answers(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test.skipIf(reason !== null)('a broker tells how many serve', async () => {
  const port = Number(bootstrapServers[0]?.split(':')[1])
  expect(await servingBrokers(port, 10_000)).toBe(1)
})

test('nobody, somebody who hangs up, who says nothing and who talks nonsense are no brokers', async () => {
  const [nobody] = await freePorts(1)
  expect(await servingBrokers(nobody as number, 5_000)).toBe(0)
  expect(await servingBrokers(await serverThat((socket) => socket.end()), 5_000)).toBe(0)
  expect(await servingBrokers(await serverThat((socket) => socket.resume()), 50)).toBe(0)
  const nonsense = Buffer.alloc(64, 0xff)
  expect(await servingBrokers(await serverThat((socket) => socket.write(nonsense)), 5_000)).toBe(0)
})
