import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Topic `t` with three records on partition 0 and one on partition 1, of which group `g` has done two. */
async function folder(): Promise<string> {
  const cwd = temporaryFolder()
  await run(['topic', 'create', 't', '--partitions', '2'], { cwd })
  await run(['send', '--topic', 't', '--partition', '0'], { cwd, stdin: inputOf('a\nb\nc\n') })
  await run(['send', '--topic', 't', '--partition', '1'], { cwd, stdin: inputOf('d\n') })
  await run(['receive', '--topic', 't', '--partition', '0', '--group', 'g', '--max', '2', '--no-follow'], { cwd })
  return cwd
}

test('lag is told by partition and in total; what a group never read counts', async () => {
  const cwd = await folder()
  const { stdout } = await run(['lag', '--group', 'g', '--json'], { cwd })
  expect(JSON.parse(stdout)).toEqual({
    total: 2,
    partitions: [
      { group: 'g', topic: 't', partition: 0, position: 2, end: 3, lag: 1 },
      { group: 'g', topic: 't', partition: 1, position: null, end: 1, lag: 1 },
    ],
  })
  const plain = await run(['lag', '--group', 'g', '--topic', 't'], { cwd })
  expect(plain.stdout.split('\n')[1]).toBe('g\tt\t0\t2\t3\t1')
  expect(plain.stderr).toBe('lag in total: 2\n')
})

test('the exit status says whether the lag is within --max', async () => {
  const cwd = await folder()
  expect((await run(['lag', '--group', 'g', '--max', '2'], { cwd })).status).toBe(0)
  expect((await run(['lag', '--group', 'g', '--max', '1'], { cwd })).status).toBe(3)
})

test('an engine file says the streams and the group', async () => {
  const cwd = await folder()
  writeFileSync(join(cwd, 'engine.yaml'), 'name: g\nslots: { 0: log:t, 1: log:out }\nmodels: log:models\n')
  expect(JSON.parse((await run(['lag', 'engine.yaml', '--json'], { cwd })).stdout)).toMatchObject({ total: 2 })
  writeFileSync(join(cwd, 'rest.yaml'), "name: g\nslots: { 0: 'rest:', 1: log:out }\nmodels: log:models\n")
  expect((await run(['lag', 'rest.yaml'], { cwd })).stderr).toContain('has no topics')
})

test('a group that nobody knows is an error, and so is none', async () => {
  const cwd = await folder()
  const { status, stderr } = await run(['lag', '--group', 'other'], { cwd })
  expect(status).toBe(1)
  expect(stderr).toContain('consumer group "other" has committed nothing in data/millrace.db')
  expect((await run(['lag'], { cwd })).status).toBe(2)
})
