import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('a literal is spelled out with every default, and the result means the same', async () => {
  const cwd = temporaryFolder()
  const { stdout } = await run(['stream', 'show', 'log:orders'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'orders',
    transport: { type: 'log', topic: 'orders' },
    lingerMs: 3000,
  })
  writeFileSync(join(cwd, 's.json'), stdout)
  expect((await run(['stream', 'show', 's.json'], { cwd })).stdout).toBe(stdout)
})

test("FastScore's spelling is read and written", async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 's.json'), '{"Transport": {"Type": "inline", "Data": ["1"]}, "Encoding": "json"}')
  const { stdout } = await run(['stream', 'show', 's.json', '--spelling', 'fastscore', '--json'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({
    transport: { type: 'inline', data: ['1'] },
    encoding: 'json',
    linger_time: 3000,
  })
})

test('faults are errors with their place', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 's.yaml'), 'transport: {type: log}\n')
  const { status, stderr } = await run(['stream', 'show', 's.yaml'], { cwd })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^s\.yaml:1:\d+: /)
})
