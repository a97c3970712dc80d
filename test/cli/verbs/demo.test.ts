import { expect, test } from 'vitest'
import type { Tally } from '../../../src/cli/demo/auditor.ts'
import { registry } from '../../../src/components.ts'
import { run } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Formats of this build that the demo has models of and that can run here. */
const formats = ['pmml', 'javascript', 'xgboost', 'lightgbm', 'onnx', 'tensorflow'].filter(
  (format) => registry.has('format', format) && (isInstalled('onnxruntime-node') || !/onnx|tensorflow/.test(format)),
)

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

test('the demo ends by itself with a tally that balances over more than twenty swaps, broken models among the rejected and every format among the right', async () => {
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
  const network = isInstalled('onnxruntime-node') ? ['network', 'frozen', 'saved'] : []
  expect(active).toEqual(expect.arrayContaining(['tree', 'xgboost', 'lightgbm', ...network]))
  expect(active).not.toContain('broken')
  expect(active).not.toContain('wrong')
  for (const format of formats) {
    const { predicted, right } = tally.formats[format] ?? { predicted: 0, right: 0 }
    expect([format, predicted > 0, right > 0.9 * predicted]).toEqual([format, true, true])
  }
  expect(Object.values(tally.versions).reduce((sum, count) => sum + count, 0)).toBe(tally.predicted)
})
