import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { deadLetters } from '../../../src/streams/dead-letter.ts'
import { inputOf, jsonLines, run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Topic `t` of two partitions, and topic `d` with a dead letter per value: from partition 1, with key and headers. */
function folderWith(
  values: readonly (string | Uint8Array)[],
  carriesHeaders = true,
  maxRecordBytes: number | null = null,
): string {
  const cwd = temporaryFolder()
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  log.createTopic('t', { partitions: 2 })
  log.createTopic('d')
  const batch = {
    ...framesOf(columnOf(values.map((value) => Buffer.from(value as Uint8Array)))),
    keys: columnOf(values.map((_, i) => Buffer.from(`k${i}`))),
    timestampsMs: Float64Array.from(values, (_, i) => 1_600_000_000_000 + i),
    headers: columnOf(
      values.map((_, i) =>
        encodeHeaders([
          ['n', String(i)],
          ['m', 'x'],
          ['m', 'y'],
        ]),
      ),
    ),
  }
  const errors = new Map(
    values.map((_, i) => [
      i,
      new MillraceError(i % 2 === 0 ? 'ENGINE_NO_MODEL' : 'ENCODING_NULL_RECORD', { position: '', key: '' } as never),
    ]),
  )
  const origin = { stream: 't', partition: 1, modelOf: () => 'tree@1' }
  log.append('d', 0, deadLetters(batch, errors, origin, 1_700_000_000_000, { carriesHeaders, maxRecordBytes }))
  log.close()
  return cwd
}

const replay = (cwd: string, ...args: string[]) => run(['dead-letters', 'replay', 'd', ...args], { cwd })

async function records(cwd: string, topic = 't') {
  const { stdout } = await run(['receive', '--topic', topic, '--no-follow', '--json'], { cwd })
  return jsonLines(stdout) as Record<string, unknown>[]
}

test.each([true, false])(
  'records go back as they were, to the partition they came from (headers: %s)',
  async (carries) => {
    const cwd = folderWith(['{"a":1', new Uint8Array([0xff, 0])], carries)
    expect((await replay(cwd)).stdout).toBe('2 records sent to t\n')
    expect(await records(cwd)).toMatchObject([
      { partition: 1, key: 'k0', headers: { n: '0', m: 'y' }, text: '{"a":1', timestampMs: 1_600_000_000_000 },
      { partition: 1, key: 'k1', headers: { n: '1', m: 'y' }, base64: '/wA=', timestampMs: 1_600_000_000_001 },
    ])
    expect(Object.keys((await records(cwd))[0]?.['headers'] as object)).toEqual(['n', 'm'])
  },
)

test('what was replayed is not replayed twice, whatever the filter, unless it is asked for', async () => {
  const cwd = folderWith(['a', 'b', 'c', 'd'])
  expect((await replay(cwd, '--code', 'ENGINE_NO_MODEL', '--max', '1')).stdout).toBe('1 record sent to t\n')
  expect((await replay(cwd, '--code', 'ENGINE_NO_MODEL')).stdout).toBe('1 record sent to t; 1 were replayed before\n')
  expect((await replay(cwd)).stdout).toBe('2 records sent to t; 2 were replayed before\n')
  expect((await replay(cwd)).stdout).toBe('0 records sent; 4 were replayed before\n')
  expect((await records(cwd)).map((record) => record['text'])).toEqual(['a', 'c', 'b', 'd'])
  expect((await replay(cwd, '--again')).stdout).toBe('4 records sent to t\n')
})

test('a dry run sends nothing and notes nothing', async () => {
  const cwd = folderWith(['a', 'b'])
  expect((await replay(cwd, '--dry-run')).stdout).toBe('2 records would be sent to t\n')
  expect(await records(cwd)).toEqual([])
  expect((await replay(cwd)).stdout).toBe('2 records sent to t\n')
})

test('another topic takes them by their keys, in another log too', async () => {
  const cwd = folderWith(['a', 'b', 'c'])
  await run(['topic', 'create', 'u', '--partitions', '3'], { cwd })
  expect((await replay(cwd, '--to', 'u')).stdout).toBe('3 records sent to u\n')
  expect((await records(cwd, 'u')).map((record) => record['text']).sort()).toEqual(['a', 'b', 'c'])
  await run(['topic', 'create', 'log:v@other.db'], { cwd })
  expect((await replay(cwd, '--to', 'log:v@other.db', '--again')).stdout).toBe('3 records sent to v\n')
  expect(await records(cwd, 'log:v@other.db')).toHaveLength(3)
})

test('a stream that is no topic here is an error that says what to do, and what is no dead letter is counted', async () => {
  const cwd = folderWith(['a'])
  expect((await run(['topic', 'delete', 't', '--yes'], { cwd })).status).toBe(0)
  expect((await replay(cwd)).stderr).toContain('records that came from stream "t" have nowhere to go')
  await run(['send', '--topic', 'd'], { cwd, stdin: inputOf('no letter\n') })
  await run(['topic', 'create', 'u'], { cwd })
  expect((await replay(cwd, '--to', 'u')).stdout).toBe('1 record sent to u; 1 are no dead letters\n')
})

test('a letter that holds only a part of its record is not sent', async () => {
  const cwd = folderWith(['a', 'b'.repeat(1_000)], true, 500)
  expect((await replay(cwd)).stdout).toBe('1 record sent to t; 1 hold only a part of a record that was too large\n')
  expect((await records(cwd)).map((record) => record['text'])).toEqual(['a'])
})
