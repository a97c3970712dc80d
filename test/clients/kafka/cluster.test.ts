import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { kafkaService } from '../../support/kafka.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

describe('kafka cluster', () => {
  it('has the same domain for the same servers in any order', () => {
    expect(new KafkaCluster(kafkaSettings(['b:1', 'a:1'])).domain).toBe('kafka:a:1,b:1')
  })

  it('says that nothing can be reached once the time for retries is over', async () => {
    const cluster = new KafkaCluster(kafkaSettings(['127.0.0.1:1', '127.0.0.1:2'], { requestTimeoutMs: 50 }))
    await expect(cluster.topic('orders')).rejects.toMatchObject({ code: 'CLIENT_KAFKA_UNREACHABLE' })
  })

  it('leaves it to the caller to look for a coordinator again', async () => {
    const cluster = new KafkaCluster(kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 600_000 }))
    const looking = cluster.coordinator('group', 'g')
    await expect(looking).rejects.toMatchObject({ code: 'CLIENT_KAFKA_UNREACHABLE' })
  })

  it('does nothing after close', async () => {
    const cluster = new KafkaCluster(kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 50 }))
    await cluster.close()
    await cluster.close()
    await expect(cluster.features()).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  })
})

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('kafka cluster of a broker with two addresses', () => {
  it('names the closest topic where the caller does not look again', async () => {
    const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
    onTestFinished(() => cluster.close())
    const topic = await kafka.topic('closest')
    const hinted = cluster.leader(`${topic}x`, 0)
    await expect(hinted).rejects.toThrow(topic.slice(0, -1))
    await expect(hinted).rejects.toThrow('did you mean')
    await expect(cluster.leader(`${topic}x`, 0, false)).rejects.not.toThrow('did you mean')
  })

  it('goes on with the other one when the first has lost its connection and stands still', async () => {
    const server = kafka.bootstrapServers[0] as string
    const proxy = await TcpProxy.listen()
    proxy.forwardTo(Number(server.split(':')[1]))
    // As long as the broker stands still, whoever waits for it waits for ever.
    const other = { connectTimeoutMs: 600_000, requestTimeoutMs: 60_000 }
    const cluster = new KafkaCluster(kafkaSettings([`127.0.0.1:${proxy.port}`, server], other))
    const first = await cluster.shared('any')
    expect(first.address).toBe(`127.0.0.1:${proxy.port}`)
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await new Promise<void>((resolve) => silent.once('listening', resolve))
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy()
      silent.close()
      await proxy.close()
      await cluster.close()
    })
    proxy.forwardTo((silent.address() as { port: number }).port)
    proxy.cut()
    await cluster.topics()
    expect(first.isUsable).toBe(false)
    expect((await cluster.shared('any')).address).toBe(server)
  })
})
