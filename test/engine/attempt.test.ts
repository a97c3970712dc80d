import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import { Attempt } from '../../src/engine/attempt.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { LogWorld, numbersFrom, registryUrl } from './log-world.ts'

function attemptOf(plan: EnginePlan, url = registryUrl): Attempt {
  return new Attempt({
    plan,
    registry,
    registryUrl: url,
    clock: systemClock,
    telemetry: new Telemetry(),
    slots: new Map(),
    address: null,
  })
}

const idle = {
  name: 'numbers',
  slots: { 0: { transport: { type: 'inline', records: numbersFrom(0, 3) }, encoding: 'json' } },
  deadLetters: { transport: 'discard', encoding: 'json' },
  state: 'memory',
}
const planOf = (changes: object) =>
  planEngine({ ...idle, ...changes }, { document: null, source: 'test', baseFolder: '/' }, registry)

test('a thread that cannot start ends the attempt with an error that may pass; it never hangs or rejects', async () => {
  const end = await attemptOf(planOf({}), 'file:///nowhere/registry.js').run(() => {})
  expect(end).toMatchObject({ type: 'failed', error: { code: 'ENGINE_THREAD_DIED', isRetryable: true } })
  expect(end.type === 'failed' && end.error.message).toContain('the thread of task 0/0 ended: ')
})

test('a model stream of several partitions is refused with its place', async () => {
  const world = new LogWorld()
  world.log.createTopic('many', { partitions: 2 })
  const end = await attemptOf(world.plan({ models: world.stream('many') })).run(() => {})
  expect(end).toMatchObject({ type: 'failed', error: { code: 'ENGINE_DOCUMENT_WRONG', isRetryable: false } })
  expect(end.type === 'failed' && end.error.message).toContain('models: the model stream has 2 partitions')
})

test('inputs that end finish the attempt, and its reports stay', async () => {
  const attempt = attemptOf(planOf({}))
  let running = 0
  const end = await attempt.run(() => running++)
  expect([end, running]).toEqual([{ type: 'finished' }, 1])
  expect(await attempt.report(0)).toMatchObject([{ task: '0/0', counts: { read: 3, dropped: 3 } }])
  attempt.stop()
})

test('a stop that comes during the start ends it, with nothing read', async () => {
  const world = new LogWorld()
  world.publish('1')
  world.append('in', numbersFrom(0, 10))
  const attempt = attemptOf(world.plan())
  const ended = attempt.run(() => {})
  attempt.stop()
  attempt.stop()
  expect(await ended).toEqual({ type: 'stopped' })
  expect(world.log.committed('numbers', 'in', 0) ?? 0).toBeLessThanOrEqual(10)
})

test('the list of versions is kept over attempts', async () => {
  const world = new LogWorld()
  world.publish('1')
  world.publish('bad', { data: Buffer.from('export function score(') })
  const versions = async () => {
    const attempt = attemptOf(world.plan())
    const running = Promise.withResolvers<void>()
    const ended = attempt.run(running.resolve)
    await running.promise
    attempt.stop()
    await ended
    return attempt.known.map((known) => [known.version, known.rejection?.code ?? null])
  }
  const first = await versions()
  expect(first).toEqual([
    ['1', null],
    ['bad', 'MODEL_FUNCTION_SYNTAX'],
  ])
  expect(await versions()).toEqual(first)
})
