import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { deadLetters } from '../../../src/streams/dead-letter.ts'
import { run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Topic `d` with one dead letter per value, the i-th without model i. */
function folderWith(values: readonly string[], carriesHeaders: boolean): string {
  const cwd = temporaryFolder()
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  log.createTopic('d')
  const batch = framesOf(columnOf(values.map((value) => Buffer.from(value))), 40)
  const errors = new Map(
    values.map((_, i) => [i, new MillraceError('ENGINE_NO_MODEL', { position: `t/0@${40 + i}`, key: 'k' })]),
  )
  const origin = { stream: 't', partition: 0, modelOf: (i: number) => (i === 0 ? 'tree@1' : null) }
  log.append('d', 0, deadLetters(batch, errors, origin, 1_700_000_000_000, { carriesHeaders, maxRecordBytes: null }))
  log.close()
  return cwd
}

test.each([true, false])(
  'a dead letter is shown with its reason and origin, in either form (headers: %s)',
  async (carries) => {
    const cwd = folderWith(['{"a":1}', 'b\u001b[2J'], carries)
    const { stdout } = await run(['dead-letters', 'd', '--json'], { cwd })
    expect(JSON.parse(stdout)).toMatchObject([
      { at: 'd/0@0', position: 't/0@40', code: 'ENGINE_NO_MODEL', model: 'tree@1', preview: '{"a":1}' },
      { at: 'd/0@1', position: 't/0@41', model: null, base64: Buffer.from('b\u001b[2J').toString('base64') },
    ])
    const plain = (await run(['dead-letters', 'd'], { cwd })).stdout
    expect(plain).toContain('2023-11-14T22:13:20.000Z')
    expect(plain).not.toContain('\u001b')
  },
)

test('the newest are shown, and only those of a code', async () => {
  const cwd = folderWith(['a', 'b', 'c', 'd'], true)
  const newest = JSON.parse((await run(['dead-letters', 'd', '--json', '--max', '2'], { cwd })).stdout)
  expect(newest.map((row: { preview: string }) => row.preview)).toEqual(['c', 'd'])
  expect((await run(['dead-letters', 'd', '--json', '--code', 'OTHER'], { cwd })).stdout).toBe('[]\n')
})

test('a record that is no dead letter is shown as that', async () => {
  const cwd = temporaryFolder()
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  log.createTopic('d')
  log.append('d', 0, framesOf(columnOf([Buffer.from('x'.repeat(200))])))
  log.close()
  const [row] = JSON.parse((await run(['dead-letters', 'd', '--json'], { cwd })).stdout)
  expect(row).toMatchObject({ code: 'STREAM_DEAD_LETTER_WRONG' })
  expect(row.preview.length).toBeLessThan(70)
})
