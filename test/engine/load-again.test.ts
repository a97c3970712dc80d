import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { loadAgain } from '../../src/engine/load-again.ts'
import type { LoadRequest } from '../../src/engine/load-version.ts'
import { command, prepared, reference } from './fakes.ts'

const request: LoadRequest = { command: command({}), position: 'models/0@0', known: null }
const loaded = { reference: reference({}), prepared: prepared() }
const away = new MillraceError('ENGINE_LOCATION_AWAY', { location: 'http://x', model: 'tree', reason: 'away' })
const died = new MillraceError('ENGINE_LOADER_DIED', { model: 'tree', reason: 'memory' })
const gone = new MillraceError('ENGINE_LOCATION_UNREADABLE', { location: 'x', model: 'tree', reason: 'gone' })

test.each([
  ['one that may pass is tried again, later each time', [away, away, away, away], null, [1_000, 2_000, 4_000, 8_000]],
  ['but not for ever', [away, away, away, away, away], away, [1_000, 2_000, 4_000, 8_000]],
  ['one of the loader is tried again once', [died], null, [1_000]],
  ['and no more', [died, died], died, [1_000]],
  ['any other is final', [gone], gone, []],
  ['as is what is no error of ours', [new Error('odd')], new Error('odd'), []],
])('of the errors of a load %s', async (_, errors, end, delays) => {
  const left = [...errors]
  const slept: number[] = []
  const load = async () => {
    const error = left.shift()
    if (error) throw error
    return loaded
  }
  const sleep = async (delayMs: number) => void slept.push(delayMs)
  const done = loadAgain(request, { load, sleep }, new AbortController().signal)
  if (end) await expect(done).rejects.toThrow(end)
  else expect(await done).toBe(loaded)
  expect(slept).toEqual(delays)
})

test('a stop while it waits ends it with the error', async () => {
  const stop = new AbortController()
  const load = async () => {
    throw away
  }
  await expect(loadAgain(request, { load, sleep: async () => stop.abort() }, stop.signal)).rejects.toThrow(away)
})
