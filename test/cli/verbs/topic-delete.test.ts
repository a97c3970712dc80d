import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('topics are removed only when that is confirmed, and what would be lost is told', async () => {
  const cwd = temporaryFolder()
  await run(['send', '--topic', 'a', '--create'], { cwd, stdin: inputOf('x\ny\n') })
  const asked = await run(['topic', 'delete', 'a'], { cwd })
  expect(asked).toMatchObject({ status: 1, stdout: '' })
  expect(asked.stderr).toContain('this removes a (2 records); say --yes to do it')
  expect((await run(['topic', 'list', '--json'], { cwd })).stdout).toContain('"a"')
  expect(await run(['topic', 'delete', 'a', '--yes'], { cwd })).toMatchObject({
    status: 0,
    stdout: 'a (2 records) is removed\n',
  })
  expect((await run(['topic', 'list', '--json'], { cwd })).stdout).toBe('[]\n')
})

test('a topic that is not there is an error that names the closest', async () => {
  const cwd = temporaryFolder()
  await run(['topic', 'create', 'orders'], { cwd })
  expect((await run(['topic', 'delete', 'order', '--yes'], { cwd })).stderr).toContain('did you mean "orders"')
})
