import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { bytesAt } from '../../../src/core/bytes.ts'
import { headerText } from '../../../src/core/headers.ts'
import { inputOf, run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Values, keys and headers of a topic's partitions. */
function contentOf(cwd: string, topic: string) {
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  try {
    return Array.from({ length: log.topic(topic)?.partitions ?? 0 }, (_, partition) => {
      const batch = log.read(topic, partition, 0, 100_000)
      const text = (column: typeof batch.keys, i: number) => {
        const bytes = column && bytesAt(column, i)
        return bytes ? Buffer.from(bytes).toString() : null
      }
      return Array.from({ length: batch.length }, (_, i) => ({
        value: text(batch.values, i),
        key: text(batch.keys, i),
        header: headerText(batch.headers, i, 'h'),
      }))
    })
  } finally {
    log.close()
  }
}

const send = (cwd: string, input: string, ...args: string[]) =>
  run(['send', '--topic', 't', ...args], { cwd, stdin: inputOf(input) })

test('every line is one record, in order, without its line end', async () => {
  const cwd = temporaryFolder()
  const { status, stderr } = await send(cwd, 'one\r\ntwo\n\nlast', '--create')
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'sent 4 records to t\n' })
  expect(
    contentOf(cwd, 't')
      .flat()
      .map((r) => r.value),
  ).toEqual(['one', 'two', '', 'last'])
})

test('a topic that is not there is an error that names the closest one, unless it is to be made', async () => {
  const cwd = temporaryFolder()
  expect((await send(cwd, 'x')).stderr).toContain('there is no log at data/millrace.db')
  await run(['topic', 'create', 'orders'], { cwd })
  const { status, stderr } = await run(['send', '--topic', 'order'], { cwd, stdin: inputOf('x') })
  expect(status).toBe(1)
  expect(stderr).toContain('has no topic "order"; did you mean "orders"?')
})

describe('partitions', () => {
  test('records take turns without a key', async () => {
    const cwd = temporaryFolder()
    await run(['topic', 'create', 't', '--partitions', '2'], { cwd })
    await send(cwd, '0\n1\n2\n3\n')
    expect(contentOf(cwd, 't').map((rows) => rows.map((r) => r.value))).toEqual([
      ['0', '2'],
      ['1', '3'],
    ])
  })

  test('records of one key are in one partition, in order', async () => {
    const cwd = temporaryFolder()
    await run(['topic', 'create', 't', '--partitions', '3'], { cwd })
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ k: i % 7, i }))
    await send(cwd, lines.join('\n'), '--key-field', 'k')
    const partitions = contentOf(cwd, 't')
    for (let key = 0; key < 7; key++) {
      const holders = partitions.filter((rows) => rows.some((r) => r.key === String(key)))
      expect(holders).toHaveLength(1)
      const order = holders
        .flat()
        .filter((r) => r.key === String(key))
        .map((r) => JSON.parse(r.value as string).i)
      expect(order).toEqual(lines.map((_, i) => i).filter((i) => i % 7 === key))
    }
  })

  test('a partition that the topic does not have is an error', async () => {
    const cwd = temporaryFolder()
    expect((await send(cwd, 'x', '--create', '--partition', '5')).stderr).toContain('there is no partition 5')
  })
})

test('keys and headers of the command line are those of every record', async () => {
  const cwd = temporaryFolder()
  await send(cwd, 'a\nb', '--create', '--key', 'k', '--header', 'h=1=2')
  expect(contentOf(cwd, 't').flat()).toEqual([
    { value: 'a', key: 'k', header: '1=2' },
    { value: 'b', key: 'k', header: '1=2' },
  ])
})

test('a line without its key, or that is not JSON, names the line', async () => {
  const cwd = temporaryFolder()
  const missing = await send(cwd, '{"k":1}\n{"j":1}\n', '--create', '--key-field', 'k')
  expect(missing).toMatchObject({ status: 1, stderr: 'millrace: line 2: it has no field "k" for the key\n' })
  expect((await send(cwd, 'oops\n', '--key-field', 'k')).stderr).toContain('line 1: "oops" is not JSON')
})

test('a file is sent whole, and with --json the tally is an object', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'in.txt'), 'x'.repeat(9).concat('\n').repeat(50_000))
  const { stdout } = await run(['send', '--topic', 't', '--create', '--file', 'in.txt', '--json'], { cwd })
  expect(JSON.parse(stdout)).toEqual({ topic: 't', records: 50_000, bytes: 450_000 })
  expect(contentOf(cwd, 't').flat()).toHaveLength(50_000)
})

test('with an encoding, lines of JSON become records of that encoding', async () => {
  const cwd = temporaryFolder()
  await send(cwd, '{ "a" : 1 }\n', '--create', '--encoding', 'json')
  expect(contentOf(cwd, 't').flat()[0]?.value).toBe('{"a":1}')
  const { stderr } = await send(cwd, '{"a":1}\n', '--encoding', 'jsn')
  expect(stderr).toContain('no encoding is named "jsn"; did you mean "json"?')
})

test('a stop ends an endless input; what was sent stays', async () => {
  const cwd = temporaryFolder()
  const stop = new AbortController()
  async function* endless() {
    yield Buffer.from('a\n')
    stop.abort()
    await new Promise<never>(() => {})
  }
  const args = ['send', '--topic', 't', '--create']
  const { status, stderr } = await run(args, { cwd, stdin: endless(), stop: stop.signal })
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'millrace: stopped before the end: 1 records are in t\n' })
  expect(contentOf(cwd, 't').flat()).toHaveLength(1)
})
