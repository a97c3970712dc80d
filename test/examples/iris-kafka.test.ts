import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel, type RecordValue, type ScoreResult } from '../../src/index.ts'
import { jsonLines } from '../support/command-line.ts'
import { exampleFolder, millrace } from '../support/example-process.ts'
import { kafkaService } from '../support/kafka.ts'
import { uniqueName } from '../support/kafka-topics.ts'

const ENGINE = 'examples/iris/engine.yaml'
const streams = ['in', 'out'].map((end) => `examples/iris/streams/kafka-${end}.yaml`) as [string, string]
const slots = ['--slot', `0=${streams[0]}`, '--slot', `1=${streams[1]}`]
const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('with the broker of this run in place of the one of the descriptors', () => {
  /** The example, with another broker and topics of this test's own. */
  function example(): { folder: string; topic: string } {
    const folder = exampleFolder()
    const topic = uniqueName('iris')
    for (const path of streams) {
      const text = readFileSync(join(folder, path), 'utf8')
      const changed = text.replace('127.0.0.1:9092', kafka.bootstrapServers[0] as string).replace('iris', topic)
      writeFileSync(join(folder, path), changed)
    }
    return { folder, topic }
  }

  test('a topic is scored to a topic, at least once with a checkpoint elsewhere, and a second run goes on', async () => {
    const { folder, topic } = example()
    const model = await loadModel(readFileSync(join(folder, 'examples/iris/tree.pmml')), { format: 'pmml' })
    const flowers = jsonLines(readFileSync(join(folder, 'examples/iris/iris.jsonl'), 'utf8')) as RecordValue[]
    const expected = (await model.score(flowers)).map(
      (result) => (result as Extract<ScoreResult, { prediction: unknown }>).prediction,
    )
    const place = (name: string) => ['--topic', `kafka:${kafka.bootstrapServers[0]}/${name}`]
    const sent = await millrace(folder, ['send', ...place(topic), '--create', '--file', 'examples/iris/iris.jsonl'])
    expect(sent).toMatchObject({ status: 0 })
    const run = await millrace(folder, ['run', ENGINE, ...slots])
    expect(run).toMatchObject({
      status: 0,
      stdout: 'iris finished: 150 read = 150 predicted + 0 dead letters + 0 dropped\n',
    })
    expect(run.stderr).toMatch(/gives at-least-once: input .* commits in kafka:127/)
    const again = await millrace(folder, ['run', ENGINE, ...slots])
    expect(again.stdout).toBe('iris finished: 0 read = 0 predicted + 0 dead letters + 0 dropped\n')
    const received = await millrace(folder, ['receive', ...place(`${topic}.predictions`), '--max', '150'])
    const predictions = jsonLines(received.stdout) as RecordValue[]
    expect(predictions.map(({ stamp: _stamp, ...prediction }) => prediction)).toEqual(expected)
  }, 180_000)
})
