import { expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { abort, pause, records, Script } from '../support/scripted-transport.ts'
import { loadedUpdate, prepared, update } from './fakes.ts'
import { numbered, TaskWorld, timed } from './task-world.ts'

const first = loadedUpdate({ version: '1' }, { position: 0 })
const second = loadedUpdate({ version: '2' }, { position: 1 })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const crashed = { code: 'TRANSPORT_IO' }

test('three records, crash, resume, two records: each is predicted once, by the version of the checkpoint', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 3)), abort('line dropped'), records(...numbered(3, 5))))
  await expect(world.run(first)).rejects.toMatchObject(crashed)
  expect(await world.run()).toBe(true)
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 1', '4 by 1'])
  expect(world.cutOvers).toEqual(['iris from 0: 1'])
  expect(await world.counts()).toEqual({ read: 5, predicted: 5, deadLettered: 0, dropped: 0 })
})

test('a swap between crash and resume holds for the records that follow', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 3)), abort('line dropped'), records(...numbered(3, 5))))
  await expect(world.run(first)).rejects.toMatchObject(crashed)
  await world.run(first, second) // the first message is read again: the checkpoint is beyond it
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 2', '4 by 2'])
  expect(world.cutOvers).toEqual(['iris from 0: 1', 'iris from 3: 2'])
})

test('a crash between write and commit repeats the batch where outputs commit by themselves, and loses nothing', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 2)), records(...numbered(2, 4))), {
    settings: { maxRecords: 2 },
  })
  world.commitsToBreak = 1
  await expect(world.run(first)).rejects.toThrow('the power is gone')
  expect(await world.saved()).toBeNull()
  await world.run(first)
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '0 by 1', '1 by 1', '2 by 1', '3 by 1'])
  expect(await world.counts()).toEqual({ read: 4, predicted: 4, deadLettered: 0, dropped: 0 })
})

test('a crash between write and commit leaves nothing where outputs take part in the commit', async () => {
  const script = new Script(records(...numbered(0, 2)), records('{bad'), records(...numbered(2, 4)))
  const world = new TaskWorld(script, { isTransactional: true, settings: { maxRecords: 2 } })
  for (let crashes = 0; crashes < 3; crashes++) {
    world.commitsToBreak = 1
    await expect(world.run(first, second)).rejects.toThrow('the power is gone')
  }
  expect([world.predicted, world.letters, world.cutOvers]).toEqual([[], [], []])
  await world.run(first, second)
  expect(world.predicted).toEqual(['0 by 2', '1 by 2', '2 by 2', '3 by 2'])
  expect(world.letters).toEqual(['{bad'])
  expect(world.cutOvers).toEqual(['iris from 0: 2']) // version 1 was replaced before the first record
})

test('a failed commit is not counted', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 2))))
  world.commitsToBreak = 1
  const task = await world.start(first)
  await expect(
    task.run(
      () => {},
      () => {},
    ),
  ).rejects.toThrow('the power is gone')
  expect(task.report().counts).toEqual({ read: 0, predicted: 0, deadLettered: 0, dropped: 0 })
})

test('versions that were published before are in place, and warm, before the first record', async () => {
  const samples = [{ id: 0 }]
  let now = 0
  const clock = { now: () => 0, monotonicMs: () => (now += 1), sleep: async () => {} }
  const world = new TaskWorld(new Script(records(...numbered(0, 3))), { clock })
  await world.run(loadedUpdate({ version: '1' }, { position: 0 }, prepared({ samples })))
  expect(world.predicted).toHaveLength(3)
  expect(await world.counts()).toMatchObject({ dropped: 0 })
})

test('an update between two batches holds from the next record on', async () => {
  const script = new Script(records(...numbered(0, 3)), pause, records(...numbered(3, 5)))
  const world = new TaskWorld(script)
  const task = await world.start(first)
  const ended = task.run(
    () => {},
    () => {},
  )
  while (world.batches.length === 0) await turn()
  task.push(second)
  while (task.report().modelPosition < 2) await turn()
  script.release()
  expect(await ended).toBe(true)
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 2', '4 by 2'])
})

