import { createServer, type Socket } from 'node:net'
import { offsetFetchV8, offsetFetchV9 } from '@platformatic/kafka'
import { afterEach, describe, expect, it } from 'vitest'
import { api, KafkaConnection } from '../../../src/clients/kafka/connection.ts'
import { kafkaSettings } from '../../../src/clients/kafka/settings.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A listener that is no broker: `onConnect` does what a broken peer does. */
async function listen(onConnect: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnect)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

async function codeOf(address: string, other = {}): Promise<string> {
  const settings = kafkaSettings([address], { requestTimeoutMs: 50, ...other })
  return await KafkaConnection.open(address, settings).then(
    () => 'open',
    (error) => error.code,
  )
}

describe('kafka connection', () => {
  it('orders the versions of a request newest first', () => {
    const family = api('OffsetFetch', [offsetFetchV8.api, offsetFetchV9.api])
    expect([family.key, family.versions.map(({ version }) => version)]).toEqual([9, [9, 8]])
  })

  it('says that what is no address cannot be reached', async () => {
    expect(await codeOf('nowhere:port')).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('says that a closed port cannot be reached', async () => {
    const address = await listen(() => {})
    for (const close of closing.splice(0)) close()
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('gives up on a peer that answers nothing', async () => {
    const sockets: Socket[] = []
    const address = await listen((socket) => sockets.push(socket.on('error', () => {})))
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
    for (const socket of sockets) socket.destroy()
  })

  it('waits no longer for the first answer than for the connection', async () => {
    const sockets: Socket[] = []
    const address = await listen((socket) => sockets.push(socket.on('error', () => {})))
    expect(await codeOf(address, { connectTimeoutMs: 50, requestTimeoutMs: 600_000 })).toBe('CLIENT_KAFKA_UNREACHABLE')
    for (const socket of sockets) socket.destroy()
  })

  it('gives up on a peer that hangs up', async () => {
    const address = await listen((socket) => socket.on('error', () => {}).on('data', () => socket.destroy()))
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('gives up on a peer that answers with something else', async () => {
    const address = await listen((socket) => {
      socket.on('error', () => {}).on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })
})
