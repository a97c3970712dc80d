import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { FrameBatch } from '../../src/core/frames.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { type ReplayRequest, replay } from '../../src/engine/replay.ts'
import { textsOf } from './fakes.ts'
import { eventOf, LogWorld, numbersFrom } from './log-world.ts'
import { jsonMessage } from './model-messages.ts'

/** A world in which an engine has scored 200 records with several versions; every tenth record is malformed, every seventh is refused. */
async function scored(changesOf: (world: LogWorld) => object = () => ({}), valuesOf: typeof numbersFrom = numbersFrom) {
  const world = new LogWorld()
  const changes = changesOf(world)
  const text = (version: number) =>
    Buffer.from(
      `export function score(r) { if (r.x % 7 === 0) throw new Error('seven'); return { y: r.x * ${version} } }`,
    )
  world.publish('1', { data: text(1) })
  const engine = world.engine(changes)
  await engine.start()
  for (let batch = 0; batch < 4; batch++) {
    const values = valuesOf(batch * 50, batch * 50 + 50).map((value, i) => (i % 10 === 3 ? '{"x":' : value))
    const version = String(batch + 2)
    const active = eventOf(engine, 'versionActivated', (event) => event.version === version)
    world.append('in', values)
    if (batch === 1) world.append('models', [jsonMessage({ name: 'm', dataType: 'numbers', action: 'retire' })])
    world.publish(version, { data: text(batch + 2) })
    await active
  }
  const done = eventOf(engine, 'batchScored', () => true)
  world.append('in', numbersFrom(200, 201))
  await done
  await engine.stop()
  const plan = world.plan(changes)
  const run = (request: Partial<ReplayRequest> = {}) =>
    replay(plan, registry, systemClock, { task: null, from: 0, to: null, verifies: true, ...request })
  return { world, plan, run }
}

/** Copies the predictions to another topic with other bytes in one of them, and the plan that names it as the output. */
function tampered(world: LogWorld, index: number): EnginePlan {
  const batch = world.log.read('out', 0, 0, 1_000)
  const values = Array.from({ length: batch.length }, (_, i) => Buffer.from(bytesAt(batch.values, i) as Uint8Array))
  values[index] = Buffer.from(
    values[index]!.toString().replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10)),
  )
  world.log.createTopic('tampered')
  world.log.append('tampered', 0, { ...batch, values: columnOf(values) })
  return world.plan({ slots: { 0: world.stream('in'), 1: world.stream('tampered') } })
}

test('replay gives the same bytes again, over swaps, faults and retirement', async () => {
  const { world, run } = await scored()
  const predictions = world.predictions()
  expect(new Set(predictions.map((p) => p.version)).size).toBeGreaterThan(2)
  const result = await run()
  expect(result.verified).toBe(predictions.length)
  expect(result).toMatchObject({ records: 201, predictions: predictions.length })
  expect(result.faults).toBe(world.deadLetters().length)

  const from = 63
  const to = 141
  const kept: FrameBatch[] = []
  const part = await run({ from, to, onPredictions: (_task, _slot, frames) => kept.push(frames) })
  const inside = predictions.filter(
    (p) => Number(p.position.replace(/^.*@/, '')) >= from && Number(p.position.replace(/^.*@/, '')) < to,
  )
  expect(part).toMatchObject({ records: to - from, predictions: inside.length, verified: inside.length })
  expect(kept.flatMap(textsOf).map((text) => JSON.parse(text) as object)).toEqual(inside.map((p) => p.value))
  await expect(run({ task: '0/1' })).rejects.toThrow('there is no task "0/1"; did you mean "0/0"?')
}, 60_000)

test('echoed records are the same bytes again, whatever was read before them', async () => {
  // Records of several shapes; some can be taken over as they are, others are written anew.
  const forms = [
    (x: number) => `{"x": ${x}.0, "list": [ 1.50, 2]}`,
    (x: number) => `{"list":[],"x":${x}}`,
    (x: number) => `{"x":${x},"y":"taken","list":[1]}`,
    (x: number) => `{"x":${x},\n"list":[0.1]}`,
    (x: number) => `{"x":${x}}`,
    (x: number) => `{"x":-1,"x":${x},"list":[]}`,
  ]
  const mixed = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      (forms[(from + i) % 5 === 0 ? (from + i) % 6 : 0] as (x: number) => string)(from + i),
    )
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'x', type: 'double' },
      { name: 'list', type: { type: 'array', items: 'float' }, default: [0.5] },
    ],
  }
  const { world, run } = await scored(
    (world) => ({
      predictions: { echo: true },
      slots: { 0: { ...world.stream('in'), schema }, 1: world.stream('out') },
    }),
    mixed,
  )
  const predictions = world.predictions()
  // How many records each version scores depends on when it was loaded.
  const texts = textsOf(world.log.read('out', 0, 0, 1_000))
  expect(texts.filter((text) => text.includes('.0, "list": [ 1.50, 2],"y":')).length).toBeGreaterThan(10)
  expect(texts.filter((text) => text.includes('"list":[0.5]')).length).toBeGreaterThan(0)
  for (const { value } of predictions) {
    expect(value).toMatchObject({ x: expect.any(Number), y: expect.any(Number), list: expect.any(Array) })
  }
  expect((await run()).verified).toBe(predictions.length)
  expect((await run({ from: 77 })).verified).toBeGreaterThan(0)
}, 60_000)

test('an output that was tampered with is found, with its position and the one of its record', async () => {
  const { world, run } = await scored()
  const tenth = world.predictions()[9]!
  const plan = tampered(world, 9)
  const request = { task: null, from: 0, to: null, verifies: true }
  await expect(replay(plan, registry, systemClock, request)).rejects.toMatchObject({
    code: 'ENGINE_REPLAY_DIFFERS',
    message: `replay of ${tenth.position} gives other bytes than the output at tampered/0@9`,
  })
  const before = await replay(plan, registry, systemClock, {
    ...request,
    to: Number(tenth.position.replace(/^.*@/, '')),
  })
  expect(before.verified).toBe(9)
  expect((await run({ verifies: false })).verified).toBe(0)
}, 60_000)

test('an output that is missing is found', async () => {
  const { world, plan, run } = await scored()
  const whole = await run()
  world.append('in', numbersFrom(201, 203))
  const beyond = replay(plan, registry, systemClock, { task: null, from: 0, to: 203, verifies: true })
  await expect(beyond).rejects.toThrow('than the output at its end')
  expect(await run()).toEqual(whole) // what the engine has not committed is not replayed
}, 60_000)

test('an engine that keeps no cut-overs cannot be replayed', async () => {
  const world = new LogWorld()
  const plan = world.plan({ state: 'memory', deadLetters: { transport: 'discard', encoding: 'json' } })
  const run = replay(plan, registry, systemClock, { task: null, from: 0, to: null, verifies: true })
  await expect(run).rejects.toMatchObject({ code: 'ENGINE_REPLAY_IMPOSSIBLE' })
})
