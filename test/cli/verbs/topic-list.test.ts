import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('every partition is listed with its ends and the groups that read it', async () => {
  const cwd = temporaryFolder()
  await run(['topic', 'create', 'a', '--partitions', '2'], { cwd })
  await run(['send', '--topic', 'a', '--partition', '1'], { cwd, stdin: inputOf('x\ny\nz\n') })
  await run(['receive', '--topic', 'a', '--group', 'g', '--max', '2', '--no-follow'], { cwd })
  const { stdout } = await run(['topic', 'list', '--json'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject([
    {
      name: 'a',
      partitions: [
        { partition: 0, start: 0, end: 0, groups: [] },
        { partition: 1, start: 0, end: 3, groups: [{ group: 'g', position: 2, lag: 1 }] },
      ],
    },
  ])
  const lines = (await run(['topic', 'list'], { cwd })).stdout.split('\n')
  expect(lines[0]).toBe('TOPIC\tPARTITION\tSTART\tEND\tRECORDS\tGROUPS')
  expect(lines[2]).toBe('a\t1\t0\t3\t3\tg@2 (lag 1)')
})

test('a log that is not there is an error', async () => {
  const { status, stderr } = await run(['topic', 'list', '--path', 'none.db'], { cwd: temporaryFolder() })
  expect(status).toBe(1)
  expect(stderr).toContain('there is no log at none.db')
})