test('effectiveFrom in the middle of a batch splits it exactly there, also when two versions are due in it', async () => {
  const times = [10, 20, 30, 40, 50].map((t, id) => JSON.stringify({ id, t }))
  const world = new TaskWorld(new Script(records(...times)), { reader: timed })
  await world.run(
    first,
    loadedUpdate({ version: '3' }, { position: 1, effectiveFromMs: 50 }),
    loadedUpdate({ version: '2' }, { position: 2, effectiveFromMs: 21 }),
  )
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 2', '3 by 2', '4 by 3'])
  expect(world.cutOvers).toEqual(['iris from 0: 1', 'iris from 2: 2', 'iris from 4: 3'])
})

test('effectiveFrom gives the same split whatever the batches and crashes are', async () => {
  const random = seeded(21)
  const times = Array.from({ length: 30 }, (_, id) => JSON.stringify({ id, t: id * 10 }))
  const updates = [
    first,
    loadedUpdate({ version: '2' }, { position: 1, effectiveFromMs: 95 }),
    loadedUpdate({ version: '3' }, { position: 2, effectiveFromMs: 200 }),
  ]
  const outcomes = new Set<string>()
  for (let n = 0; n < 20; n++) {
    const cut = 1 + Math.floor(random() * 28)
    const script = new Script(records(...times.slice(0, cut)), abort('line dropped'), records(...times.slice(cut)))
    const world = new TaskWorld(script, {
      reader: timed,
      isTransactional: true,
      settings: { maxRecords: 1 + Math.floor(random() * 30) },
    })
    await expect(world.run(...updates)).rejects.toMatchObject(crashed)
    await world.run(...updates)
    outcomes.add(JSON.stringify([world.predicted, world.cutOvers]))
  }
  expect(outcomes.size).toBe(1)
})

test('stopping while records are held commits nothing of them; they are scored after the resume', async () => {
  const clock = new ManualClock()
  const world = new TaskWorld(new Script(records(...numbered(0, 3))), { clock, settings: { holdMs: 5_000 } })
  const task = await world.start()
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  task.stop()
  expect(await ended).toBe(false)
  expect([world.predicted, world.letters, await world.saved()]).toEqual([[], [], null])
  expect(await world.run(first)).toBe(true)
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1'])
})

test('stopping while the rest of a batch is held commits the part before it, which is not lost and not repeated', async () => {
  const clock = new ManualClock()
  const texts = [
    { id: 0, t: 10, kind: 'a' },
    { id: 1, t: 20, kind: 'b' },
    { id: 2, t: 30, kind: 'a' },
  ]
  const world = new TaskWorld(new Script(records('{"t":1', ...texts.map((text) => JSON.stringify(text)))), {
    clock,
    source: { type: 'field', name: 'kind' },
    settings: { holdMs: 5_000 },
    reader: (reader) => {
      const next = async (...values: [number, number]) => {
        const batch = await reader.next(...values)
        if (!batch || batch.length === 0) return batch
        return { ...batch, timestampsMs: Float64Array.from(batch.positions, (position) => position * 10) }
      }
      return Object.assign(Object.create(reader) as typeof reader, { next })
    },
  })
  const a1 = loadedUpdate({ key: 'a', version: 'a1' }, { position: 0 })
  const a2 = loadedUpdate({ key: 'a', version: 'a2' }, { position: 1, effectiveFromMs: 20 })
  const b1 = loadedUpdate({ key: 'b', version: 'b1' }, { position: 2 })
  const task = await world.start(a1, a2)
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  task.stop()
  expect(await ended).toBe(false)
  expect(world.predicted).toEqual(['0 by a1'])
  expect((await world.saved())?.positions).toMatchObject({ data: 2, read: 2, predicted: 1, deadLettered: 1 })
  await world.run(a1, a2, b1)
  expect(world.predicted).toEqual(['0 by a1', '1 by b1', '2 by a2'])
  expect(world.letters).toEqual(['{"t":1'])
  expect(world.cutOvers).toEqual(['a from 0: a1', 'a from 2: a2', 'b from 2: b1'])
  expect(await world.counts()).toEqual({ read: 4, predicted: 3, deadLettered: 1, dropped: 0 })
})

