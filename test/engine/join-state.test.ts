import { expect, test } from 'vitest'
import type { HeldVersion, JoinState } from '../../src/engine/join-state.ts'
import { type ModelAction, modelActions } from '../../src/engine/model-message.ts'
import { referenceId, type VersionReference } from '../../src/engine/versions.ts'
import { seeded } from '../random.ts'
import { FakeScorer, prepared, recordedState, reference } from './fakes.ts'

test('an activated version takes over, and the one before it is retired and closed', () => {
  const { state, cutOvers, moves, admit } = recordedState()
  const first = new FakeScorer()
  state.place('activate', admit({ version: '1' }, first), null)
  state.place('activate', admit({ version: '2' }), null)
  expect(state.active('iris')?.reference.version).toBe('2')
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> tree@2'])
  expect(moves.filter((move) => move.startsWith('tree@1'))).toEqual([
    'tree@1: loading -> candidate',
    'tree@1: candidate -> active',
    'tree@1: active -> retiring',
    'tree@1: retiring -> retired',
  ])
  expect(first.closed).toBe(1)
})

test('a published version stays a candidate until it is activated', () => {
  const { state, cutOvers, admit } = recordedState()
  const version = admit()
  state.place('publish', version, null)
  expect(state.active('iris')).toBeNull()
  state.place('activate', version, null)
  expect(state.active('iris')).toBe(version)
  expect(state.snapshot()[0]?.candidates).toEqual([])
  expect(cutOvers).toHaveLength(1)
})

test('publishing the active version again changes nothing, and it can be retired after that', () => {
  const { state, cutOvers, admit } = recordedState()
  const version = admit()
  state.place('activate', version, null)
  state.place('publish', version, null)
  expect(state.snapshot()[0]).toMatchObject({ active: version.reference, candidates: [] })
  expect(state.command('retire', { key: 'iris', model: 'tree', version: '' })).toBe(true)
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> none'])
})

test('what is activated while a key is pinned takes over at the unpin; only the last of them does', () => {
  const { state, cutOvers, admit } = recordedState()
  state.place('pin', admit({ version: '1' }), null)
  const passedOver = new FakeScorer()
  state.place('activate', admit({ version: '2' }, passedOver), null)
  state.place('activate', admit({ version: '3' }), null)
  expect(state.active('iris')?.reference.version).toBe('1')
  expect(passedOver.closed).toBe(1)
  expect(state.command('unpin', { key: 'iris', model: '', version: '' })).toBe(true)
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> tree@3'])
})

test('activating the pinned version again has the last word over the one that waits', () => {
  const { state, admit } = recordedState()
  const pinned = admit({ version: '1' })
  const waiting = new FakeScorer()
  state.place('pin', pinned, null)
  state.place('activate', admit({ version: '2' }, waiting), null)
  state.place('activate', pinned, null)
  state.command('unpin', { key: 'iris', model: '', version: '' })
  expect(state.active('iris')).toBe(pinned)
  expect(waiting.closed).toBe(1)
})

test('retiring the pinned version unpins the key, and what waited takes over', () => {
  const { state, cutOvers, admit } = recordedState()
  state.place('pin', admit({ version: '1' }), null)
  state.place('activate', admit({ version: '2' }), null)
  state.command('retire', { key: 'iris', model: 'tree', version: '1' })
  expect(state.get('iris')).toMatchObject({ isPinned: false, waiting: null })
  expect(cutOvers.at(-1)).toBe('iris: tree@1 -> tree@2')
})

test('making the pinned version a shadow lets the waiting one take over', () => {
  const { state, cutOvers, admit } = recordedState()
  const first = admit({ version: '1' })
  state.place('pin', first, null)
  state.place('activate', admit({ version: '2' }), null)
  state.place('shadow', first, null)
  expect(cutOvers.at(-1)).toBe('iris: tree@1 -> tree@2')
  expect([...(state.get('iris')?.shadows ?? [])]).toEqual([first])
  expect(first.life.state).toBe('shadow')
})

