import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { run, testWorld } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

/** A folder with an engine file whose model doubles `x`. */
function folderWith(changes: Readonly<Record<string, unknown>>): string {
  const cwd = temporaryFolder()
  writeFileSync(
    join(cwd, 'rules.js'),
    `export const inputs = [{ name: 'x', dtype: 'float64' }]
export const outputs = [{ name: 'y', dtype: 'float64' }]
export const score = (record) => ({ y: record.x * 2 })`,
  )
  writeFileSync(join(cwd, 'in.jsonl'), '{"x":1}\nno\n{"x":3}\n')
  const document = {
    name: 'double',
    slots: { 0: 'file:in.jsonl', 1: 'file:out.jsonl' },
    models: [{ name: 'rules', version: '1', location: 'rules.js' }],
    versions: { allowCode: true },
    predictions: { stamp: 'none' },
    ...changes,
  }
  writeFileSync(join(cwd, 'engine.json'), JSON.stringify(document))
  return cwd
}

test('a file is scored to a file; the run ends with the input and prints its tally', async () => {
  const cwd = folderWith({})
  const { status, stdout, stderr } = await run(['run', 'engine.json', '--json'], { cwd })
  expect(status, stderr).toBe(0)
  const tally = { read: 3, predicted: 2, deadLettered: 1, dropped: 0, rejectedVersions: 0, restarts: 0 }
  expect(JSON.parse(stdout)).toMatchObject({ name: 'double', state: 'finished', ...tally })
  expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe('{"y":2}\n{"y":6}\n')
})

test('slots of the command line take the place of those of the file', async () => {
  const cwd = folderWith({})
  writeFileSync(join(cwd, 'other.jsonl'), '{"x":21}\n')
  const slots = ['--slot', '0=file:other.jsonl', '--slot', '1=file:other-out.jsonl']
  const { status, stderr } = await run(['run', 'engine.json', ...slots], { cwd })
  expect(status, stderr).toBe(0)
  expect(readFileSync(join(cwd, 'other-out.jsonl'), 'utf8')).toBe('{"y":42}\n')
})

test('the first stop drains: what was read is committed, and the next run goes on from there', async () => {
  const cwd = folderWith({ slots: { 0: 'log:in', 1: 'log:out' } })
  const send = async (line: string) => run(['send', '--topic', 'in', '--create', '--file', line], { cwd })
  for (const trial of [1, 2]) {
    writeFileSync(join(cwd, 'line'), `{"x":${trial}}\n`)
    await send('line')
    const stop = new AbortController()
    const world = testWorld({ cwd, stop: stop.signal })
    const ended = runCommandLine(verbs, ['run', 'engine.json', '--json'], world)
    // Follows the output: the record has been scored and committed when it is there.
    const received = run(['receive', '--topic', 'out', '--group', 'g', '--max', '1'], { cwd: await madeTopic(cwd) })
    await Promise.race([received, ended])
    stop.abort()
    expect(await ended, world.stderr.text).toBe(0)
    expect(JSON.parse(world.stdout.text)).toMatchObject({ state: 'stopped', read: 1, predicted: 1 })
    expect(world.stderr.text).toContain('draining')
  }
  const { stdout } = await run(['receive', '--topic', 'out', '--no-follow'], { cwd })
  expect(stdout).toBe('{"y":2}\n{"y":4}\n')
})

test('the second stop does not wait for the engine, and the status is 130', async () => {
  const stop = new AbortController()
  const stopNow = new AbortController()
  const world = testWorld({
    cwd: folderWith({ slots: { 0: 'log:in', 1: 'log:out' } }),
    stop: stop.signal,
    stopNow: stopNow.signal,
  })
  const ended = runCommandLine(verbs, ['run', 'engine.json'], world)
  await Promise.race([world.stderr.until('runs with'), ended])
  stopNow.abort()
  expect(await ended, world.stderr.text).toBe(130)
  expect(world.stdout.text).toMatch(/^double \w+: 0 read/)
})

async function madeTopic(cwd: string): Promise<string> {
  await run(['topic', 'create', 'out'], { cwd })
  return cwd
}

test('faults of the engine file come with line and column, before anything starts', async () => {
  const cwd = folderWith({})
  writeFileSync(join(cwd, 'bad.yaml'), 'name: x\nslots: {0: "file:in.jsonl"}\nthread: 2\n')
  const { status, stderr } = await run(['run', 'bad.yaml'], { cwd })
  expect(status).toBe(1)
  expect(stderr).toBe('bad.yaml:3:1: unknown option "thread"; did you mean "threads"?\n')
  expect((await run(['run', 'none.yaml'], { cwd })).stderr).toContain('cannot read none.yaml: there is no such file')
  expect((await run(['run', 'engine.json', '--slot', 'x'], { cwd })).status).toBe(2)
})

test('a process drains at the first signal and ends with status 0', async () => {
  const cwd = folderWith({ slots: { 0: 'log:in', 1: 'log:out' } })
  const child = spawn(process.execPath, [main, 'run', 'engine.json'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (data) => (output[name] += String(data)))
  await until(child.stderr, () => output.stderr.includes('runs with'))
  child.kill('SIGINT')
  const status = await new Promise((resolve) => child.once('close', resolve))
  expect(status).toBe(0)
  expect(output.stdout).toContain('double stopped: 0 read = 0 predicted')
})

function until(stream: NodeJS.ReadableStream, isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', () => isReached() && resolve())
    stream.once('close', () => resolve())
  })
}

test('a start that takes long says what it waits for', async () => {
  const cwd = folderWith({ versions: { allowCode: true, loadTimeoutMs: 1_000 } })
  writeFileSync(join(cwd, 'rules.js'), 'for (;;);')
  let hurried = 0
  const clock = {
    ...systemClock,
    sleep: (delayMs: number, signal?: AbortSignal) =>
      systemClock.sleep(delayMs === 10_000 && hurried++ < 2 ? 1 : delayMs, signal),
  }
  const { status, stderr } = await run(['run', 'engine.json'], { cwd, clock })
  expect(status).toBe(1)
  expect(stderr).toContain('starting for 20 s: checkpoints, streams or models are not ready yet')
})

test('a drain that takes long says so', async () => {
  const stop = new AbortController()
  let isHurried = true
  const sleep = (delayMs: number, signal?: AbortSignal) => {
    if (delayMs !== 10_000 || !stop.signal.aborted || !isHurried) return systemClock.sleep(delayMs, signal)
    isHurried = false
    return Promise.resolve()
  }
  const cwd = folderWith({ slots: { 0: 'log:in', 1: 'log:out' } })
  const world = testWorld({ cwd, stop: stop.signal, clock: { ...systemClock, sleep } })
  const ended = runCommandLine(verbs, ['run', 'engine.json'], world)
  await Promise.race([world.stderr.until('runs with'), ended])
  stop.abort()
  expect(await ended, world.stderr.text).toBe(0)
  expect(world.stderr.text).toContain('draining for 10 s: what was read is not committed yet; the next run')
})

test('the first stop ends a start that waits for a cluster that is away', async () => {
  const port = await closedPort()
  const cwd = folderWith({ slots: { 0: `kafka:127.0.0.1:${port}/in`, 1: 'file:out.jsonl' } })
  const child = spawn(process.execPath, [main, 'run', 'engine.json'], { cwd })
  let stdout = ''
  child.stdout.on('data', (data) => (stdout += String(data)))
  child.stderr.once('data', () => child.kill('SIGINT'))
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  expect(stdout).toContain('0 read')
}, 30_000)

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
