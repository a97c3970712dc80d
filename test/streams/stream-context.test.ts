import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { normalise } from '../../src/streams/descriptor.ts'
import {
  streamEnd,
  streamPartitions,
  streamSource,
  transportContext,
  transportOptions,
} from '../../src/streams/stream-context.ts'
import { standInRegistry } from '../support/stand-ins.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contextFor } from '../support/transport-context.ts'

const registry = standInRegistry()
const place = { baseFolder: '/nowhere', place: 'test' }

test('the transport gets what it knows, with loop and start from the descriptor', () => {
  const descriptor = normalise({ transport: { type: 'file', path: 'x' }, loop: true, start: 5 }, {}, registry)
  const { isLooping: _isLooping, start: _start, ...base } = contextFor()
  const context = transportContext(descriptor, { ...base, inheritedSchema: null, schemas: new Map() })
  expect(context).toMatchObject({ isLooping: true, start: 5, place: base.place })
  expect(Object.keys(context)).not.toContain('schemas')
})

test('secrets are resolved for opening only', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'where'), '/data/x\n')
  const descriptor = normalise({ transport: { type: 'file', path: 'secret://where' } }, {}, registry)
  expect(transportOptions(descriptor, { secrets: { folder } })).toMatchObject({ type: 'file', path: '/data/x' })
  expect(descriptor.transport['path']).toBe('secret://where')
})

test('a stream can be looked at without opening it', async () => {
  const descriptor = normalise('file:/x', { name: 'orders' }, registry)
  expect(await streamPartitions(descriptor, registry, place)).toBe(1)
  expect(streamEnd(descriptor, registry, 'in', place)).toMatchObject({ name: 'input "orders"', domain: null })
  expect(streamEnd(descriptor, registry, 'out', place).guarantee.level).toBe('at-least-once')
})

test('descriptors of the same records have one source, whatever else they say', () => {
  const source = (value: unknown) => streamSource(normalise(value, { name: 'orders' }, registry), registry, 'test')
  const described = { transport: { type: 'file', path: 'x', follow: true }, encoding: 'utf-8', name: 'other' }
  expect(source(described)).toBe(source('file:x'))
  const sources = ['file:x', 'file:y', 'rest:', 'stdio:']
  expect(new Set(sources.map(source)).size).toBe(sources.length)
  expect(source('rest:')).toBe(source({ transport: { type: 'rest', mode: 'simple' }, encoding: 'raw' }))
})
