import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { partsOf, runParts } from '../../scripts/check.ts'
import { tree } from './tree.ts'

const touch = (file: string) => ['node', '-e', `require('fs').writeFileSync('${file}', '')`] as const

describe('runParts', () => {
  it('runs the parts in order and stops at the first that finds a fault, with its status', () => {
    const root = tree({})
    const lines: string[] = []
    const parts = [
      { name: 'one', command: touch('a') },
      { name: 'two', command: ['node', '-e', 'process.exit(3)'] as const },
      { name: 'three', command: touch('b') },
    ]
    expect(runParts(parts, root, (line) => lines.push(line))).toBe(3)
    expect([existsSync(join(root, 'a')), existsSync(join(root, 'b'))]).toEqual([true, false])
    expect(lines).toEqual(['── one', '── two', '── two found faults; what comes after it was not run'])
  })

  it('is 0 when all parts are fine, and not when a program is missing', () => {
    expect(runParts([{ name: 'one', command: touch('a') }], tree({}), () => {})).toBe(0)
    expect(runParts([{ name: 'one', command: ['no-such-program'] }], tree({}), () => {})).not.toBe(0)
  })
})

describe('partsOf', () => {
  it('ends with the tests when asked, handing on arguments', () => {
    expect(partsOf([]).some(({ name }) => name === 'tests')).toBe(false)
    expect(partsOf(['--tests', 'test/core']).at(-1)?.command).toEqual(['vitest', 'run', 'test/core'])
  })

  it('names files that exist', () => {
    for (const { command } of partsOf([])) {
      if (command[0] === 'node') expect(existsSync(command[1] as string)).toBe(true)
    }
  })
})
