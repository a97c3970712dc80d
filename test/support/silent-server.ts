import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that takes connections and answers nothing, until the test ends: what a machine that stands still looks like. */
export interface SilentServer {
  /** `host:port`. */
  readonly address: string
  /** Resolves when a client has sent something. */
  readonly asked: Promise<void>
}

/** Starts one for a test. */
export async function silentServer(): Promise<SilentServer> {
  const sockets: Socket[] = []
  const asked = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket.once('data', () => asked.resolve())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: asked.promise }
}
