import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadModel, type RecordValue, type ScoreResult } from '../../src/index.ts'
import { jsonLines } from '../support/command-line.ts'
import { exampleFolder, millrace, RunningProcess } from '../support/example-process.ts'

const iris = new URL('../../examples/iris/', import.meta.url)
const ENGINE = 'examples/iris/engine.yaml'
const LOG = 'examples/iris/data/millrace.db'
const flowers = jsonLines(readFileSync(new URL('iris.jsonl', iris), 'utf8')) as RecordValue[]
let expected: RecordValue[]

beforeAll(async () => {
  const model = await loadModel(readFileSync(new URL('tree.pmml', iris)), { format: 'pmml' })
  const results = await model.score(flowers)
  expected = results.map((result) => (result as Extract<ScoreResult, { prediction: unknown }>).prediction)
  expect(new Set(expected.map((prediction) => prediction['species'])).size).toBe(3)
})

/** Attaches a pair of the example's descriptors to slots 0 and 1. */
function slots(name: string, extension = 'yaml'): string[] {
  const stream = (end: string) => `examples/iris/streams/${name}-${end}.${extension}`
  return ['--slot', `0=${stream('in')}`, '--slot', `1=${stream('out')}`]
}

function linesOf(folder: string, path: string): RecordValue[] {
  return jsonLines(readFileSync(join(folder, path), 'utf8')) as RecordValue[]
}

function withoutStamp({ stamp, ...prediction }: RecordValue): RecordValue {
  expect(stamp).toMatchObject({ model: 'tree', version: '1' })
  return prediction
}

test('a file is scored to a file, and the engine ends by itself', async () => {
  const folder = exampleFolder()
  const { status, stdout } = await millrace(folder, ['run', ENGINE, ...slots('file')])
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'iris finished: 150 read = 150 predicted + 0 dead letters + 0 dropped\n',
  })
  expect(linesOf(folder, 'examples/iris/data/predictions.jsonl').map(withoutStamp)).toEqual(expected)
})

test('rows of CSV are scored to rows of CSV', async () => {
  const folder = exampleFolder()
  expect(await millrace(folder, ['run', ENGINE, ...slots('csv')])).toMatchObject({ status: 0 })
  const rows = readFileSync(join(folder, 'examples/iris/data/predictions.csv'), 'utf8').trim().split('\n')
  expect(rows).toEqual(expected.map((prediction) => `${prediction['species']};${prediction['probability(setosa)']}`))
})

test("descriptors in FastScore's spelling do the same", async () => {
  const folder = exampleFolder()
  const { status } = await millrace(folder, ['run', ENGINE, ...slots('fastscore', 'json')])
  expect(status).toBe(0)
  expect(linesOf(folder, 'examples/iris/data/fastscore.jsonl').map(withoutStamp)).toEqual(expected)
})

test('a log is scored to a log, as the slots of the engine file say and as the descriptors do', async () => {
  for (const args of [[], slots('log')]) {
    const folder = exampleFolder()
    // Another stream was at the slots before: its positions mean nothing here.
    if (args.length > 0) await millrace(folder, ['run', ENGINE, ...slots('file')])
    const send = ['send', '--path', LOG, '--topic', 'iris', '--create', '--file', 'examples/iris/iris.jsonl']
    expect(await millrace(folder, send)).toMatchObject({ status: 0 })
    const engine = new RunningProcess(folder, ['run', ENGINE, ...args])
    await engine.log(/exactly-once/)
    await engine.log(/version tree@1 scores/)
    const receive = ['receive', '--path', LOG, '--topic', 'iris.predictions', '--max', '150', '--json']
    const received = await millrace(folder, receive)
    const records = jsonLines(received.stdout) as { value: RecordValue; headers: Record<string, string> }[]
    expect(records.map((record) => record.value)).toEqual(expected)
    expect(records[149]?.headers).toMatchObject({ model: 'tree', version: '1', position: 'iris/0@149' })
    expect(await engine.stop()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('150 read = 150 predicted'),
    })
  }
})

test('HTTP is scored to HTTP: sent and fetched, in one round trip, and a malformed record with its reason', async () => {
  const folder = exampleFolder()
  const engine = new RunningProcess(folder, ['run', ENGINE, ...slots('rest'), '--http', '127.0.0.1:0'])
  const [, url] = await engine.log(/"url":"(http:[^"]+)"/)
  await engine.log(/"engineStarted"/)
  const post = (path: string, body: string) => fetch(url + path, { method: 'POST', body })

  for (const flower of flowers.slice(0, 3)) {
    expect((await post('/1/job/input/0', JSON.stringify(flower))).status).toBe(204)
  }
  for (const prediction of expected.slice(0, 3)) {
    const response = await fetch(`${url}/1/job/output/1?wait=10000`)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toEqual(prediction)
  }

  const roundtrips = flowers.map(async (flower) => {
    const response = await post('/2/active/model/roundtrip/0/1', JSON.stringify(flower))
    expect([...response.headers.values()]).toContain('tree')
    return (await response.json()) as RecordValue
  })
  expect(await Promise.all(roundtrips)).toEqual(expected)

  const malformed = await post('/2/active/model/roundtrip/0/1', '{"sepal_length": 5.1,')
  expect(malformed.status).toBeGreaterThanOrEqual(400)
  expect(await malformed.json()).toMatchObject({
    error: { code: 'ENCODING_JSON_SYNTAX', message: expect.stringContaining('byte 21') },
  })

  const { status, stdout } = await engine.stop()
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'iris stopped: 154 read = 153 predicted + 1 dead letters + 0 dropped\n',
  })
  const letters = ['receive', '--path', LOG, '--topic', 'iris.dead-letters', '--no-follow']
  expect((await millrace(folder, letters)).stdout).toContain('{"sepal_length": 5.1,')
})
