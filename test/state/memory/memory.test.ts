import { expect, it } from 'vitest'
import { memoryState } from '../../../src/state/memory/memory.ts'

it('opens stores that share nothing, with domains of their own', async () => {
  const context = { baseFolder: '/nowhere', place: 'test' }
  const [a, b] = [await memoryState.open({}, context), await memoryState.open({}, context)]
  expect(a.domain).not.toBe(b.domain)
  expect(memoryState.domain({}, context)).toBeNull()
  const transaction = a.begin('a')
  a.savePositions('t', { data: 1 }, transaction)
  await transaction.commit()
  expect(await a.load('t')).toEqual({ positions: { data: 1 }, state: null, statistics: null })
  expect(await b.load('t')).toBeNull()
  const artifacts = await memoryState.openArtifacts({}, context)
  const digest = await artifacts.put(Buffer.from('x'))
  expect(await (await memoryState.openArtifacts({}, context)).has(digest)).toBe(false)
})
