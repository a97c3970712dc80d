// The Millrace half of bench/kafka-streams.ts: says "ready", then answers lines as bench/kafka-streams/…/StreamsJob.java does.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import { registry } from './registry.ts'

interface Given {
  readonly subject: 'copy' | 'pass' | 'tree'
  readonly guarantee: 'at-least-once' | 'exactly-once'
  readonly bootstrap: string
  readonly threads: number
  readonly partitions: number
  readonly compression: string
  readonly commitIntervalMs: number
}

const given = JSON.parse(process.argv[2] as string) as Given
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-subject-'))
writeFileSync(join(folder, 'tree.pmml'), readFileSync(new URL('../examples/iris/tree.pmml', import.meta.url)))
writeFileSync(join(folder, 'any.txt'), 'x')

/** The engine of one run; the warm one and the measured one differ in their names and topics only. */
function documentOf(name: string, inputs: string, outputs: string) {
  const encoding = given.subject === 'copy' ? 'raw' : 'json'
  const stream = (topic: string) => ({
    transport: { type: 'kafka', bootstrapServers: [given.bootstrap], topic },
    encoding,
    batching: { maxRecords: 1_000 },
  })
  const isTree = given.subject === 'tree'
  const model = { name: given.subject, version: '1', format: isTree ? 'pmml' : given.subject }
  return {
    name,
    slots: { 0: stream(inputs), 1: stream(outputs) },
    models: [{ ...model, location: isTree ? 'tree.pmml' : 'any.txt' }],
    threads: given.threads,
    state: {
      type: 'kafka',
      bootstrapServers: [given.bootstrap],
      topic: `${outputs}-state`,
      partitions: given.partitions,
      compression: given.compression,
      guarantee: given.guarantee,
      commitIntervalMs: given.commitIntervalMs,
    },
  }
}

let engine: Engine | null = null

async function answer([command = '', name = '', inputs = '', outputs = '']: string[]): Promise<string> {
  if (command === 'start') {
    const origin = { document: null, source: 'bench', baseFolder: folder }
    const plan = planEngine(documentOf(name, inputs, outputs), origin, registry)
    engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
    await engine.start()
    return 'started'
  }
  if (command === 'stop') {
    await engine?.stop()
    engine = null
    return 'stopped'
  }
  return `unknown ${command}`
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${await answer(line.trim().split(' '))}\n`)
rmSync(folder, { recursive: true, force: true })
