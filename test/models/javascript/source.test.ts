import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { type Language, readModule } from '../../../src/models/javascript/source.ts'
import { seeded } from '../../random.ts'

const read = (text: string, source = 'm.js', language: Language = 'auto') =>
  readModule(Buffer.from(text), source, language)

/** Values of the exports, evaluated without a realm. */
function valuesOf(text: string, source?: string): Record<string, unknown> {
  const { body, exports } = read(text, source)
  const fields = [...exports].map(([name, local]) => `${JSON.stringify(name)}:${local}`)
  return new Function(`"use strict";${body}\nreturn {${fields.join(',')}}`)()
}

test('every form of export gives its value under its exported name', () => {
  const values = valuesOf(`
    export const a = 1, b = 2
    export let { c, d: [e = 5, ...f], ...g } = { c: 3, d: [undefined, 6, 7], h: 8 }
    export function i() { return 9 }
    export async function j() {}
    export class K { static value = 10 }
    const m = 11
    export { m, m as n, m as 'a name' }
    export default { o: 12 }
  `)
  expect(values).toMatchObject({ a: 1, b: 2, c: 3, e: 5, f: [6, 7], g: { h: 8 }, m: 11, n: 11, default: { o: 12 } })
  expect(values['a name']).toBe(11)
  expect((values['i'] as () => number)()).toBe(9)
})

test('default exports keep their meaning whatever follows them without a semicolon', () => {
  expect(valuesOf('export default function () { return 1 }\n(2)')['default']).toBeTypeOf('function')
  expect(valuesOf('export default (1 + 2)\n')['default']).toBe(3)
  expect(valuesOf('export default function named() { return named }\nnamed.x = 1')['default']).toHaveProperty('x', 1)
  expect(valuesOf('let a = 1\nexport default a ? class {} : 0\n;[1]')['default']).toBeTypeOf('function')
  expect(valuesOf('export\ndefault\n/* why */ 7')['default']).toBe(7)
})

test('the word export in strings, templates, comments and regular expressions is left alone', () => {
  const values = valuesOf(
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the template belongs to the model's source
      'const t = `export const a = ${"export default 1"} ${`export {b}`}`',
      'const r = /export "[/]/ // export const c = 1',
      '/* export const d = 1 */ const q = 4 / 2 / 1',
      'export { t, r, q }',
    ].join('\n'),
  )
  expect(values['t']).toBe('export const a = export default 1 export {b}')
  expect(String(values['r'])).toBe('/export "[/]/')
  expect(values['q']).toBe(2)
})

test('lines and columns of what is not an export stay where they were', () => {
  const random = seeded(7)
  const parts = [
    'export const NAME = 1',
    'export {\n  other as NAME\n}',
    'export\n\nfunction NAME() {}',
    'let NAME = "export"',
    '/* export */ export class NAME {}',
  ]
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: 5 }, (_, i) =>
      (parts[Math.floor(random() * parts.length)] as string).replace('NAME', `n${i}`),
    )
    const text = `const other = 0\n${lines.join('\n')}\nexport default /*x*/ other\nconst MARK = 1`
    const { body } = read(text)
    expect(body.split('\n').length).toBe(text.split('\n').length)
    expect(body.split('\n').at(-1)).toBe('const MARK = 1')
  }
})

test('types are removed in place, by extension, by declaration or because nothing else parses', () => {
  const text = 'export const score = (r: { a: number }): number => r.a satisfies number'
  for (const module of [read(text, 'm.ts'), read(text, 'm'), read(text, 'm', 'typescript')]) {
    expect(module.isTypeScript).toBe(true)
    expect(module.body.length).toBe(text.length)
  }
  expect(() => read(text, 'm.js')).toThrow(/^m\.js:1:24 does not compile/)
  expect(() => read('enum A { B }', 'm.ts')).toThrow(/^m\.ts:1:1 does not compile: .*enum/)
})

test('a fault of syntax names file, line and column', () => {
  expect(() => read('let a = 1\n  let b = ;')).toThrow(/^m\.js:2:11 does not compile/)
  expect(() => read('export { nothing }')).toThrow(/^m\.js:1:10 does not compile: .*nothing/)
  expect(() => read('return 1')).toThrow(/^m\.js:1:1 does not compile/)
  expect(() => read('})();(function(){')).toThrow(/^m\.js:1:1 does not compile/)
  expect(() => read(`${'('.repeat(100_000)}`)).toThrow(/^m\.js:\d+:\d+ does not compile/)
})

test('every way to import is refused with what it names and where', () => {
  expect(() => read('1\nimport fs from "node:fs"')).toThrow(/^m\.js:2:1 uses import of "node:fs"/)
  expect(() => read('export * from "./a.js"')).toThrow(/^m\.js:1:1 uses export from "\.\/a\.js"/)
  expect(() => read('export { a } from "./a.js"')).toThrow(/uses export from "\.\/a\.js"/)
  expect(() => read('const f = () => [() => import("a" + 1)]')).toThrow(/^m\.js:1:24 uses import\("a" \+ 1\)/)
  expect(() => read('class A { static x = import.meta.url }')).toThrow(/^m\.js:1:22 uses import\.meta/)
})

test('bytes that are not UTF-8 are refused, a byte order mark is passed over', () => {
  expect(() => readModule(Uint8Array.of(0x61, 0xff), 'm.js', 'auto')).toThrow('m.js is not UTF-8 text')
  expect(read('\ufeffexport const a = 1').exports.has('a')).toBe(true)
  expect(valuesOf('#!/usr/bin/env node\nexport const a = 1')['a']).toBe(1)
})

test('random bytes and mutated sources give a module or a MillraceError', () => {
  const random = seeded(42)
  const seed = Buffer.from(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template belongs to the model's source
    'export const inputs = ["a"] // x\nconst t = `${1}` / /[/]/.source\nexport default { score: (r) => r.a }\nexport { t as u }',
  )
  let refused = 0
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(round % 4 === 0 ? Array.from({ length: 40 }, () => random() * 256) : seed)
    const edits = 1 + Math.floor(random() * 4)
    for (let e = 0; e < edits; e++) {
      const from = Math.floor(random() * bytes.length)
      bytes[Math.floor(random() * bytes.length)] = random() < 0.5 ? (bytes[from] as number) : Math.floor(random() * 128)
    }
    try {
      readModule(bytes, 'm.js', 'javascript')
    } catch (thrown) {
      refused++
      expect(thrown).toBeInstanceOf(MillraceError)
    }
  }
  expect(refused).toBeGreaterThan(500)
})
