import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const runner = resolve('../shared/conformance/run.mjs')

test.skipIf(!existsSync(runner))(
  'every model of XGBoost in the corpus predicts as expected (skipped when the corpus is absent)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-xgboost-'))
    try {
      const file = join(folder, 'report.json')
      await new Promise<void>((done) => {
        execFile(process.execPath, [runner, '--family', 'xgboost', '--json', file], () => done())
      })
      const { report } = JSON.parse(readFileSync(file, 'utf8')) as { report: { case: string; why: string | null }[] }
      expect(report.length).toBeGreaterThan(30)
      expect(report.filter((r) => r.why !== null)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  120_000,
)
