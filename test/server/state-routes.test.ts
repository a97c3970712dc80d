import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { FakeEngine, known, noStats, reference, reportOf, snapshot, wineStats } from './fake-engine.ts'
import { appOf } from './in-memory.ts'

const tree = reference('wine', 'tree', '3')

function wineEngine(): FakeEngine {
  const engine = new FakeEngine()
  engine.current = reportOf([[snapshot('wine', tree)]], { versions: [known(tree, 1)] })
  return engine
}

function twoKeys(): FakeEngine {
  const engine = new FakeEngine()
  engine.current = reportOf([[snapshot('wine', tree), snapshot('iris', null)]])
  return engine
}

test('processors and state answer as the seed does, members of the seed included', async () => {
  const app = appOf(wineEngine())
  expect((await app.inject('/processors')).json()).toEqual({ models: ['wine'] })
  expect((await app.inject('/state/wine')).json()).toMatchObject({
    name: 'tree',
    description: 'about tree',
    since: 1548715296000,
    usage: 42,
    duration: 13,
    min: 0,
    max: 5,
  })
})

test('an unknown key has the default statistics with status 200, whatever it is called', async () => {
  const app = appOf(wineEngine())
  for (const key of ['beer', 'constructor', '__proto__', 'a%2Fb', '%F0%9F%8D%B7']) {
    const answer = await app.inject(`/state/${key}`)
    expect([answer.statusCode, answer.json()], key).toEqual([200, noStats])
  }
})

test('stats are those of the only key, or by key, or empty', async () => {
  expect((await appOf(wineEngine()).inject('/stats')).json()).toEqual(wineStats)
  expect((await appOf(twoKeys()).inject('/stats')).json()).toEqual({ wine: wineStats, iris: wineStats })
  expect((await appOf(new FakeEngine()).inject('/stats')).json()).toEqual(noStats)
})

test('instances tell where a store is, and nothing for a store that is nowhere', async () => {
  const app = appOf(wineEngine())
  const here = [{ host: '127.0.0.1', port: 8888, storeNames: ['modelStore'] }]
  expect((await app.inject('/state/instances')).json()).toEqual(here)
  expect((await app.inject('/state/instances/modelStore')).json()).toEqual(here)
  expect((await app.inject('/state/instances/other')).json()).toEqual([])
  expect((await app.inject('/instances')).json()).toEqual([{ host: '127.0.0.1', port: 8888, tasks: [] }])
})

test('a task that an error keeps from running is told with it', async () => {
  const engine = wineEngine()
  const error = new MillraceError('CORE_INTERNAL', { where: 'task 0/1', reason: 'it is odd' })
  const failing = [{ task: '0/1', error: error.toReport() }]
  engine.instances = async () => [{ address: 'here:1', isSelf: true, tasks: ['0/1'], failing }]
  const told = [{ task: '0/1', code: 'CORE_INTERNAL', message: 'internal error in task 0/1: it is odd' }]
  expect((await appOf(engine).inject('/instances')).json()).toEqual([
    { host: 'here', port: 1, tasks: ['0/1'], failing: told },
  ])
})

test('the value of the store has the members of the seed; an unknown store is 404; several keys need one', async () => {
  const app = appOf(wineEngine())
  expect((await app.inject('/state/modelStore/value')).json()).toEqual({
    name: 'tree',
    description: 'about tree',
    since: 1548715296000,
    invocations: 42,
    duration: 13,
    min: 0,
    max: 5,
  })
  expect((await app.inject('/state/other/value')).statusCode).toBe(404)
  const several = appOf(twoKeys())
  const unclear = await several.inject('/state/modelStore/value')
  expect([unclear.statusCode, unclear.json().error.message]).toEqual([
    400,
    'parameter "key" is missing, expected one of: iris, wine',
  ])
  expect((await several.inject('/state/modelStore/value?key=wine')).json().invocations).toBe(42)
})

test('models lists versions, and those of one key with its statistics; an unknown key names the close one', async () => {
  const app = appOf(wineEngine())
  expect((await app.inject('/models')).json().models).toMatchObject([{ model: 'tree', state: 'active', tasks: 1 }])
  expect((await app.inject('/models/wine')).json()).toMatchObject({ active: 'tree@3', stats: wineStats })
  const unknown = await app.inject('/models/wien')
  expect([unknown.statusCode, unknown.json().error.message]).toEqual([
    404,
    'no model has key "wien"; did you mean "wine"?',
  ])
})
