import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { jsonLines, run, testWorld } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A log with topic `t` that holds these values, in turn over its partitions. */
function folderWith(values: readonly (string | Uint8Array)[], partitions = 1): string {
  const cwd = temporaryFolder()
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  log.createTopic('t', { partitions })
  values.forEach((value, i) => {
    const headers = columnOf([encodeHeaders([['model', 'tree']])])
    const batch = framesOf(columnOf([Buffer.from(value as Uint8Array)]))
    log.append('t', i % partitions, { ...batch, keys: columnOf([Buffer.from('k')]), headers })
  })
  log.close()
  return cwd
}

const receive = (cwd: string, ...args: string[]) => run(['receive', '--topic', 't', '--no-follow', ...args], { cwd })

test('values are printed one a line, in order', async () => {
  expect(await receive(folderWith(['a', 'b', 'c']))).toEqual({ status: 0, stdout: 'a\nb\nc\n', stderr: '' })
})

test('a start and a number bound what is printed', async () => {
  const cwd = folderWith(Array.from({ length: 20 }, (_, i) => String(i)))
  expect((await receive(cwd, '--from', '5', '--max', '3')).stdout).toBe('5\n6\n7\n')
  expect((await receive(cwd, '--from', 'latest')).stdout).toBe('')
  expect((await receive(cwd, '--max', '0')).stdout).toBe('')
  expect((await receive(cwd, '--from', 'soon')).status).toBe(2)
})

test('a group goes on where it stopped, exactly, over all partitions', async () => {
  const all = Array.from({ length: 25 }, (_, i) => String(i))
  const cwd = folderWith(all, 3)
  const seen: string[] = []
  for (const max of [4, 7, 1, 100, 5]) {
    const { stdout } = await receive(cwd, '--group', 'script', '--max', String(max))
    seen.push(...stdout.split('\n').filter((line) => line !== ''))
  }
  expect(seen.sort()).toEqual(all.sort())
  expect((await receive(cwd, '--max', '100')).stdout.trim().split('\n')).toHaveLength(25)
})

test('with --json a record has its place, time, key, headers, and its value by form', async () => {
  const { stdout } = await receive(folderWith(['{"a":1}', 'text', new Uint8Array([0xff])]), '--json')
  const common = { topic: 't', partition: 0, key: 'k', headers: { model: 'tree' }, timestampMs: expect.any(Number) }
  expect(jsonLines(stdout)).toEqual([
    { ...common, position: 0, value: { a: 1 } },
    { ...common, position: 1, text: 'text' },
    { ...common, position: 2, base64: '/w==' },
  ])
})

test('headers stand before the value when asked for', async () => {
  expect((await receive(folderWith(['v']), '--headers')).stdout).toBe('t/0@0\tk\tmodel=tree\tv\n')
})

test('following prints what comes in later, from any partition, until it is stopped', async () => {
  const cwd = folderWith(['a'], 2)
  const stop = new AbortController()
  const world = testWorld({ cwd, stop: stop.signal })
  const ended = runCommandLine(verbs, ['receive', '--topic', 't'], world)
  await world.stdout.until('a\n')
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'), { isMaintained: false })
  log.append('t', 1, framesOf(columnOf([Buffer.from('late')])))
  await world.stdout.until('late\n')
  log.close()
  stop.abort()
  expect(await ended).toBe(0)
})

test('what could not be printed is not committed', async () => {
  const cwd = folderWith(['a'])
  const world = testWorld({ cwd })
  world.stdout.isClosed = true
  expect(await runCommandLine(verbs, ['receive', '--topic', 't', '--group', 'g', '--no-follow'], world)).toBe(0)
  expect((await receive(cwd, '--group', 'g')).stdout).toBe('a\n')
})

test('an unknown topic, or a partition that it has not, is an error', async () => {
  const cwd = folderWith(['a'])
  expect((await run(['receive', '--topic', 'tt'], { cwd })).stderr).toContain('did you mean "t"?')
  expect((await receive(cwd, '--partition', '3')).stderr).toContain('there is no partition 3')
})