test('a held record is scored as soon as its version is there, and given up after the longest wait', async () => {
  for (const comes of [true, false]) {
    const clock = new ManualClock()
    const world = new TaskWorld(new Script(records(...numbered(0, 2))), {
      clock,
      unserved: 'deadLetter',
      settings: { holdMs: 5_000 },
    })
    const task = await world.start()
    const ended = task.run(
      () => {},
      () => {},
    )
    await clock.untilSleeping()
    await clock.advance(4_999)
    expect(world.batches).toEqual([])
    if (comes) task.push(first)
    else await clock.advance(1)
    await ended
    expect(world.predicted).toHaveLength(comes ? 2 : 0)
    expect(world.letters).toHaveLength(comes ? 0 : 2)
  }
})

test('a version that comes for a held record with an event time in the past scores it', async () => {
  const clock = new ManualClock()
  const script = new Script(records('{"id":0,"t":10}', '{"id":1,"t":20}'))
  const world = new TaskWorld(script, { clock, reader: timed, settings: { holdMs: 5_000 } })
  const task = await world.start()
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  task.push(loadedUpdate({ version: '1' }, { position: 0, effectiveFromMs: 5 }))
  await ended
  expect(world.predicted).toEqual(['0 by 1', '1 by 1'])
})

test('stopping ends an idle task after what it has; messages that came meanwhile are kept', async () => {
  const script = new Script(records(...numbered(0, 3)), pause, records(...numbered(3, 5)))
  const world = new TaskWorld(script)
  const task = await world.start(first)
  const ended = task.run(
    () => {},
    () => {},
  )
  while (world.batches.length === 0) await turn()
  task.push(second)
  while (task.report().modelPosition < 2) await turn()
  task.stop()
  task.stop()
  expect(await ended).toBe(false)
  expect((await world.saved())?.positions).toMatchObject({ data: 3, models: 2, read: 3 })
  script.release()
  await world.run()
  expect(world.predicted.slice(3)).toEqual(['3 by 2', '4 by 2'])
})

test('a pin and a candidate survive the resume', async () => {
  const script = new Script(records(...numbered(0, 2)), abort('line dropped'), records(...numbered(2, 4)))
  const world = new TaskWorld(script)
  const pin = loadedUpdate({ version: '1' }, { position: 0, action: 'pin' })
  await expect(world.run(pin, second)).rejects.toMatchObject(crashed)
  await world.run(update({ position: 2, action: 'unpin', outcome: { type: 'none' } }))
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 2', '3 by 2'])
})

test('a reader that cannot seek goes on where it stands', async () => {
  const script = new Script(records(...numbered(0, 2)), abort('line dropped'), records(...numbered(2, 4)))
  const reader: NonNullable<ConstructorParameters<typeof TaskWorld>[1]>['reader'] = (opened) =>
    Object.assign(Object.create(opened) as typeof opened, {
      isSeekable: false,
      seek: () => Promise.reject(new Error('it cannot seek')),
    })
  const world = new TaskWorld(script, { reader })
  await expect(world.run(first)).rejects.toMatchObject(crashed)
  await world.run()
  expect(world.predicted.length).toBeGreaterThanOrEqual(4)
})

test('the counts are exact over batches, faults and crashes, and every record has one outcome', async () => {
  const random = seeded(4)
  const kinds = ['iris', 'iris', 'wine', '']
  const texts = Array.from({ length: 400 }, (_, id) =>
    random() < 0.05
      ? `{"id":${id}`
      : JSON.stringify({ id, kind: kinds[Math.floor(random() * 4)], bad: random() < 0.1 }),
  )
  const steps = Array.from({ length: 10 }, (_, n) => [
    records(...texts.slice(n * 40, n * 40 + 40)),
    abort('line dropped'),
  ]).flat()
  const world = new TaskWorld(new Script(...steps), {
    source: { type: 'field', name: 'kind' },
    isTransactional: true,
    settings: { maxRecords: 17 },
  })
  let isOver = false
  for (let crashes = 0; !isOver; crashes++) {
    expect(crashes).toBeLessThan(20)
    if (random() < 0.3) world.commitsToBreak = 1
    isOver = await world.run(first).catch(() => false)
  }
  const counts = await world.counts()
  expect(counts).toMatchObject({ read: 400, predicted: world.predicted.length, deadLettered: world.letters.length })
  expect((counts?.predicted ?? 0) + (counts?.deadLettered ?? 0) + (counts?.dropped ?? 0)).toBe(400)
  expect(new Set(world.predicted).size).toBe(world.predicted.length)
  const ids = world.predicted.map((text) => Number.parseInt(text, 10))
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
})