test('retiring a model takes every version of it away without letting any of them take over', () => {
  const { state, cutOvers, admit } = recordedState()
  const scorers = [1, 2, 3, 4].map(() => new FakeScorer())
  state.place('pin', admit({ version: '1' }, scorers[0]), null)
  state.place('activate', admit({ version: '2' }, scorers[1]), null)
  state.place('publish', admit({ version: '3' }, scorers[2]), null)
  state.place('shadow', admit({ version: '4' }, scorers[3]), null)
  state.command('retire', { key: 'iris', model: 'tree', version: '' })
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> none'])
  expect(scorers.map((scorer) => scorer.closed)).toEqual([1, 1, 1, 1])
})

test('commands that name nothing that is held say so and change nothing', () => {
  const { state, admit } = recordedState()
  expect(state.command('retire', { key: 'iris', model: 'tree', version: '' })).toBe(false)
  state.place('activate', admit(), null)
  const before = state.snapshot()
  expect(state.command('retire', { key: 'iris', model: 'tree', version: '9' })).toBe(false)
  expect(state.command('pin', { key: 'iris', model: 'forest', version: '' })).toBe(false)
  expect(state.snapshot()).toEqual(before)
})

test('pin by name activates a candidate and keeps it', () => {
  const { state, admit } = recordedState()
  const candidate = admit({ version: '2' })
  state.place('activate', admit({ version: '1' }), null)
  state.place('publish', candidate, null)
  expect(state.command('pin', { key: 'iris', model: 'tree', version: '2' })).toBe(true)
  expect(state.active('iris')).toBe(candidate)
  expect(state.get('iris')?.isPinned).toBe(true)
})

test('a shadow does not become active by itself and leaves the active version in place', () => {
  const { state, cutOvers, admit } = recordedState()
  const active = admit({ version: '1' })
  state.place('activate', active, null)
  state.place('shadow', admit({ version: '2' }), null)
  expect(state.active('iris')).toBe(active)
  expect(cutOvers).toHaveLength(1)
})

test('scheduled versions take over in the order of their event times, each at its own', () => {
  const { state, cutOvers, admit } = recordedState()
  state.place('activate', admit({ version: 'late' }), 200)
  state.place('activate', admit({ version: 'early' }), 100)
  expect(state.nextDueMs()).toBe(100)
  state.activateDue(99)
  expect(cutOvers).toEqual([])
  state.activateDue(100)
  expect(cutOvers).toEqual(['iris: none -> tree@early'])
  state.activateDue(1_000)
  expect(cutOvers.at(-1)).toBe('iris: tree@early -> tree@late')
  expect(state.nextDueMs()).toBe(Number.POSITIVE_INFINITY)
})

test('a version scheduled while the key is pinned waits for its time and then for the unpin', () => {
  const { state, cutOvers, admit } = recordedState()
  state.place('pin', admit({ version: '1' }), null)
  state.place('activate', admit({ version: '2' }), 100)
  state.command('unpin', { key: 'iris', model: '', version: '' })
  expect(cutOvers).toHaveLength(1)
  state.place('pin', state.active('iris') as HeldVersion, null)
  state.activateDue(100)
  expect(cutOvers).toHaveLength(1)
  state.command('unpin', { key: 'iris', model: '', version: '' })
  expect(cutOvers.at(-1)).toBe('iris: tree@1 -> tree@2')
})

