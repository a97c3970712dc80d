import { expect, test } from 'vitest'
import { run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

interface Listed {
  readonly name: string
  readonly partitions: readonly unknown[]
  readonly retentionMs: number | null
  readonly isCompacted: boolean
}

async function topics(cwd: string): Promise<Listed[]> {
  return JSON.parse((await run(['topic', 'list', '--json'], { cwd })).stdout) as Listed[]
}

test('a topic has the settings of the command line', async () => {
  const cwd = temporaryFolder()
  const args = ['topic', 'create', 'a', '--partitions', '3', '--retention-hours', '0.5', '--compact']
  expect(await run(args, { cwd })).toEqual({ status: 0, stdout: 'a (3 partitions)\n', stderr: '' })
  expect(await topics(cwd)).toMatchObject([{ name: 'a', retentionMs: 1_800_000, isCompacted: true }])
  expect((await topics(cwd))[0]?.partitions).toHaveLength(3)
})

test('made again, it keeps what is not given', async () => {
  const cwd = temporaryFolder()
  await run(['topic', 'create', 'a', '--retention-hours', '1'], { cwd })
  await run(['topic', 'create', 'a'], { cwd })
  expect(await topics(cwd)).toMatchObject([{ retentionMs: 3_600_000 }])
  expect((await run(['topic', 'create', 'a', '--partitions', '2'], { cwd })).stderr).toContain(
    'has 1 partitions, not 2',
  )
})

test("a model gets the three topics of the seed's naming rule", async () => {
  const cwd = temporaryFolder()
  await run(['topic', 'create', '--model', 'iris_model', '--version', '0.1'], { cwd })
  expect((await topics(cwd)).map((topic) => topic.name)).toEqual([
    'model_stream_processor.iris_model.0.1.errors',
    'model_stream_processor.iris_model.0.1.inputs',
    'model_stream_processor.iris_model.0.1.outputs',
  ])
  await run(['topic', 'create', '--model', 'm', '--version', '2.0', '--app', 'x'], { cwd })
  expect((await topics(cwd)).map((topic) => topic.name)).toContain('x.m.2.0.inputs')
})

test('a name or a model is needed, not both, and a version has two numbers', async () => {
  const cwd = temporaryFolder()
  expect((await run(['topic', 'create'], { cwd })).status).toBe(2)
  expect((await run(['topic', 'create', 'a', '--model', 'm'], { cwd })).status).toBe(2)
  expect((await run(['topic', 'create', '--model', 'm', '--version', '1'], { cwd })).status).toBe(2)
})
