import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { deadLetterHeaders } from '../../src/streams/dead-letter.ts'
import { inputOf, jsonLines, run, testWorld } from '../support/command-line.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const kafka = await kafkaService()

const title = `commands on topics of Kafka${kafka.reason === null ? '' : `: ${kafka.reason}`}`

describe.skipIf(kafka.reason !== null)(title, () => {
  const bootstrap = kafka.bootstrapServers.join(',')
  const on = (...args: string[]) => [...args, '--bootstrap', bootstrap]
  const unique = (name: string) => `cli-${name}-${randomUUID().slice(0, 8)}`
  const receiveAll = async (topic: string, ...args: string[]) => {
    const { stdout, stderr } = await run(on('receive', '--topic', topic, '--no-follow', '--json', ...args))
    expect(stderr).toBe('')
    return jsonLines(stdout) as Record<string, unknown>[]
  }
  const send = (topic: string, lines: string, ...args: string[]) =>
    run(on('send', '--topic', topic, ...args), { stdin: inputOf(lines) })

  test('a topic is made with its settings, listed, and removed', async () => {
    const topic = unique('made')
    const args = ['--partitions', '3', '--replication', '1', '--compact', '--config', 'max.message.bytes=2000000']
    expect(await run(on('topic', 'create', topic, ...args))).toEqual({
      status: 0,
      stdout: `${topic} (3 partitions)\n`,
      stderr: '',
    })
    expect((await run(on('topic', 'create', topic))).stdout).toBe(`${topic} (3 partitions, was there)\n`)
    const other = await run(on('topic', 'create', topic, '--partitions', '4'))
    expect(other.stderr).toContain('has 3 partitions, not 4')
    await send(topic, 'a\nb\nc\n', '--key', 'k', '--partition', '1')
    const [listed] = JSON.parse((await run(on('topic', 'list', topic, '--json'))).stdout)
    expect(listed).toMatchObject({
      name: topic,
      replication: 1,
      configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' },
      partitions: [{ end: 0 }, { start: 0, end: 3 }, { end: 0 }],
    })
    expect(listed.partitions[1].bytes).toBeGreaterThan(0)
    expect((await run(on('topic', 'list'))).stdout).toContain(`${topic}\t1\t0\t3\t3`)
    expect((await run(on('topic', 'delete', topic))).stderr).toContain(`this removes ${topic} (3 records)`)
    expect((await run(on('topic', 'delete', topic, '--yes'))).stdout).toBe(`${topic} (3 records) is removed\n`)
    const gone = await run(on('topic', 'list', topic.slice(0, -1)))
    expect(gone.status).toBe(1)
  })

  test('the closest topic is named where there is none of the name', async () => {
    const topic = unique('orders')
    await run(on('topic', 'create', topic))
    const { status, stderr } = await run(on('receive', '--topic', `${topic}x`, '--no-follow'))
    expect(status).toBe(1)
    expect(stderr).toContain(`"${topic}"`)
  })

  test('a cluster that does not answer is an error with its address', async () => {
    const transport = { type: 'kafka', bootstrapServers: ['127.0.0.1:1'], requestTimeoutMs: 500, topic: 'x' }
    const { status, stderr } = await run(['topic', 'list', JSON.stringify({ transport })])
    expect(status).toBe(1)
    expect(stderr).toContain('127.0.0.1:1')
  })

  test('records go in and come out with keys, headers, times and partitions', async () => {
    const topic = await kafka.topic('cli-records', { partitions: 3 })
    const time = '2026-01-01T00:00:00Z'
    await send(topic, '{"k":"a"}\n{"k":"b"}\n', '--key-field', 'k', '--header', 'source=test', '--timestamp', time)
    await send(topic, 'plain\n', '--partition', '2', '--timestamp', '2026-01-03T00:00:00Z')
    const records = await receiveAll(topic)
    const common = { topic, headers: { source: 'test' }, timestampMs: Date.parse(time) }
    expect(records).toHaveLength(3)
    // Partitions as Java's client chooses them for the keys "a" and "b" among three.
    expect(records).toContainEqual({ ...common, partition: 1, position: 0, key: 'a', value: { k: 'a' } })
    expect(records.find((record) => record['key'] === 'b')).toMatchObject({ ...common, value: { k: 'b' } })
    expect(records.find((record) => record['text'] === 'plain')).toMatchObject({ partition: 2, key: null })
    expect(await receiveAll(topic, '--from', '2026-01-02T00:00:00Z')).toHaveLength(1)
    expect(await receiveAll(topic, '--from', 'latest')).toEqual([])
    expect((await run(on('receive', '--topic', topic, '--partition', '9', '--no-follow'))).stderr).toContain(
      'there is no partition 9',
    )
  })

  test('a literal and the file of a descriptor say their place', async () => {
    const topic = await kafka.topic('cli-place')
    const literal = `kafka:${bootstrap}/${topic}`
    await run(['send', '--topic', literal], { stdin: inputOf('one\n') })
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'streams'))
    const transport = { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic }
    writeFileSync(join(cwd, 'streams/t.json'), JSON.stringify({ transport }))
    expect((await run(['receive', '--topic', 'streams/t.json', '--no-follow'], { cwd })).stdout).toBe('one\n')
    expect((await run(['topic', 'list', literal, '--json'])).stdout).toContain(`"${topic}"`)
  })

  test('a group goes on where it stopped, and its lag is told with an exit status for scripts', async () => {
    const topic = await kafka.topic('cli-group', { partitions: 2 })
    const group = unique('group')
    await send(topic, Array.from({ length: 20 }, (_, i) => `${i}\n`).join(''))
    const seen: unknown[] = []
    for (const max of ['3', '10', '100']) seen.push(...(await receiveAll(topic, '--group', group, '--max', max)))
    expect(seen.map((record) => Number((record as { value: number }).value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    )
    await send(topic, 'x\ny\nz\n')
    const lag = await run(on('lag', '--group', group, '--json', '--max', '2'))
    expect(JSON.parse(lag.stdout)).toMatchObject({
      total: 3,
      partitions: [
        { topic, group },
        { topic, group },
      ],
    })
    expect(lag.status).toBe(3)
    expect((await run(on('lag', '--group', group, '--topic', topic, '--max', '3'))).status).toBe(0)
    expect((await run(on('topic', 'list', topic, '--json'))).stdout).toContain(`"${group}"`)
    expect((await run(on('lag', '--group', unique('none')))).stderr).toContain('has committed nothing')
  })

  test("the lag of an engine is told for its transports' own groups and partitions", async () => {
    const cwd = temporaryFolder()
    const topic = await kafka.topic('cli-engine-lag', { partitions: 3 })
    const group = unique('scoring')
    await send(topic, 'a\nb\nc\n', '--partition', '1')
    await send(topic, 'd\n', '--partition', '2')
    await receiveAll(topic, '--partition', '1', '--group', group, '--max', '2')
    const lagOf = (transport: object, ...args: string[]) => {
      const input = { transport: { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic, ...transport } }
      const engine = { name: unique('engine'), slots: { 0: input, 1: 'log:out' }, models: 'log:models' }
      writeFileSync(join(cwd, 'engine.json'), JSON.stringify(engine))
      return run(['lag', 'engine.json', '--json', ...args], { cwd })
    }
    const one = { group, topic, partition: 1, position: 2, end: 3, lag: 1 }
    expect(JSON.parse((await lagOf({ group, partition: 1 })).stdout)).toEqual({ total: 1, partitions: [one] })
    const all = JSON.parse((await lagOf({ group })).stdout)
    expect(all).toMatchObject({ total: 2, partitions: [{ partition: 0 }, one, { partition: 2, position: null }] })
    expect(JSON.parse((await lagOf({ group: 'other' }, '--group', group)).stdout)).toMatchObject({ total: 2 })
    const none = await lagOf({ group: '' }, '--max', '0')
    expect(none.status).toBe(1)
    expect(none.stdout).toContain('commits nothing')
  })

  test('following prints what comes in later and ends with the signal, or when it is idle', async () => {
    const topic = await kafka.topic('cli-follow', { partitions: 2 })
    const stop = new AbortController()
    const world = testWorld({ stop: stop.signal })
    const ended = runCommandLine(verbs, on('receive', '--topic', topic), world)
    await send(topic, 'first\n', '--partition', '0')
    await world.stdout.until('first\n')
    await send(topic, 'second\n', '--partition', '1')
    await world.stdout.until('second\n')
    stop.abort()
    expect(await ended).toBe(0)
    expect((await run(on('receive', '--topic', topic, '--max', '2'))).stdout.split('\n').sort()).toEqual([
      '',
      'first',
      'second',
    ])
  })

  test('what comes after a position that is not there yet is printed, and nothing before it', async () => {
    const topic = await kafka.topic('cli-beyond')
    await send(topic, 'old\n')
    const world = testWorld()
    const ended = runCommandLine(verbs, on('receive', '--topic', topic, '--from', '1042', '--idle-ms', '300'), world)
    expect(await ended).toBe(0)
    expect(world.stdout.text).toBe('')
  })

  test('dead letters are listed and go back as they came in, none twice', async () => {
    const [origin, letters] = [await kafka.topic('cli-origin', { partitions: 2 }), await kafka.topic('cli-letters')]
    for (const [i, code] of ['ENGINE_NO_MODEL', 'ENCODING_JSON_SYNTAX', 'ENGINE_NO_MODEL'].entries()) {
      const facts = {
        n: String(i),
        [deadLetterHeaders.code]: code,
        [deadLetterHeaders.reason]: 'a reason',
        [deadLetterHeaders.position]: `${origin}/1@${i}`,
        [deadLetterHeaders.timestampMs]: String(1_700_000_000_000 + i),
      }
      const headers = Object.entries(facts).flatMap(([name, value]) => ['--header', `${name}=${value}`])
      expect(encodeHeaders(Object.entries(facts)).length).toBeGreaterThan(0)
      await send(letters, `{"broken":${i}\n`, '--key', `k${i}`, ...headers)
    }
    const rows = JSON.parse((await run(on('dead-letters', 'list', letters, '--json'))).stdout)
    expect(rows).toMatchObject([{ position: `${origin}/1@0`, preview: '{"broken":0' }, {}, {}])
    const replay = (...args: string[]) => run(on('dead-letters', 'replay', letters, ...args))
    expect((await replay('--dry-run')).stdout).toBe(`3 records would be sent to ${origin}\n`)
    expect((await replay('--code', 'ENCODING_JSON_SYNTAX')).stdout).toBe(`1 record sent to ${origin}\n`)
    expect((await replay()).stdout).toBe(`2 records sent to ${origin}; 1 were replayed before\n`)
    expect((await replay()).stdout).toBe('0 records sent; 3 were replayed before\n')
    const sent = await receiveAll(origin)
    expect(sent.map(({ partition, key, headers, text }) => ({ partition, key, headers, text }))).toEqual(
      [1, 0, 2].map((i) => ({ partition: 1, key: `k${i}`, headers: { n: String(i) }, text: `{"broken":${i}` })),
    )
  })

  test('a model goes by its location, and publishing waits until the engine scores with it', {
    timeout: 120_000,
  }, async () => {
    const cwd = temporaryFolder()
    const [inputs, outputs] = [await kafka.topic('cli-place-in'), await kafka.topic('cli-place-out')]
    const models = await kafka.topic('cli-place-models', { configs: { 'cleanup.policy': 'compact' } })
    const pmml = new URL('../../examples/stream-processor/iris_model.0.1.pmml', import.meta.url)
    writeFileSync(join(cwd, 'tree.pmml'), readFileSync(pmml))
    const stream = (topic: string) => `kafka:${bootstrap}/${topic}`
    const name = unique('place')
    const slots = { 0: stream(inputs), 1: stream(outputs) }
    const engine = { name, slots, models: stream(models), http: { port: 0 } }
    writeFileSync(join(cwd, 'engine.json'), JSON.stringify(engine))
    const stop = new AbortController()
    const world = testWorld({ cwd, stop: stop.signal })
    const ended = runCommandLine(verbs, ['run', 'engine.json'], world)
    await Promise.race([world.stderr.until('serverStarted'), ended])
    const url = /http:\/\/[^"]+?:\d+/.exec(world.stderr.text)?.[0] ?? world.stderr.text
    const publish = ['model', 'publish', 'tree.pmml', '--engine', 'engine.json', '--version', '1', '--by-location']
    const published = await run([...publish, '--wait', '--url', url, '--json'], { cwd, fetch })
    expect(JSON.parse(published.stdout), world.stderr.text).toMatchObject({
      position: `${models}/0@0`,
      state: 'active',
    })
    await send(inputs, '{"sepal_length": 1.1, "sepal_width": 1.2, "petal_length": 1.3, "petal_width": 1.4}\n')
    const { stdout } = await run(on('receive', '--topic', outputs, '--max', '1'))
    expect(stdout, world.stderr.text).toBe('{"species":"setosa"}\n')
    stop.abort()
    expect(await ended).toBe(0)
    const again = await run(publish, { cwd })
    expect(again.stdout).toContain(`at ${models}/0@1`)
  })

  test('a model that no record can hold goes in parts, and an engine scores with it', {
    timeout: 120_000,
  }, async () => {
    const cwd = temporaryFolder()
    const [inputs, outputs] = [await kafka.topic('cli-big-in'), await kafka.topic('cli-big-out')]
    const models = await kafka.topic('cli-big-models', { configs: { 'cleanup.policy': 'compact' } })
    const name = unique('big')
    const pmml = readFileSync(new URL('../../examples/stream-processor/iris_model.0.1.pmml', import.meta.url), 'utf8')
    const padding = randomBytes(1_500_000).toString('hex')
    writeFileSync(join(cwd, 'big.pmml'), pmml.replace('<DataDictionary>', `<!-- ${padding} -->\n<DataDictionary>`))
    const stream = (topic: string) => `kafka:${bootstrap}/${topic}`
    const state = { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic: unique('state'), partitions: 1 }
    const engine = { name, slots: { 0: stream(inputs), 1: stream(outputs) }, models: stream(models), state }
    writeFileSync(join(cwd, 'engine.json'), JSON.stringify(engine))
    const published = await run(
      ['model', 'publish', 'big.pmml', '--engine', 'engine.json', '--version', '1', '--json'],
      { cwd },
    )
    expect(JSON.parse(published.stdout)).toMatchObject({ name: 'big', key: name, parts: 3, position: `${models}/0@3` })
    const records = await receiveAll(models)
    expect(records.map(({ key }) => key)).toEqual([0, 1, 2].map((i) => `${name}/big/1#${i}`).concat(`${name}/big/1`))

    const stop = new AbortController()
    const world = testWorld({ cwd, stop: stop.signal })
    const ended = runCommandLine(verbs, ['run', 'engine.json'], world)
    await send(inputs, '{"sepal_length": 1.1, "sepal_width": 1.2, "petal_length": 1.3, "petal_width": 1.4}\n')
    const { stdout } = await run(on('receive', '--topic', outputs, '--max', '1'))
    expect(stdout, world.stderr.text).toBe('{"species":"setosa"}\n')
    expect(JSON.parse((await run(['lag', 'engine.json', '--json'], { cwd })).stdout)).toMatchObject({ total: 0 })
    stop.abort()
    expect(await ended).toBe(0)

    await run(['model', 'retire', 'big@1', '--engine', 'engine.json', '--erase'], { cwd })
    const after = (await receiveAll(models)).slice(4)
    expect(after.map(({ key, value }) => [key, value])).toEqual([
      [`${name}/big/1#retire`, undefined],
      ...['', '#0', '#1', '#2'].map((end) => [`${name}/big/1${end}`, null]),
    ])
  })
})
