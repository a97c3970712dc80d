import { expect, test } from 'vitest'
import type { Tally } from '../../../src/cli/demo/auditor.ts'
import { run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('the demo ends by itself with a tally that balances over more than twenty swaps, broken models among the rejected', async () => {
  const cwd = temporaryFolder()
  const args = ['demo', '--seconds', '8', '--rate', '3000', '--swap-ms', '150', '--json', '--quiet']
  const { status, stdout } = await run(args, { cwd })
  const tally = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Tally
  expect(status).toBe(0)
  expect(tally).toMatchObject({ lost: 0, repeated: 0, reordered: 0, misattributed: 0 })
  expect(tally.predicted + tally.deadLettered + tally.dropped).toBe(tally.read)
  expect(tally.read).toBeGreaterThan(3_000)
  expect(tally.deadLettered).toBe(Math.floor(tally.read / 1_000))
  expect(tally.swaps).toBeGreaterThanOrEqual(20)
  expect(tally.rejectedVersions).toBeGreaterThanOrEqual(4)
  const active = Object.keys(tally.versions).map((name) => name.split('@')[0])
  expect(active).not.toContain('broken')
  expect(active).not.toContain('wrong')
  expect(Object.values(tally.versions).reduce((sum, count) => sum + count, 0)).toBe(tally.predicted)
})
