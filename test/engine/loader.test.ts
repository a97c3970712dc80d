import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../src/core/clock.ts'
import { Loader } from '../../src/engine/loader.ts'
import type { ModelCommand } from '../../src/engine/model-message.ts'
import { registryUrl } from '../support/function-registry.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { command, reference, source } from './fakes.ts'

const model = Buffer.from(source('a'))

function openLoader(clock: Clock = systemClock) {
  const settings = { allowsCode: true, maxArtifactBytes: 1e6, locations: [], baseFolder: '/', features: {} }
  const loader = new Loader({ registryUrl, settings, state: { type: 'memory' } }, 60_000, clock)
  onTestFinished(() => loader.close())
  const load = (changes: Partial<ModelCommand>) =>
    loader.load({ command: command({ data: model, ...changes }), position: 'models/0@0', known: null })
  return { loader, load }
}

test('versions are loaded on another thread, one after another, and errors are theirs alone', async () => {
  const { loader, load } = openLoader()
  const order: string[] = []
  const noted = (name: string, work: Promise<unknown>) =>
    work.then(
      () => order.push(name),
      () => order.push(`${name} is wrong`),
    )
  const first = load({ version: '1' })
  const wrong = load({ data: Buffer.from('export function score(') })
  const last = load({ version: '2' })
  await Promise.all([noted('1', first), noted('syntax', wrong), noted('2', last)])
  expect(order).toEqual(['1', 'syntax is wrong', '2'])
  await expect(wrong).rejects.toMatchObject({ code: 'MODEL_FUNCTION_SYNTAX' })
  const { prepared, reference: loaded } = await first
  expect(await loader.reload(loaded)).toEqual(prepared)
  await expect(loader.reload(reference())).rejects.toMatchObject({ code: 'CONFIG_COMPONENT_UNKNOWN' })
})

test('a load that hangs is stopped when its time is up; the next one gets a new thread', async () => {
  const clock = new ManualClock()
  const { load } = openLoader(clock)
  const stopped = expect(load({ format: 'hangs', model: 'endless' })).rejects.toMatchObject({
    code: 'ENGINE_LOAD_TIMEOUT',
    message: 'loading model "endless" took longer than 60000 ms and was stopped',
  })
  const next = load({ version: '2' })
  await clock.untilSleeping()
  await clock.advance(59_999)
  expect(clock.sleeping).toBe(1)
  await clock.advance(1)
  await stopped
  expect((await next).reference.version).toBe('2')
  expect(clock.sleeping).toBe(0)
})

test('a load that ends its thread is an error of that version; the next one gets a new thread', async () => {
  const { load } = openLoader()
  const outcomes = [
    load({ format: 'exits' }),
    load({ format: 'crashes' }),
    load({ format: 'fails' }),
    load({ version: '2' }),
  ]
  const settled = await Promise.allSettled(outcomes)
  const reasons = settled.map((s) => (s.status === 'rejected' ? (s.reason as Error).message : 'fine'))
  expect(reasons).toEqual([
    'loading model "tree" ended the loader thread: exit code 7',
    'loading model "tree" ended the loader thread: out of everything',
    expect.stringContaining('a library complains'),
    'fine',
  ])
})

test('closing ends what is being loaded and starts no thread any more', async () => {
  const { loader, load } = openLoader()
  const ends = [load({ format: 'hangs' }), load({})].map((work) => expect(work).rejects.toThrow())
  await loader.close()
  await Promise.all(ends)
  await expect(load({})).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  await loader.close()
})
