import { expect, test } from 'vitest'
import { normalise } from '../../src/streams/descriptor.ts'
import { brokenRules } from '../../src/streams/rules.ts'
import { standInRegistry } from '../support/stand-ins.ts'

const registry = standInRegistry()

test('a descriptor that was read breaks none, and each change breaks the rule it should', () => {
  const file = normalise({ transport: { type: 'file', path: 'x' } }, {}, registry)
  expect(brokenRules(file, registry, 'in')).toEqual([])
  const pathsOf = (change: object, direction?: 'in' | 'out') =>
    brokenRules({ ...file, ...change }, registry, direction).map(({ path }) => path.join('.'))
  expect(pathsOf({ transport: { type: 'rest', mode: 'simple' } })).toEqual(['envelope'])
  expect(pathsOf({ transport: { type: 'rest', mode: 'chunked' }, loop: true, start: 4 })).toEqual(['loop', 'start'])
  expect(pathsOf({ transport: { type: 'discard' }, envelope: null }, 'in')).toEqual(['transport'])
  expect(pathsOf({ transport: { type: 'inline', text: '' } }, 'out')).toEqual(['transport'])
  expect(pathsOf({ encoding: { type: 'raw' }, schema: 'string' })).toEqual(['schema'])
  expect(pathsOf({ encoding: { type: 'raw' }, schema: { type: 'bytes' } })).toEqual([])
  expect(pathsOf({ schema: { type: 'array' } })).toEqual(['schema'])
})
