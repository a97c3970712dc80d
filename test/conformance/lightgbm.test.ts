import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const corpus = resolve('../shared/conformance')
const runner = join(corpus, 'run.mjs')

test.skipIf(!existsSync(runner))(
  'every model of the corpus scores as LightGBM does (skipped when the corpus is absent)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-lightgbm-'))
    try {
      const file = join(folder, 'report.json')
      await new Promise<void>((done) => {
        execFile(process.execPath, [runner, '--family', 'lightgbm', '--json', file], { maxBuffer: 1 << 26 }, () =>
          done(),
        )
      })
      const { report } = JSON.parse(readFileSync(file, 'utf8')) as { report: { case: string; why: string | null }[] }
      expect(report.length).toBeGreaterThanOrEqual(24)
      expect(report.filter(({ why }) => why !== null)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  120_000,
)
