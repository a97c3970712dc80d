import { expect, test } from 'vitest'
import { instantiate, scriptOf } from '../../../src/models/javascript/realm.ts'
import { readModule } from '../../../src/models/javascript/source.ts'

const run = (text: string) => instantiate(scriptOf(readModule(Buffer.from(text), 'm.js', 'javascript')), 'm.js')

test('a module sees the language and nothing of the host', () => {
  const names = ['process', 'require', 'fetch', 'setTimeout', 'Buffer', 'module', 'WebAssembly', 'Atomics']
  const { seen, math } = run(
    `export const seen = ${JSON.stringify(names)}.filter((n) => n in globalThis)\nexport const math = Math.max(1, 2)`,
  ).readExports()
  expect(seen).toHaveLength(0)
  expect(math).toBe(2)
})

test('globals cannot be changed, and two versions do not see what the other did to its own', () => {
  expect(() => run('globalThis.a = 1')).toThrow(/^m\.js:1:14: its module body throws TypeError/)
  expect(() => run('a = 1')).toThrow(/ReferenceError/)
  expect(() => run('Math.max = null')).toThrow(/TypeError/)
  expect(() => run('new Function("return 1")()')).toThrow(/EvalError/)
  run('Array.prototype.sum = 1')
  expect(run('export const sum = [].sum').readExports()['sum']).toBe(undefined)
  expect(Array.prototype).not.toHaveProperty('sum')
})

test('exports are live: a function may change them', () => {
  const { readExports } = run('export let n = 1\nexport function next() { n++ }')
  ;(readExports()['next'] as () => void)()
  expect(readExports()['n']).toBe(2)
})

test('names that only the compiler refuses get their line and column too', () => {
  expect(() => run('1\nconst x = await 3')).toThrow(/^m\.js:2:11 does not compile: await/)
  expect(() => run('const x = await 3')).toThrow(/^m\.js:1:11 does not compile: await/)
})

test('this is undefined at the top, as in every module', () => {
  expect(run('export const self = typeof this').readExports()['self']).toBe('undefined')
})

test('an endless job is stopped, and the next one runs', () => {
  const instance = run('export const spin = () => { for (;;); }')
  const { spin } = instance.readExports()
  expect(instance.runLimited(spin as () => void, 5)).toBe(false)
  let ran = false
  expect(instance.runLimited(() => (ran = true), 1000)).toBe(true)
  expect(ran).toBe(true)
  expect(() =>
    instance.runLimited(() => {
      throw new RangeError('mine')
    }, 1000),
  ).toThrow('mine')
})
