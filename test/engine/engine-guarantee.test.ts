import { expect, test } from 'vitest'
import { readEngineFile } from '../../src/cli/engine-file.ts'
import { engineGuarantee } from '../../src/engine/engine-guarantee.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'

async function guarantee(changes: Readonly<Record<string, unknown>>) {
  const world = testWorld({ cwd: engineFolder(changes) })
  const { registry } = await world.components()
  return engineGuarantee(readEngineFile(world, 'engine.json', registry).plan, registry)
}

test('everything in one log is exactly-once', async () => {
  expect((await guarantee({})).level).toBe('exactly-once')
})

test('an output elsewhere is weaker and says which stream is why', async () => {
  const { level, condition } = await guarantee({ slots: { 0: 'log:in', 1: 'log:out@other.db' } })
  expect(level).toBe('at-least-once')
  expect(condition).toContain('output "out" commits in')
})

test('dead letters elsewhere count too', async () => {
  expect((await guarantee({ deadLetters: 'file:dead.jsonl' })).level).not.toBe('exactly-once')
})

const topic = (name: string, server = 'a:9092') => ({
  transport: { type: 'kafka', bootstrapServers: [server], topic: name },
})
const onKafka = (state: object = {}, output = topic('out')) => ({
  slots: { 0: topic('in'), 1: output },
  models: null,
  deadLetters: topic('dead'),
  state: { type: 'kafka', bootstrapServers: ['a:9092'], ...state },
})

test('everything in one Kafka cluster is exactly-once for those who read committed records', async () => {
  const { level, condition } = await guarantee(onKafka())
  expect(level).toBe('exactly-once')
  expect(condition).toBe('everything commits in kafka:a:9092; readers of the outputs read committed records only')
})

test('checkpoints that are at-least-once make the engine so', async () => {
  expect(await guarantee(onKafka({ guarantee: 'at-least-once' }))).toEqual({
    level: 'at-least-once',
    condition: 'state has "guarantee: at-least-once"',
  })
})

test('an output in another cluster says that it commits elsewhere', async () => {
  const { level, condition } = await guarantee(onKafka({}, topic('out', 'b:9092')))
  expect(level).toBe('at-least-once')
  expect(condition).toBe('output "out" commits in kafka:b:9092, the checkpoint commits in kafka:a:9092')
})
