import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { existingTopic, withLog } from '../../src/cli/log-file.ts'
import { testWorld } from '../support/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a log that is not there is an error, and is not made by looking', async () => {
  const cwd = temporaryFolder()
  await expect(withLog(testWorld({ cwd }), 'a/b.db', false, () => 1)).rejects.toThrow('there is no log at a/b.db')
  expect(existsSync(join(cwd, 'a'))).toBe(false)
})

test('the log is closed after the work, also when that fails, and topics are found or hinted at', async () => {
  const world = testWorld({ cwd: temporaryFolder() })
  const log = await withLog(world, 'a.db', true, (open) => {
    open.createTopic('iris', { partitions: 3 })
    expect(existingTopic(open, 'iris').partitions).toBe(3)
    expect(() => existingTopic(open, 'irs')).toThrow('did you mean "iris"?')
    return open
  })
  expect(() => log.topics()).toThrow('closed')
  await expect(withLog(world, 'a.db', false, () => Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError)
})
