import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** Reports in a process of its own: the exit code is what is tested. */
function reported(faults: readonly string[]) {
  const url = new URL('../../scripts/report.ts', import.meta.url).href
  const result = JSON.stringify({ summary: 'rooms: 3 files, fine', faults })
  const code = `import(${JSON.stringify(url)}).then(({ report }) => report(${result}))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('report', () => {
  it('prints one line and succeeds when all is fine', () => {
    expect(reported([])).toEqual({ status: 0, stdout: 'rooms: 3 files, fine\n', stderr: '' })
  })

  it('prints each fault and their number, and does not succeed', () => {
    expect(reported(['a.ts:1: x', 'b.ts:2: y'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'a.ts:1: x\nb.ts:2: y\nrooms: 2 faults\n',
    })
  })
})
