import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { servingBrokers } from '../../../src/clients/local-kafka/broker-probe.ts'
import { freePorts } from '../../../src/clients/local-kafka/free-ports.ts'
import { run, testWorld } from '../../support/command-line.ts'
import { kafkaService } from '../../support/kafka.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { reason } = await kafkaService()

test('without --local-kafka and an engine file there is nothing to do', async () => {
  const { status, stderr } = await run(['up'])
  expect(status).toBe(1)
  expect(stderr).toContain('give --local-kafka, an engine file or both')
})

test('without Java it says what to do', async () => {
  const env = { JAVA_HOME: temporaryFolder() }
  const { status, stderr } = await run(['up', '--local-kafka'], { cwd: temporaryFolder(), env })
  expect(status).toBe(1)
  expect(stderr).toMatch(/is to be 17 or newer, and there is none at/)
})

const isTaken = (printed: string) => /is in use|already in use|BindException/.test(printed)

/** Runs `work` with a port that is free, and again when somebody else has taken it meanwhile, as what was printed says. */
async function onFreePort(work: (port: number) => Promise<string>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const printed = await work((await freePorts(1))[0] as number)
    if (!isTaken(printed)) return
    if (attempt === 5) throw new Error(`every port was taken: ${printed}`)
  }
}

/** Number of the one process whose command line has this text. */
function processWith(text: string): number {
  const lines = spawnSync('ps', ['-eo', 'pid=,args=', '-ww']).stdout.toString().split('\n')
  const found = lines.filter((line) => line.includes(text)).map((line) => Number.parseInt(line, 10))
  expect(found).toHaveLength(1)
  return found[0] as number
}

test.skipIf(reason !== null)(
  'a broker that ends by itself ends the engine on top, with the reason',
  async () => {
    const cwd = temporaryFolder()
    await onFreePort(async (port) => {
      const transport = { type: 'kafka', bootstrapServers: [`127.0.0.1:${port}`], topic: 'in', partitions: 1 }
      const slots = { 0: { transport }, 1: 'file:out.jsonl' }
      writeFileSync(join(cwd, 'engine.json'), JSON.stringify({ name: 'e', slots, models: [] }))
      const world = testWorld({ cwd, env: process.env })
      const ended = runCommandLine(verbs, ['up', 'engine.json', '--local-kafka', '--port', String(port)], world)
      await Promise.race([world.stderr.until('engineStarted'), ended])
      if (isTaken(world.stderr.text)) return world.stderr.text
      process.kill(processWith(join(cwd, 'data/kafka/node-1/server.properties')), 'SIGKILL')
      expect(await ended).toBe(1)
      expect(world.stderr.text).toContain('broker 1 has ended')
      return world.stderr.text
    })
  },
  300_000,
)

test.skipIf(reason !== null)(
  'a local Kafka serves until it is stopped, and keeps its data in the folder',
  async () => {
    const cwd = temporaryFolder()
    await onFreePort(async (port) => {
      const stop = new AbortController()
      const world = testWorld({ cwd, env: process.env, stop: stop.signal })
      const args = ['up', '--local-kafka', '--port', String(port), '--json', '--quiet']
      const ended = runCommandLine(verbs, args, world)
      await Promise.race([world.stdout.until('\n'), ended])
      if (isTaken(world.stdout.text)) return world.stdout.text
      expect(JSON.parse(world.stdout.text)).toEqual({ bootstrapServers: [`127.0.0.1:${port}`], folder: 'data/kafka' })
      await expect.poll(() => servingBrokers(port, 10_000), { timeout: 60_000 }).toBe(1)
      stop.abort()
      expect(await ended).toBe(0)
      expect(await servingBrokers(port, 1_000)).toBe(0)
      return world.stdout.text
    })
    expect(readFileSync(join(cwd, 'data/kafka/node-1/data/meta.properties'), 'utf8')).toContain('cluster.id')
  },
  300_000,
)

test.skipIf(reason !== null)(
  'an engine on top runs to its end, then Kafka is ended',
  async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'rules.js'), 'export const score = (record) => ({ y: record.x * 2 })')
    writeFileSync(join(cwd, 'in.jsonl'), '{"x":1}\n')
    const document = {
      name: 'double',
      slots: { 0: 'file:in.jsonl', 1: 'file:out.jsonl' },
      models: [{ name: 'rules', version: '1', location: 'rules.js' }],
      versions: { allowCode: true },
      predictions: { stamp: 'none' },
    }
    writeFileSync(join(cwd, 'engine.json'), JSON.stringify(document))
    await onFreePort(async (port) => {
      const args = ['up', 'engine.json', '--local-kafka', '--port', String(port)]
      const { status, stdout, stderr } = await run(args, { cwd, env: process.env })
      if (isTaken(stderr)) return stderr
      expect(status, stderr).toBe(0)
      expect(stdout).toContain(`Kafka serves at 127.0.0.1:${port}`)
      expect(await servingBrokers(port, 1_000)).toBe(0)
      return stderr
    })
    expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe('{"y":2}\n')
  },
  300_000,
)
