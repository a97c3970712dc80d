import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePorts, isFreePort } from '../../../src/clients/local-kafka/free-ports.ts'

test('ports are all different, and whoever listens on one takes it', async () => {
  const ports = await freePorts(9)
  expect(new Set(ports).size).toBe(9)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  expect(await isFreePort((server.address() as AddressInfo).port)).toBe(false)
  server.close()
})
