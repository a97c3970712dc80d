import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const corpus = resolve('../shared/conformance')
const runner = join(corpus, 'run.mjs')

interface Case {
  readonly case: string
  readonly expected: string
  readonly tree_missing_value_strategies: readonly string[]
}

/** True where the corpus itself cannot tell: booleans spelled `True`, and a strategy that its reference does not implement. */
function isUndecided(c: Case): boolean {
  if (c.tree_missing_value_strategies.includes('weightedConfidence')) return true
  return /(^|,)(True|False)(,|$)/m.test(readFileSync(join(corpus, c.case, c.expected), 'utf8'))
}

test.skipIf(!existsSync(runner))(
  'every undisputed document of the corpus scores as expected (skipped when the corpus is absent)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-pmml-'))
    try {
      const file = join(folder, 'report.json')
      await new Promise<void>((done) => {
        execFile(process.execPath, [runner, '--family', 'pmml', '--json', file], { maxBuffer: 1 << 26 }, () => done())
      })
      const { report } = JSON.parse(readFileSync(file, 'utf8')) as {
        report: { case: string; disputed: boolean; why: string | null }[]
      }
      const { cases } = JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as { cases: Case[] }
      const undecided = new Set(cases.filter((c) => c.case.startsWith('pmml/') && isUndecided(c)).map((c) => c.case))
      const failed = report.filter((r) => r.why !== null && !r.disputed && !undecided.has(r.case))
      expect(report.length).toBeGreaterThan(600)
      expect(failed).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  120_000,
)
