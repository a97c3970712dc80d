import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { logState } from '../../../src/state/log/log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

it('opens relative to the document and keeps its domain', async () => {
  const context = { baseFolder: temporaryFolder(), place: 'engine.yaml: state' }
  const options = objectSchema(logState.options).parse({})
  const store = await logState.open(options, context)
  expect(store.domain).toBe(logState.domain(options, context))
  expect(store.domain).toBe(`log:${join(context.baseFolder, 'data/millrace.db')}`)
  const artifacts = await logState.openArtifacts(options, context)
  const digest = await artifacts.put(Buffer.from('x'))
  expect(existsSync(join(context.baseFolder, 'data/artifacts', digest.slice(0, 2), digest))).toBe(true)
  await store.close()
  await store.close()
})

it('finds after a restart what was committed before', async () => {
  const context = { baseFolder: temporaryFolder(), place: 'engine.yaml: state' }
  const options = objectSchema(logState.options).parse({ path: 'one.db', durability: 'power' })
  const before = await logState.open(options, context)
  const transaction = before.begin('a')
  before.savePositions('a', { data: 5 }, transaction)
  await transaction.commit()
  await before.close()
  const after = await logState.open(options, context)
  expect(await after.load('a')).toEqual({ positions: { data: 5 }, state: null, statistics: null })
  await after.close()
})
