import { expect, test } from 'vitest'
import type { Guarantee } from '../../src/core/guarantee.ts'
import { guaranteeOf, type StreamEnd } from '../../src/streams/guarantee.ts'
import { directedGuarantee } from '../../src/streams/stream-context.ts'
import { fileTransport } from '../../src/transports/file/file.ts'
import { restTransport } from '../../src/transports/rest/rest.ts'

const exactly: Guarantee = { level: 'exactly-once', condition: 'in a transaction' }
const log = (name: string, file = '/data/a.db'): StreamEnd => ({ name, domain: `log:${file}`, guarantee: exactly })
const file = (name: string, direction: 'in' | 'out'): StreamEnd => {
  return { name, domain: null, guarantee: directedGuarantee(fileTransport, direction) }
}
const rest = (name: string, direction: 'in' | 'out'): StreamEnd => {
  return { name, domain: null, guarantee: directedGuarantee(restTransport, direction) }
}

test('one domain for everything is exactly-once, and the reason names it', () => {
  const { level, condition } = guaranteeOf([log('input "a"')], [log('output "b"')], 'log:/data/a.db')
  expect(level).toBe('exactly-once')
  expect(condition).toContain('log:/data/a.db')
})

test('a file that is read again from the checkpoint does not lower it; a file that is written does', () => {
  expect(guaranteeOf([file('input "a"', 'in')], [log('output "b"')], 'log:/data/a.db').level).toBe('exactly-once')
  const { level, condition } = guaranteeOf([log('input "a"')], [file('output "b"', 'out')], 'log:/data/a.db')
  expect(level).toBe('at-least-once')
  expect(condition).toContain('output "b" is at-least-once')
  expect(condition).not.toContain('input "a"')
})

test('another log file is another domain', () => {
  const verdict = guaranteeOf([log('input "a"', '/x.db')], [log('output "b"')], 'log:/data/a.db')
  expect(verdict).toEqual({
    level: 'at-least-once',
    condition: 'input "a" commits in log:/x.db, the checkpoint commits in log:/data/a.db',
  })
  expect(guaranteeOf([log('input "a"')], [], null).condition).toContain('there is no checkpoint store')
})

test('the weakest end decides', () => {
  expect(guaranteeOf([rest('input "a"', 'in')], [log('output "b"')], 'log:/data/a.db').level).toBe('at-least-once')
  expect(guaranteeOf([log('input "a"')], [rest('output "b"', 'out')], 'log:/data/a.db').level).toBe('at-most-once')
})

test('commits that promise less than their domain lower it, and say why', () => {
  const promise: Guarantee = { level: 'at-least-once', condition: 'state has "guarantee: at-least-once"' }
  expect(guaranteeOf([log('input "a"')], [log('output "b"')], 'log:/data/a.db', promise)).toEqual(promise)
  const weaker = guaranteeOf([rest('input "a"', 'in')], [rest('output "b"', 'out')], 'log:/data/a.db', promise)
  expect(weaker.level).toBe('at-most-once')
})

test('what readers must do for it belongs to the reason', () => {
  const promise: Guarantee = { level: 'exactly-once', condition: 'readers read committed records' }
  const { level, condition } = guaranteeOf([log('input "a"')], [log('output "b"')], 'log:/data/a.db', promise)
  expect([level, condition]).toEqual([
    'exactly-once',
    'everything commits in log:/data/a.db; readers read committed records',
  ])
})
