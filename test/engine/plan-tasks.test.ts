import { expect, test } from 'vitest'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { registry } from '../../src/components.ts'
import { planTasks } from '../../src/engine/plan-tasks.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('every partition of every input is a task; their ranks number them all', async () => {
  const folder = temporaryFolder()
  const path = `${folder}/log.db`
  const log = EmbeddedLog.open(path)
  log.createTopic('a', { partitions: 2 })
  log.createTopic('b', { partitions: 3 })
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
  const document = { name: 'e', slots: { 2: stream('b'), 0: stream('a'), 4: 'inline:1,2', 1: 'discard:' } }
  const plan = planEngine(document, { document: null, source: 'test', baseFolder: folder }, registry)
  const tasks = await planTasks(plan, registry)
  expect(tasks.map((task) => task.name)).toEqual(['0/0', '0/1', '2/0', '2/1', '2/2', '4/0'])
  expect(tasks.map((task) => task.rank)).toEqual([0, 1, 2, 3, 4, 5])
  expect(tasks[4]).toEqual({ name: '2/2', slot: 2, partition: 2, rank: 4 })
  log.close()
})