test('statistics and positions are told while the task runs', async () => {
  const script = new Script(records(...numbered(0, 3)), pause)
  const world = new TaskWorld(script)
  const task = await world.start(first)
  const ended = task.run(
    () => {},
    () => {},
  )
  while (world.batches.length === 0) await turn()
  expect(task.report()).toMatchObject({ task: '0/0', position: 3, modelPosition: 1, counts: { read: 3, predicted: 3 } })
  expect(task.report().stats[0]).toMatchObject({ key: 'iris', usage: 3, reference: { version: '1' } })
  task.stop()
  await ended
  expect(world.batches).toEqual([
    { engine: 'numbers', task: '0/0', records: 3, predictions: 3, deadLetters: 0, dropped: 0 },
  ])
})

const interval = { isTransactional: true, commitIntervalMs: 100, settings: { maxRecords: 2 } }

test('the batches of an interval are durable together, at its end', async () => {
  const clock = new ManualClock()
  const script = new Script(records(...numbered(0, 4)), pause, records(...numbered(4, 6)))
  const world = new TaskWorld(script, { ...interval, clock })
  const task = await world.start(first)
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  expect([task.report().position, world.predicted, world.batches]).toEqual([4, [], []])
  await clock.advance(99)
  expect(await world.saved()).toBeNull()
  await clock.advance(1)
  while (world.batches.length < 2) await turn()
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 1'])
  expect((await world.saved())?.positions).toMatchObject({ data: 4, read: 4 })
  script.release()
  expect(await ended).toBe(true)
  expect(await world.counts()).toEqual({ read: 6, predicted: 6, deadLettered: 0, dropped: 0 })
})

test('stopping in the middle of an interval commits what was scored; being dropped leaves it to whoever has the partition', async () => {
  for (const end of ['stop', 'drop'] as const) {
    const clock = new ManualClock()
    const world = new TaskWorld(new Script(records(...numbered(0, 4)), pause), { ...interval, clock })
    const task = await world.start(first)
    const ended = task.run(
      () => {},
      () => {},
    )
    await clock.untilSleeping()
    task[end]()
    expect(await ended).toBe(false)
    task.close()
    expect(world.predicted).toHaveLength(end === 'stop' ? 4 : 0)
    expect((await world.counts())?.read ?? 0).toBe(end === 'stop' ? 4 : 0)
  }
})

test('a batch that is held for its version does not hold up the commit of those before it', async () => {
  const clock = new ManualClock()
  const texts = ['a', 'a', 'a', 'b'].map((kind, id) => JSON.stringify({ id, kind }))
  const world = new TaskWorld(new Script(records(...texts)), {
    ...interval,
    clock,
    source: { type: 'field', name: 'kind' },
    settings: { maxRecords: 2, holdMs: 5_000 },
  })
  const task = await world.start(loadedUpdate({ key: 'a', version: 'a1' }, { position: 0 }))
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  await clock.advance(100)
  await clock.untilSleeping()
  expect(world.predicted).toEqual(['0 by a1', '1 by a1'])
  expect((await world.saved())?.positions).toMatchObject({ data: 2, read: 2 })
  task.push(loadedUpdate({ key: 'b', version: 'b1' }, { position: 1 }))
  expect(await ended).toBe(true)
  expect(world.predicted.slice(2)).toEqual(['2 by a1', '3 by b1'])
})

