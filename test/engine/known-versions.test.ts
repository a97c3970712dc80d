import { expect, test } from 'vitest'
import { KnownVersions } from '../../src/engine/known-versions.ts'
import { command, reference } from './fakes.ts'

test('a version is found by its name or its digest, the youngest first; rejected ones are not', () => {
  const known = new KnownVersions([])
  const error = { code: 'CORE_CLOSED', message: '', parameters: {} } as const
  known.add(reference({ version: '1', digest: 'aa' }), 'models/0@0', 5, null)
  known.add(reference({ version: '1', digest: 'bb' }), 'models/0@1', 6, null)
  known.add(reference({ version: '2', digest: 'cc' }), 'models/0@2', 7, error)
  known.add(reference({ version: '1', digest: 'dd', key: 'wine' }), 'models/0@3', 8, null)
  expect(known.find(command({ version: '1' }))?.digest).toBe('bb')
  expect(known.find(command({ version: '', digest: 'aa' }))?.version).toBe('1')
  expect(known.find(command({ version: '2' }))).toBeNull()
  expect(known.find(command({ version: '1', model: 'other' }))).toBeNull()
  expect(known.list.map((v) => v.atMs)).toEqual([5, 6, 7, 8])
})

test('a message that is read again replaces what was known of it; a location is kept until it is loaded', () => {
  const known = new KnownVersions([])
  known.add({ ...reference({ version: '1', digest: '' }), location: 'tree.pmml' }, 'models/0@0', 5, null)
  expect(known.list[0]).toMatchObject({ digest: '', location: 'tree.pmml' })
  known.add(reference({ version: '1', digest: 'aa' }), 'models/0@0', 6, null)
  expect(known.list).toHaveLength(1)
  expect(known.list[0]).not.toHaveProperty('location')
})