test('a version that is active may be scheduled to come back, and ends when nothing refers to it', () => {
  const { state, cutOvers, moves, admit } = recordedState()
  const [a, b] = [new FakeScorer(), new FakeScorer()]
  const first = admit({ version: 'a' }, a)
  const second = admit({ version: 'b' }, b)
  state.place('activate', first, null)
  state.place('activate', second, 1_200)
  state.place('activate', first, 1_300)
  state.place('activate', second, 1_400)
  state.place('activate', first, 1_300) // said twice
  for (const timeMs of [1_100, 1_200, 1_350, 1_400]) state.activateDue(timeMs)
  expect(cutOvers).toEqual([
    'iris: none -> tree@a',
    'iris: tree@a -> tree@b',
    'iris: tree@b -> tree@a',
    'iris: tree@a -> tree@b',
  ])
  expect(moves.filter((move) => move.startsWith('tree@a')).slice(2)).toEqual([
    'tree@a: active -> candidate',
    'tree@a: candidate -> active',
    'tree@a: active -> retiring',
    'tree@a: retiring -> retired',
  ])
  expect([a.closed, b.closed]).toEqual([1, 0])
})

test('publishing a scheduled version again, or letting it shadow, leaves it scheduled', () => {
  const { state, admit } = recordedState()
  const [first, second] = [admit({ version: '1' }), admit({ version: '2' })]
  state.place('activate', first, 100)
  state.place('publish', first, null)
  state.place('activate', second, 200)
  state.place('shadow', second, null)
  expect([...(state.get('iris')?.shadows ?? [])]).toEqual([second])
  state.activateDue(100)
  expect(state.active('iris')).toBe(first)
  state.activateDue(200)
  expect(state.active('iris')).toBe(second)
  expect(state.snapshot()[0]).toMatchObject({ candidates: [], shadows: [], scheduled: [] })
})

test('a message that takes effect at once finds done what was due when it was published', () => {
  const held = (version: string) => reference({ version })
  const pin = { action: 'pin', version: null } as const
  for (const [late, expected] of [
    [{ action: 'activate', version: 'c' }, 'c'],
    [{ action: 'activate', version: 'b' }, 'b'],
    [{ action: 'pin', version: 'c' }, 'c'],
    [pin, 'b'],
    [{ action: 'shadow', version: 'b' }, null],
    [{ action: 'retire', version: 'b' }, null],
    [{ action: 'shadow', version: 'c' }, 'b'],
    [{ action: 'publish', version: 'c' }, 'b'],
  ] as const) {
    const { state, admit } = recordedState()
    state.place('activate', admit({ version: 'a' }), null, 1_000)
    state.place('activate', admit({ version: 'b' }), 1_200, 1_100)
    const { action, version } = late
    if (action === 'retire' || version === null)
      state.command(action, { key: 'iris', model: 'tree', version: version ?? '', publishedMs: 1_300 })
    else state.place(action, state.held(held(version)) ?? admit({ version }), null, 1_300)
    state.activateDue(1_400)
    expect([late, state.active('iris')?.reference.version ?? null]).toEqual([late, expected])
    if (action === 'shadow' && version === 'b') expect(state.get('iris')?.shadows.size).toBe(1)
  }
})

test('without the time of its message an activation leaves schedules as they are, and none that is later falls', () => {
  const { state, admit } = recordedState()
  state.place('activate', admit({ version: 'b' }), 1_200, 1_100)
  state.place('activate', admit({ version: 'c' }), null)
  state.activateDue(1_200)
  expect(state.active('iris')?.reference.version).toBe('b')
  state.place('activate', admit({ version: 'd' }), 1_500, 1_300)
  state.place('activate', admit({ version: 'e' }), null, 1_400)
  state.activateDue(1_500)
  expect(state.active('iris')?.reference.version).toBe('d')
})

