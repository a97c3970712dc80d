import { expect, test } from 'vitest'
import { CarriedVersions, KnownVersions } from '../../src/engine/known-versions.ts'
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

test('a version whose message is rejected when it is read again is not found any more, unlike one of another message', () => {
  const known = new KnownVersions([])
  const error = { code: 'CORE_CLOSED', message: '', parameters: {} } as const
  const version = reference({ version: '1', digest: 'aa' })
  known.add(version, 'models/0@0', 5, null)
  known.add(version, 'models/0@1', 6, error)
  expect(known.find(command({ version: '1' }))?.position).toBe('models/0@0')
  known.add(version, 'models/0@0', 7, error)
  expect(known.find(command({ version: '1' }))).toBeNull()
})

test('a version is found however many came after it and left the list, up to a number of versions', () => {
  const known = new KnownVersions([])
  known.add(reference({ version: 'old', digest: 'aa' }), 'models/0@0', 5, null)
  for (let i = 1; i <= 500; i++) known.add(reference({ version: `${i}`, digest: `d${i}` }), `models/0@${i}`, 5, null)
  expect(known.list).toHaveLength(200)
  expect(known.find(command({ version: 'old' }))?.digest).toBe('aa')
  expect(known.find(command({ version: '', digest: 'aa' }))?.version).toBe('old')
  const few = new KnownVersions([reference({ version: '1', digest: 'aa' }) as never], 2)
  for (const version of ['2', '3'])
    few.add(reference({ version, digest: `d${version}` }), `models/0@${version}`, 5, null)
  expect(['1', '2', '3'].map((version) => few.find(command({ version }))?.version ?? null)).toEqual([null, '2', '3'])
})

test('of a stretch of messages the last one before counts that brought the version', () => {
  const contents = ['1', '2', '1'].map((version, i) => command({ version, digest: i === 2 ? 'cc' : '' }))
  const carried = new CarriedVersions([...contents, new Error('no message'), null])
  expect(carried.before(0, command({ version: '1' }))).toBeNull()
  expect(carried.before(2, command({ version: '1' }))).toBe(contents[0])
  expect(carried.before(5, command({ version: '1' }))).toBe(contents[2])
  expect(carried.before(5, command({ version: '', digest: 'cc' }))).toBe(contents[2])
  expect(carried.before(5, command({ version: '2', key: 'other' }))).toBeNull()
})
