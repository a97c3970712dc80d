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

test.skipIf(reason !== null)(
  'a local Kafka serves until it is stopped, and keeps its data in the folder',
  async () => {
    const cwd = temporaryFolder()
    const [port] = (await freePorts(1)) as [number]
    const stop = new AbortController()
    const world = testWorld({ cwd, env: process.env, stop: stop.signal })
    const args = ['up', '--local-kafka', '--port', String(port), '--json', '--quiet']
    const ended = runCommandLine(verbs, args, world)
    await Promise.race([world.stdout.until('\n'), ended])
    expect(JSON.parse(world.stdout.text)).toEqual({ bootstrapServers: [`127.0.0.1:${port}`], folder: 'data/kafka' })
    expect(await servingBrokers(port, 10_000)).toBe(1)
    stop.abort()
    expect(await ended).toBe(0)
    expect(await servingBrokers(port, 1_000)).toBe(0)
    expect(readFileSync(join(cwd, 'data/kafka/node-1/data/meta.properties'), 'utf8')).toContain('cluster.id')
  },
  120_000,
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
    const [port] = (await freePorts(1)) as [number]
    const args = ['up', 'engine.json', '--local-kafka', '--port', String(port)]
    const { status, stdout, stderr } = await run(args, { cwd, env: process.env })
    expect(status, stderr).toBe(0)
    expect(stdout).toContain(`Kafka serves at 127.0.0.1:${port}`)
    expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe('{"y":2}\n')
    expect(await servingBrokers(port, 1_000)).toBe(0)
  },
  120_000,
)