test('a schedule that is published late, for a time before one that is done, has come too late', () => {
  const { state, cutOvers, admit } = recordedState()
  const scorers = [new FakeScorer(), new FakeScorer()]
  state.place('activate', admit({ version: 'a' }), 1_000, 900)
  state.activateDue(1_050)
  state.place('activate', admit({ version: 'b' }, scorers[0]), 930, 1_060)
  expect(state.nextDueMs()).toBe(Number.POSITIVE_INFINITY)
  state.activateDue(1_070)
  expect(cutOvers).toEqual(['iris: none -> tree@a'])
  // One that is published at once before that time, and read after it, likewise.
  state.place('activate', admit({ version: 'c' }, scorers[1]), null, 999)
  expect(state.active('iris')?.reference.version).toBe('a')
  expect(scorers.map((scorer) => scorer.closed)).toEqual([1, 1])
  // For the same time, and after an activation at once, the later message counts.
  state.place('activate', admit({ version: 'd' }), 1_000, 1_080)
  state.activateDue(1_090)
  expect(state.active('iris')?.reference.version).toBe('d')
  state.place('activate', admit({ version: 'e' }), null, 1_100)
  state.place('activate', admit({ version: 'f' }), 930, 1_110)
  state.activateDue(1_120)
  expect(state.active('iris')?.reference.version).toBe('f')
  state.command('retire', { key: 'iris', model: 'tree', version: 'f', publishedMs: 1_130 })
  state.place('activate', admit({ version: 'g' }), 900, 1_140)
  state.activateDue(1_150)
  expect(state.active('iris')?.reference.version).toBe('g')
})

test('what was scheduled for a time after that of a pin waits for the unpin, though the pin is read later', () => {
  for (const isPinned of [false, true]) {
    const { state, admit } = recordedState()
    const pinned = admit({ version: 'p' })
    state.place(isPinned ? 'pin' : 'activate', pinned, null, 100)
    state.place('activate', admit({ version: 'a' }), 200, 110)
    state.activateDue(200)
    state.place('pin', admit({ version: 'q' }), null, 190)
    state.place('activate', admit({ version: 'b' }), 150, 195)
    state.activateDue(210)
    expect(state.active('iris')?.reference.version).toBe('q')
    state.command('unpin', { key: 'iris', model: '', version: '' })
    expect(state.active('iris')?.reference.version).toBe('a')
  }
})

test('keys do not touch each other', () => {
  const { state, admit } = recordedState()
  state.place('activate', admit({ key: 'iris' }), null)
  state.place('activate', admit({ key: 'wine' }), null)
  state.command('retire', { key: 'wine', model: 'tree', version: '' })
  expect(state.active('iris')).not.toBeNull()
  expect(state.active('wine')).toBeNull()
})

test('the same artifact under the same name is found, whatever place it has', () => {
  const { state, admit } = recordedState()
  const version = admit({ version: '1' })
  state.place('shadow', version, null)
  expect(state.held({ ...version.reference, modelPosition: 'models/0@99' })).toBe(version)
  expect(state.held(reference({ version: '2' }))).toBeNull()
  expect(state.held(reference({ key: 'wine' }))).toBeNull()
})

/** Every action on random versions, as a script that can be run again. */
function randomScript(seed: number, steps: number) {
  const random = seeded(seed)
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  return Array.from({ length: steps }, (_, step) => ({
    action: pick(modelActions),
    key: pick(['a', 'b']),
    version: pick(['1', '2', '3', '4']),
    fromMs: random() < 0.2 ? step + Math.floor(random() * 10) : null,
    dueMs: step,
  }))
}

/** Runs a script; every version is opened once and found again while it is held. */
function play(state: JoinState, script: ReturnType<typeof randomScript>, opened: FakeScorer[]): void {
  for (const { action, key, version, fromMs, dueMs } of script) {
    state.activateDue(dueMs)
    if (action === 'retire' || action === 'unpin') state.command(action, { key, model: 'tree', version })
    else {
      const wanted = reference({ key, version })
      const open = () => {
        const scorer = new FakeScorer()
        opened.push(scorer)
        return state.admit(wanted, prepared(), scorer)
      }
      state.place(action, state.held(wanted) ?? open(), fromMs)
    }
    checkInvariants(state)
  }
}

