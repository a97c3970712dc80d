import { expect, test } from 'vitest'
import type { HeldVersion, JoinState } from '../../src/engine/join-state.ts'
import { modelActions } from '../../src/engine/model-message.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
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
  expect(state.command('retire', 'iris', 'tree', '')).toBe(true)
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
  expect(state.command('unpin', 'iris', '', '')).toBe(true)
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> tree@3'])
})

test('activating the pinned version again has the last word over the one that waits', () => {
  const { state, admit } = recordedState()
  const pinned = admit({ version: '1' })
  const waiting = new FakeScorer()
  state.place('pin', pinned, null)
  state.place('activate', admit({ version: '2' }, waiting), null)
  state.place('activate', pinned, null)
  state.command('unpin', 'iris', '', '')
  expect(state.active('iris')).toBe(pinned)
  expect(waiting.closed).toBe(1)
})

test('retiring the pinned version unpins the key, and what waited takes over', () => {
  const { state, cutOvers, admit } = recordedState()
  state.place('pin', admit({ version: '1' }), null)
  state.place('activate', admit({ version: '2' }), null)
  state.command('retire', 'iris', 'tree', '1')
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
  state.command('retire', 'iris', 'tree', '')
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> none'])
  expect(scorers.map((scorer) => scorer.closed)).toEqual([1, 1, 1, 1])
})

test('commands that name nothing that is held say so and change nothing', () => {
  const { state, admit } = recordedState()
  expect(state.command('retire', 'iris', 'tree', '')).toBe(false)
  state.place('activate', admit(), null)
  const before = state.snapshot()
  expect(state.command('retire', 'iris', 'tree', '9')).toBe(false)
  expect(state.command('pin', 'iris', 'forest', '')).toBe(false)
  expect(state.snapshot()).toEqual(before)
})

test('pin by name activates a candidate and keeps it', () => {
  const { state, admit } = recordedState()
  const candidate = admit({ version: '2' })
  state.place('activate', admit({ version: '1' }), null)
  state.place('publish', candidate, null)
  expect(state.command('pin', 'iris', 'tree', '2')).toBe(true)
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
  state.command('unpin', 'iris', '', '')
  expect(cutOvers).toHaveLength(1)
  state.place('pin', state.active('iris') as HeldVersion, null)
  state.activateDue(100)
  expect(cutOvers).toHaveLength(1)
  state.command('unpin', 'iris', '', '')
  expect(cutOvers.at(-1)).toBe('iris: tree@1 -> tree@2')
})

test('keys do not touch each other', () => {
  const { state, admit } = recordedState()
  state.place('activate', admit({ key: 'iris' }), null)
  state.place('activate', admit({ key: 'wine' }), null)
  state.command('retire', 'wine', 'tree', '')
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
    if (action === 'retire' || action === 'unpin') state.command(action, key, 'tree', version)
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

/** Each version is in one place, and its life agrees with the place. */
function checkInvariants(state: JoinState): void {
  for (const { active, waiting, scheduled, candidates, shadows, isPinned } of state.keys()) {
    const places = [
      ...(active ? [active] : []),
      ...(waiting ? [waiting] : []),
      ...scheduled.map((s) => s.version),
      ...candidates,
      ...shadows,
    ]
    expect(new Set(places).size).toBe(places.length)
    if (active) expect(active.life.state).toBe('active')
    for (const shadow of shadows) expect(shadow.life.state).toBe('shadow')
    for (const idle of [...candidates, ...scheduled.map((s) => s.version)]) expect(idle.life.state).toBe('candidate')
    if (waiting) expect(isPinned).toBe(true)
    if (isPinned) expect(active).not.toBeNull()
  }
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
    const open = (wanted: VersionReference) => restored.admit(wanted)
    for (const key of snapshot) restored.state.restore(key, open)
    expect(restored.cutOvers).toEqual([])
    expect(restored.state.snapshot()).toEqual(snapshot)
    original.cutOvers.length = 0
    play(original.state, script.slice(40), [])
    play(restored.state, script.slice(40), [])
    expect(restored.cutOvers).toEqual(original.cutOvers)
  }
})
