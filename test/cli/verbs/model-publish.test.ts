import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { recordForm } from '../../../src/cli/record-encoding.ts'
import { readModelMessage } from '../../../src/engine/model-message.ts'
import type { RecordValue } from '../../../src/schema/value.ts'
import { jsonLines, run, testWorld } from '../../support/command-line.ts'
import { engineFolder, timesSource } from '../../support/engine-folder.ts'

const digest = createHash('sha256').update(timesSource(2)).digest('hex')

async function published(cwd: string, ...args: string[]): Promise<RecordValue> {
  const ended = await run(['model', 'publish', 'rules.js', '--encoding', 'json', ...args], { cwd })
  expect(ended).toMatchObject({ status: 0, stderr: '' })
  const { stdout } = await run(['receive', '--topic', 'models', '--no-follow', '--json'], { cwd })
  return (jsonLines(stdout).at(-1) as { value: RecordValue }).value
}

test('the message carries the file, its digest and its format, and is one that an engine takes', async () => {
  const command = readModelMessage(await published(engineFolder(), '--key', 'k'), 'x')
  expect(command).toMatchObject({
    action: 'activate',
    key: 'k',
    model: 'rules',
    version: digest.slice(0, 12),
    format: 'javascript',
    digest,
  })
  expect(Buffer.from(command.data as Uint8Array).toString()).toBe(timesSource(2))
})

test('name, version, action, time, description and options are those of the command line', async () => {
  const flags = ['--name', 'n', '--version', '7', '--action', 'shadow', '--description', 'd']
  const times = ['--effective-from', '2026-01-01T00:00:00Z', '--options', '{"timeoutMs":5}']
  const command = readModelMessage(await published(engineFolder(), '--key', 'k', ...flags, ...times), 'x')
  expect(command).toMatchObject({
    model: 'n',
    version: '7',
    action: 'shadow',
    description: 'd',
    options: { timeoutMs: 5 },
  })
  expect(command.effectiveFromMs).toBe(Date.UTC(2026, 0, 1))
})

test('by location only the path is sent', async () => {
  const cwd = engineFolder()
  const { data, location } = readModelMessage(await published(cwd, '--key', 'k', '--by-location'), 'x')
  expect({ data, location }).toEqual({ data: null, location: join(cwd, 'rules.js') })
})

test('the size of a message is that of its bytes, not of its characters', async () => {
  const args = ['--key', 'k', '--max-message-bytes', '10000', '--json', '--description', '目'.repeat(3_000)]
  const cwd = engineFolder()
  await run(['topic', 'create', 'models'], { cwd })
  const { stdout } = await run(['model', 'publish', 'rules.js', ...args], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({ parts: 1, position: 'models/0@1' })
})

test('rows to verify it with go along', async () => {
  const cwd = engineFolder()
  const row = { input: { x: 1 }, expected: { y: 2 } }
  writeFileSync(join(cwd, 'rows.jsonl'), `${JSON.stringify(row)}\n`)
  expect(readModelMessage(await published(cwd, '--key', 'k', '--verify', 'rows.jsonl'), 'x').verification).toEqual([
    row,
  ])
})

test('the engine file gives key and stream', async () => {
  expect(await published(engineFolder(), '--engine', 'engine.json')).toMatchObject({ dataType: 'double' })
})

test('faults: no key, no format, a large file by value, a wrong time', async () => {
  const cwd = engineFolder()
  const publish = (...args: string[]) => run(['model', 'publish', ...args, '--encoding', 'json'], { cwd })
  expect(await publish('rules.js')).toMatchObject({ status: 2 })
  writeFileSync(join(cwd, 'model.what'), 'x')
  expect((await publish('model.what', '--key', 'k')).stderr).toContain('say it with --format')
  expect((await publish('rules.js', '--key', 'k', '--effective-from', 'soon')).status).toBe(2)
  writeFileSync(join(cwd, 'large.js'), Buffer.alloc(17 * 1024 * 1024, 0x20))
  expect((await publish('large.js', '--key', 'k')).stderr).toContain('--by-location')
  expect((await publish('none.js', '--key', 'k')).stderr).toContain('cannot read none.js')
})

test('in protobuf the message says the same', async () => {
  const cwd = engineFolder()
  const proto = fileURLToPath(new URL('../../../proto/model.proto', import.meta.url))
  const row = { input: { x: 1 }, expected: { y: 2 } }
  writeFileSync(join(cwd, 'rows.jsonl'), `${JSON.stringify(row)}\n`)
  const flags = ['--key', 'k', '--version', '7', '--action', 'publish', '--effective-from', '1700000000000']
  const more = ['--options', '{"timeoutMs":5}', '--verify', 'rows.jsonl']
  const ended = await run(['model', 'publish', 'rules.js', ...flags, ...more], { cwd })
  expect(ended).toMatchObject({ status: 0, stderr: '' })
  const form = await recordForm(testWorld({ cwd }), { type: 'protobuf', file: proto, message: 'ModelMessage' })
  const received = await run(['receive', '--topic', 'models', '--no-follow', '--json'], { cwd })
  const { base64 } = jsonLines(received.stdout)[0] as { base64: string }
  const command = readModelMessage(form?.valueOf(Buffer.from(base64, 'base64')), 'x')
  expect(command).toMatchObject({
    action: 'publish',
    key: 'k',
    model: 'rules',
    version: '7',
    digest,
    format: 'javascript',
  })
  expect(command).toMatchObject({ effectiveFromMs: 1_700_000_000_000, options: { timeoutMs: 5 }, verification: [row] })
  expect(Buffer.from(command.data as Uint8Array).toString()).toBe(timesSource(2))
})