test('with a commit interval too, counts are exact and every record has one outcome over faults, swaps and crashes', async () => {
  const random = seeded(7)
  const texts = Array.from({ length: 300 }, (_, id) => JSON.stringify({ id, t: id, bad: random() < 0.1 }))
  const steps = Array.from({ length: 10 }, (_, n) => [
    records(...texts.slice(n * 30, n * 30 + 30)),
    abort('line dropped'),
  ]).flat()
  // Every reading of the clock moves it: intervals end at random places.
  let now = 0
  const clock = { now: () => 0, monotonicMs: () => (now += random() * 20), sleep: async () => {} }
  const world = new TaskWorld(new Script(...steps), {
    isTransactional: true,
    commitIntervalMs: 100,
    reader: timed,
    clock,
    settings: { maxRecords: 7 },
  })
  const updates = [first, loadedUpdate({ version: '2' }, { position: 1, effectiveFromMs: 123 })]
  let isOver = false
  for (let crashes = 0; !isOver; crashes++) {
    expect(crashes).toBeLessThan(40)
    if (random() < 0.3) world.commitsToBreak = 1
    isOver = await world.run(...updates).catch(() => false)
  }
  expect(await world.counts()).toEqual({
    read: 300,
    predicted: world.predicted.length,
    deadLettered: world.letters.length,
    dropped: 0,
  })
  expect(world.predicted.length + world.letters.length).toBe(300)
  const ids = world.predicted.map((text) => Number.parseInt(text, 10))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect(world.predicted.every((text) => text.endsWith(Number.parseInt(text, 10) < 123 ? 'by 1' : 'by 2'))).toBe(true)
})

test('statistics go on where the checkpoint has them', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 3)), abort('line dropped'), records(...numbered(3, 5))))
  await expect(world.run(first)).rejects.toMatchObject(crashed)
  expect((await world.saved())?.statistics).toBeNull() // not yet due: the next start begins anew
  await world.run()
  expect((await world.saved())?.statistics).toMatchObject({ keys: [{ key: 'iris', version: '1', usage: 2 }] })
  const task = await world.start()
  expect(task.report().stats).toMatchObject([{ key: 'iris', usage: 2, reference: { version: '1' } }])
  task.close()
})

test('what a group has committed wins over the position of the checkpoint', async () => {
  const reset: NonNullable<ConstructorParameters<typeof TaskWorld>[1]>['reader'] = (opened) =>
    Object.assign(Object.create(opened) as typeof opened, { hasCommitted: true })
  const world = new TaskWorld(new Script(records(...numbered(0, 3))), { reader: reset })
  await world.run(first)
  await world.run()
  expect(world.predicted).toEqual(['0 by 1', '1 by 1', '2 by 1', '0 by 1', '1 by 1', '2 by 1'])
  expect(await world.counts()).toMatchObject({ read: 6 })
})

test('a task that starts behind many models hears meanwhile that it is to stop', async () => {
  const world = new TaskWorld(new Script(records(...numbered(0, 3))))
  const model = prepared({ samples: [{ id: 1 }] })
  const updates = Array.from({ length: 20 }, (_, i) =>
    loadedUpdate({ key: `key ${i}`, version: '1' }, { position: i, end: i + 1, key: `key ${i}` }, model),
  )
  const task = await world.start(...updates)
  expect(
    await task.run(
      () => task.stop(),
      () => {},
    ),
  ).toBe(false)
  expect(task.report().modelPosition).toBeLessThan(3)
  task.close()
})

test('a commit on its way that breaks while records are held ends the task at once', async () => {
  const clock = new ManualClock()
  const script = new Script(records('{"id":0,"kind":"a"}'), pause, records('{"id":1,"kind":"b"}'))
  const settings = { maxRecords: 2, holdMs: 60_000 }
  const world = new TaskWorld(script, { ...interval, settings, clock, source: { type: 'field', name: 'kind' } })
  const breaking = Promise.withResolvers<void>()
  world.breaking = breaking.promise
  world.commitsToBreak = 1
  const task = await world.start(loadedUpdate({ key: 'a', version: '1' }))
  const ended = task.run(
    () => {},
    () => {},
  )
  await clock.untilSleeping()
  await clock.advance(100) // the commit is begun, and goes on while the next record is held
  await clock.untilSleeping()
  script.release()
  while (task.report().position < 1) await turn()
  await clock.untilSleeping()
  breaking.resolve()
  await expect(ended).rejects.toThrow('the power is gone')
  task.close()
})
