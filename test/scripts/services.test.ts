import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { servingBrokers } from '../../src/clients/local-kafka/broker-probe.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { reason } = await kafkaService()
const script = fileURLToPath(new URL('../../scripts/services.ts', import.meta.url))

/** Runs the script to its end; gives what it printed. */
async function services(folder: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['--no-warnings', script, ...args, '--folder', folder])
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  await new Promise((resolve) => child.once('close', resolve))
  return printed
}

test.skipIf(reason !== null)(
  'a broker that the script starts goes on after it, is told by status, and ends with stop',
  async () => {
    const folder = join(temporaryFolder(), 'services')
    const started = await services(folder, 'start', 'kafka', '--port', '0')
    try {
      const [address, port] = /127\.0\.0\.1:(\d+)/.exec(started) ?? [started, '']
      expect(await services(folder, 'status')).toBe(`kafka: ${address}\n`)
      await expect.poll(() => servingBrokers(Number(port), 5_000), { timeout: 60_000 }).toBe(1)
      expect(await services(folder, 'start', 'kafka', '--port', '0')).toBe(`kafka serves at ${address}\n`)
      expect(await services(folder, 'stop', 'kafka')).toBe('kafka is stopped\n')
      expect(await servingBrokers(Number(port), 1_000)).toBe(0)
    } finally {
      await services(folder, 'stop', 'kafka')
    }
    expect(await services(folder, 'status')).toBe('kafka: does not run\n')
    expect(await services(folder, 'start', 'other')).toContain('there is no service "other"')
  },
  300_000,
)