/** The life of each version agrees with its places. */
function checkInvariants(state: JoinState): void {
  let due = Number.POSITIVE_INFINITY
  for (const { active, waiting, scheduled, candidates, shadows, isPinned } of state.keys()) {
    const idle = [...(waiting ? [waiting] : []), ...candidates]
    for (const version of idle) expect(version.life.state).toBe('candidate')
    expect([...shadows, ...idle]).not.toContain(active)
    for (const shadow of shadows) expect(shadow.life.state).toBe('shadow')
    for (const { version } of scheduled)
      expect(version.life.state).toBe(version === active ? 'active' : shadows.has(version) ? 'shadow' : 'candidate')
    if (active) expect(active.life.state).toBe('active')
    if (waiting) expect(isPinned).toBe(true)
    if (isPinned) expect(active).not.toBeNull()
    expect(scheduled.map((s) => s.fromMs)).toEqual(scheduled.map((s) => s.fromMs).sort((x, y) => x - y))
    due = Math.min(due, scheduled[0]?.fromMs ?? due)
  }
  expect(state.nextDueMs()).toBe(due)
}

test('no sequence of messages breaks the state, and every scorer that has left is closed once', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { state } = recordedState()
    const opened: FakeScorer[] = []
    play(state, randomScript(seed, 60), opened)
    const held = new Set<unknown>()
    for (const { active, waiting, scheduled, candidates, shadows } of state.keys())
      for (const version of [active, waiting, ...scheduled.map((s) => s.version), ...candidates, ...shadows])
        if (version) held.add(version.scorer)
    for (const scorer of opened) expect(scorer.closed).toBe(held.has(scorer) ? 0 : 1)
    state.close()
    for (const scorer of opened) expect(scorer.closed).toBe(1)
  }
})

test('equal messages give equal cut-overs', () => {
  const runs = [1, 2].map(() => {
    const { state, cutOvers } = recordedState()
    play(state, randomScript(7, 200), [])
    return cutOvers
  })
  expect(runs[0]).toEqual(runs[1])
  expect(runs[0]?.length).toBeGreaterThan(20)
})

test('a state restored from its snapshot is the same and goes on the same way, without cut-overs of its own', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const original = recordedState()
    const script = randomScript(seed, 80)
    play(original.state, script.slice(0, 40), [])
    const snapshot = JSON.parse(JSON.stringify(original.state.snapshot())) as ReturnType<JoinState['snapshot']>
    const restored = recordedState()
    const opened = new Map<string, HeldVersion>()
    const open = (wanted: VersionReference) => {
      const id = referenceId(wanted)
      const held = opened.get(id) ?? restored.admit(wanted)
      opened.set(id, held)
      return held
    }
    for (const key of snapshot) restored.state.restore(key, open)
    expect(restored.cutOvers).toEqual([])
    expect(restored.state.snapshot()).toEqual(snapshot)
    original.cutOvers.length = 0
    play(original.state, script.slice(40), [])
    play(restored.state, script.slice(40), [])
    expect(restored.cutOvers).toEqual(original.cutOvers)
  }
})

test('where all messages name their time, each record has the same version however reading and scoring interleave', () => {
  const random = seeded(31)
  const upTo = (end: number) => Math.floor(random() * end)
  for (let round = 0; round < 100; round++) {
    const messages = Array.from({ length: upTo(8) }, () => ({ version: String(upTo(4)), fromMs: 10 + upTo(20) }))
    let latest = 0
    const times = Array.from({ length: 25 }, () => (latest = Math.max(0, latest + upTo(5) - 1)))
    const reached = times.map((_, i) => Math.max(...times.slice(0, i + 1)))
    const expected = reached.map((timeMs) => {
      let [found, sinceMs] = ['0', 0]
      for (const { version, fromMs } of messages)
        if (fromMs <= timeMs && fromMs >= sinceMs) [found, sinceMs] = [version, fromMs]
      return found
    })
    for (let run = 0; run < 3; run++) {
      // Each message is read before the first record of its time, and after the message before it.
      const limits = messages.map(({ fromMs }) => reached.filter((timeMs) => timeMs < fromMs).length)
      const slots = limits.map((limit) => upTo(limit + 1))
      for (let i = 1; i < slots.length; i++) slots[i] = Math.max(slots[i] as number, slots[i - 1] as number)
      const late = slots.map((slot, i) => Math.min(slot, ...limits.slice(i)))
      expect(scoredBy(messages, late, times)).toEqual(expected)
    }
  }
})

