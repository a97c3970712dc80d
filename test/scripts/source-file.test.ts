import { describe, expect, it } from 'vitest'
import { lineAt, listFiles, readSourceFile } from '../../scripts/source-file.ts'
import { tree } from './tree.ts'

const text = `import a, { b } from './a.ts'
import type { C } from '../c.ts'
import { type D, type E } from 'pkg'
import { type F, g } from 'pkg/part'
export * from './h.ts'
export const url = new URL('./i.ts', import.meta.url)
export const data = [new URL('./i.json', import.meta.url), new URL('./i.ts', 'file:///')]
const k = async () => [await import('./k.ts'), await import(String(a)), workerUrl(import.meta.url, 'l')]
type M = import('./m.ts').M
// import './no.ts'
const text = "import './no.ts'"
`

describe('readSourceFile', () => {
  const read = () => readSourceFile(tree({ 'src/core/x.ts': text }), 'src/core/x.ts')

  it('finds every way to import, with line, target and kind', () => {
    const found = read().imports.map(({ specifier, target, line, isType, isDynamic }) =>
      [line, specifier, target ?? '-', isType ? 'type' : '', isDynamic ? 'dynamic' : ''].join(' ').trim(),
    )
    expect(found).toEqual([
      '1 ./a.ts src/core/a.ts',
      '2 ../c.ts src/c.ts type',
      '3 pkg -',
      '4 pkg/part -',
      '5 ./h.ts src/core/h.ts',
      '6 ./i.ts src/core/i.ts  dynamic',
      '8 ./k.ts src/core/k.ts  dynamic',
      '8 ./l.ts src/core/l.ts  dynamic',
      '9 ./m.ts src/core/m.ts type',
    ])
  })

  it('counts lines', () => {
    expect(read().lines).toBe(11)
    expect([0, text.indexOf('\n'), text.indexOf('\n') + 1, text.length].map((at) => lineAt(text, at))).toEqual([
      1, 1, 2, 12,
    ])
  })
})

describe('listFiles', () => {
  it('lists a folder at every depth, sorted, and nothing for a folder that is not there', () => {
    const root = tree({ 'src/b/c.ts': '', 'src/a.ts': '', 'src/d.md': '', 'src/node_modules/x.ts': '' })
    expect(listFiles(root, 'src')).toEqual(['src/a.ts', 'src/b/c.ts'])
    expect(listFiles(root, 'src', ['.md'])).toEqual(['src/d.md'])
    expect(listFiles(root, 'nope')).toEqual([])
  })
})
