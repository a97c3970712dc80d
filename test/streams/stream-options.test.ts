import { expect, test } from 'vitest'
import { parseOptions } from '../../src/config/parse.ts'
import { Registry } from '../../src/config/registry.ts'
import { streamOptions } from '../../src/streams/stream-options.ts'
import { standInRegistry } from '../support/stand-ins.ts'

test('each component of the registry is an alternative, with its own options', () => {
  const table = streamOptions(standInRegistry())
  for (const kind of ['transport', 'envelope', 'encoding'] as const) {
    const names = standInRegistry()
      .list(kind)
      .map(({ name }) => name)
    const { form } = table[kind]
    expect(form.kind === 'tagged' && Object.keys(form.alternatives)).toEqual(names)
  }
  const parse = (transport: unknown) => parseOptions(table, { transport }, { source: 'test' })
  expect(parse({ type: 'file', path: 'x' }).transport).toMatchObject({ follow: false })
  expect(() => parse({ type: 'file', path: 'x', mode: 'simple' })).toThrow('transport.mode')
})

test('a registry without components still gives a table', () => {
  expect(Object.keys(streamOptions(new Registry([])))).toContain('batching')
})
