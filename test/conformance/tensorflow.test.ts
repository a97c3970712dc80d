import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const runner = resolve('../shared/conformance/run.mjs')

test.skipIf(!existsSync(runner))(
  'every undisputed model of the corpus answers as expected (skipped when the corpus is absent)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-tensorflow-'))
    try {
      const file = join(folder, 'report.json')
      await new Promise<void>((done) => {
        execFile(process.execPath, [runner, '--family', 'tensorflow', '--json', file], { maxBuffer: 1 << 26 }, () =>
          done(),
        )
      })
      const { report } = JSON.parse(readFileSync(file, 'utf8')) as {
        report: { case: string; disputed: boolean; why: string | null }[]
      }
      expect(report.length).toBeGreaterThan(20)
      expect(report.filter(({ why, disputed }) => why !== null && !disputed)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  120_000,
)
