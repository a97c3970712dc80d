import { describe, expect, it } from 'vitest'
import { checkMirror } from '../../scripts/check-mirror.ts'
import { tree } from './tree.ts'

describe('checkMirror', () => {
  it('finds nothing when sources and tests agree', () => {
    const root = tree({
      'src/core/a.ts': 'export function a() {}',
      'test/core/a.test.ts': '',
      'scripts/b.mjs': '',
      'test/scripts/b.test.ts': '',
      'test/recovery/story.test.ts': '',
    })
    expect(checkMirror(root)).toEqual({ summary: 'mirror: 1 source files with behaviour, 3 tests, fine', faults: [] })
  })

  it('lists sources without a test and tests without a source', () => {
    const root = tree({ 'src/core/a.ts': 'export class A {}', 'test/core/b.test.ts': '', 'test/a.test.ts': '' })
    expect(checkMirror(root).faults).toEqual([
      'src/core/a.ts:1: has no test; it is expected at test/core/a.test.ts',
      'test/a.test.ts:1: tests no file; src/a.ts is not there',
      'test/core/b.test.ts:1: tests no file; src/core/b.ts is not there',
    ])
  })

  it.each([
    'export type A = 1\nexport interface B { readonly a: A }',
    "export { a } from './a.ts'\nexport * from './b.ts'\nimport type { C } from './c.ts'",
    "export const a = { b: [1, -2, 'x', null, `y`], c: { d: true } } as const satisfies Record<string, unknown>",
    "export const a = ['x'] as const\nexport type A = (typeof a)[number]",
    '',
  ])('asks for no test of %j', (text) => {
    expect(checkMirror(tree({ 'src/core/a.ts': text })).faults).toEqual([])
  })

  it.each([
    'export function a() {}',
    'export class A {}',
    'export const a = () => 1',
    'export const a = new Map()',
    'export const a = { b() {} }',
    'export const a = { b: 1 + 2 }',
    'export const a = process.pid',
    'let a = 1\na++',
    "import './a.ts'\nconsole.log(1)",
    'export const a = { ...b }',
    'export const a = { [b]: 1 }',
  ])('asks for a test of %j', (text) => {
    expect(checkMirror(tree({ 'src/core/a.ts': text })).faults).toHaveLength(1)
  })
})