/** The version that scores each record; message `i` is read before record `slots[i]`. Version 0 is active at first. */
function scoredBy(messages: readonly { version: string; fromMs: number }[], slots: readonly number[], times: number[]) {
  const { state, admit } = recordedState()
  const held = (version: string) => state.held(reference({ version })) ?? admit({ version })
  state.place('activate', held('0'), null)
  return times.map((timeMs, record) => {
    for (const [i, { version, fromMs }] of messages.entries()) {
      if (slots[i] !== record) continue
      state.place('activate', held(version), fromMs)
      if (i % 3 === 0) state.place('publish', held(version), null)
    }
    state.activateDue(timeMs)
    checkInvariants(state)
    return state.active('iris')?.reference.version ?? 'none'
  })
}

test('a task that reads all messages before its first record scores as one that was up to date when they were published', () => {
  const random = seeded(5)
  for (let round = 0; round < 600; round++) {
    const messages = randomMessages(random, [...timed, 'retire', 'shadow'], true)
    const published = messages.map(({ publishedMs }) => publishedMs)
    const expected = endOf(messages, published)
    expect([messages, endOf(messages, [])]).toEqual([messages, expected])
  }
})

test('however far the records of a task are when it reads a message, it comes to the same version', () => {
  const random = seeded(6)
  for (let round = 0; round < 400; round++) {
    const messages = randomMessages(random, timed, false)
    const expected = endOf(messages, [])
    for (let run = 0; run < 3; run++) {
      // Records may lag behind the messages, and run ahead while a version is being loaded.
      let latest = 0
      const reached = messages.map(({ publishedMs }) => {
        latest = Math.max(latest, publishedMs + Math.floor(random() * 60) - 40)
        return latest
      })
      expect([messages, reached, endOf(messages, reached)]).toEqual([messages, reached, expected])
    }
  }
})

const timed = ['activate', 'activate', 'activate', 'activate', 'pin', 'unpin', 'publish'] as const

interface TimedMessage {
  readonly action: ModelAction
  readonly isNamed: boolean
  readonly version: string
  readonly fromMs: number | null
  readonly publishedMs: number
}

/** Messages that tell their time, with schedules for times before and after it. */
function randomMessages(
  random: () => number,
  among: readonly ModelAction[],
  pinsByName: boolean,
): readonly TimedMessage[] {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  return Array.from({ length: 7 }, (_, i) => {
    const publishedMs = 10 * (i + 1)
    const action = pick(among)
    const isNamed = action === 'retire' || action === 'unpin' || (action === 'pin' && pinsByName && random() < 0.5)
    const fromMs = action === 'activate' && random() < 0.6 ? publishedMs + Math.floor(random() * 80) - 40 : null
    return { action, isNamed, version: isNamed && random() < 0.3 ? '' : pick(['1', '2', '3']), fromMs, publishedMs }
  })
}

/** The versions that score at the end, where before message `i` records up to `reachedMs[i]` have been seen. */
function endOf(messages: readonly TimedMessage[], reachedMs: readonly number[]): readonly string[] {
  const { state, admit } = recordedState()
  for (const [i, { action, isNamed, version, fromMs, publishedMs }] of messages.entries()) {
    const timeMs = reachedMs[i]
    if (timeMs !== undefined) state.activateDue(timeMs)
    if (isNamed) state.command(action as 'pin', { key: 'iris', model: 'tree', version, publishedMs })
    else state.place(action, state.held(reference({ version })) ?? admit({ version }), fromMs, publishedMs)
    checkInvariants(state)
  }
  const active = () => state.active('iris')?.reference.version ?? 'none'
  const ends = [200, 300].map((timeMs) => {
    state.activateDue(timeMs)
    return active()
  })
  state.command('unpin', { key: 'iris', model: '', version: '' })
  return [...ends, active()]
}
