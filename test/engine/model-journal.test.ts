import { expect, test } from 'vitest'
import type { ModelUpdate } from '../../src/engine/join-state.ts'
import { ModelJournal, updateOf } from '../../src/engine/model-journal.ts'
import { referenceId } from '../../src/engine/versions.ts'
import { seeded } from '../random.ts'
import { loadedUpdate, prepared, recordedState, reference, update } from './fakes.ts'

const at = (position: number) => ({ position, end: position + 1 })
const active = (version: string, position: number, key = 'iris') => loadedUpdate({ version, key }, at(position))
/** Positions of what is not void. */
const positions = (journal: ModelJournal, from = 0) =>
  journal.from(from).flatMap((e) => (e.outcome.type === 'none' && e.action === 'activate' ? [] : [e.position]))
function journalOf(...updates: ModelUpdate[]): ModelJournal {
  const journal = new ModelJournal()
  for (const one of updates) journal.append(one)
  return journal
}

test('of activations that follow one another only the last of each key is needed', () => {
  const journal = journalOf(active('1', 0), active('2', 1), active('1', 2, 'wine'), active('3', 3))
  expect(positions(journal)).toEqual([2, 3])
  expect(positions(journal, 3)).toEqual([3])
  expect(positions(journal, 4)).toEqual([])
})

test('what is between two activations of a key keeps the first: a pin, a shadow', () => {
  const pin = update({ ...at(1), action: 'pin', outcome: { type: 'none' } })
  expect(positions(journalOf(active('1', 0), pin, active('2', 2)))).toEqual([0, 1, 2])
  const shadow = loadedUpdate({ version: '2' }, { ...at(1), action: 'shadow' })
  expect(positions(journalOf(active('1', 0), shadow, active('3', 2)))).toEqual([0, 1, 2])
  const other = update({ ...at(1), action: 'pin', key: 'wine', outcome: { type: 'none' } })
  expect(positions(journalOf(active('1', 0), other, active('2', 2)))).toEqual([1, 2])
})

test('an activation supersedes schedules that were due when it was published, and no others', () => {
  const scheduled = (fromMs: number) => loadedUpdate({ version: '2' }, { ...at(1), effectiveFromMs: fromMs })
  const published = (publishedMs: number | null) => loadedUpdate({ version: '3' }, { ...at(2), publishedMs })
  expect(positions(journalOf(active('1', 0), scheduled(5), published(5)))).toEqual([2])
  expect(positions(journalOf(active('1', 0), scheduled(5), published(4)))).toEqual([1, 2])
  expect(positions(journalOf(active('1', 0), scheduled(5), published(null)))).toEqual([1, 2])
})

test('a rejected version replaces nothing; only the last message is kept for its position', () => {
  const rejected = (position: number) =>
    update({
      ...at(position),
      outcome: { type: 'rejected', error: { code: 'CORE_CLOSED', message: '', parameters: {} } },
    })
  expect(positions(journalOf(active('1', 0), rejected(1)))).toEqual([0, 1])
  expect(positions(journalOf(active('1', 0), rejected(1), rejected(2)))).toEqual([0, 2])
})

test('a model stream without end takes no memory without end, and prepared versions are not kept', () => {
  const journal = new ModelJournal()
  for (let position = 0; position < 10_000; position++) journal.append(active(String(position), position))
  expect(journal.length).toBeLessThan(2_100)
  const entry = journal.from(0).at(-1)
  expect(journal.from(0)).toHaveLength(1_001)
  expect(entry?.position).toBe(9_999)
  expect(entry?.outcome).not.toHaveProperty('prepared')
  const model = prepared()
  expect(entry && updateOf(entry, model).outcome).toMatchObject({ type: 'loaded', prepared: model })
})

test('what is published, shadowed or activated and retired again, time after time, takes no memory without end', () => {
  for (const action of ['publish', 'shadow', 'activate'] as const) {
    const journal = journalOf(loadedUpdate({ version: 'a' }, { ...at(0), action: 'pin' }), active('w', 1, 'wine'))
    for (let position = 2; position < 10_000; position += 2) {
      const version = String(position)
      journal.append(loadedUpdate({ version }, { ...at(position), action }))
      journal.append(update({ ...at(position + 1), action: 'retire', version, outcome: { type: 'none' } }))
    }
    expect(journal.length).toBeLessThan(4_200)
    const entries = journal.from(0)
    const loaded = entries.filter((entry) => entry.outcome.type === 'loaded').map((entry) => entry.version)
    expect(loaded).toEqual(action === 'activate' ? ['a', 'w', '9998'] : ['a', 'w'])
    expect(entries.at(-1)).toMatchObject({ action: 'retire', version: '9998', position: 9_999 })
    expect(entries.length).toBeLessThan(2_010)
  }
})

test('what a pin by name may take, and what comes after its retirement, is kept; so is a retirement that something needs', () => {
  const published = (version: string, position: number) =>
    loadedUpdate({ version }, { ...at(position), action: 'publish' })
  const named = (action: 'pin' | 'retire', version: string, position: number) =>
    update({ ...at(position), action, version, outcome: { type: 'none' } })
  expect(positions(journalOf(published('1', 0), named('pin', '', 1), named('retire', '1', 2)))).toEqual([0, 1, 2])
  expect(positions(journalOf(named('retire', '1', 0), published('1', 1)))).toEqual([0, 1])
  expect(positions(journalOf(published('1', 0), published('2', 1), named('retire', '', 2)))).toEqual([2])
  const shadow = loadedUpdate({ version: '1' }, { ...at(1), action: 'shadow' })
  expect(positions(journalOf(active('1', 0), shadow, named('retire', '1', 2)))).toEqual([0, 1, 2])
  const journal = journalOf(active('1', 0), named('retire', '1', 1))
  for (let position = 2; position < 5_000; position++) journal.append(named('retire', String(position), position))
  expect(positions(journal).slice(0, 2)).toEqual([0, 1])
})

test('a task that starts with what the journal keeps scores as one that has seen everything, whatever it held', () => {
  const random = seeded(11)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  for (let round = 0; round < 600; round++) {
    const updates = Array.from({ length: 30 }, (_, position) => {
      const [key, version, action] = [pick(['iris', 'wine']), pick(['1', '2', '3']), pick(actions)]
      const effectiveFromMs = random() < 0.3 ? position + pick([-5, 3, 15]) : null
      const publishedMs = random() < 0.1 ? null : position - pick([0, 0, 0, 8])
      const rest = { ...at(position), action, effectiveFromMs, publishedMs }
      const named = action === 'retire' || action === 'unpin' || (action === 'pin' && random() < 0.5)
      if (!named) return loadedUpdate({ key, version }, rest)
      return update({ ...rest, key, version: random() < 0.2 ? '' : version, outcome: { type: 'none' } })
    })
    const from = Math.floor(random() * 20) // what is before is in the task's checkpoint
    const before = updates.slice(0, from)
    const rest = journalOf(...updates).from(from) as ModelUpdate[]
    const reached = { at: from, timeMs: Math.floor(random() * 30) - 5 }
    expect(actives([...before, ...rest], reached)).toEqual(actives(updates, reached))
  }
})

const actions = ['activate', 'activate', 'activate', 'publish', 'shadow', 'pin', 'unpin', 'retire'] as const

/** Which version scores each key, now and once all schedules are due; before update `at`, records of a time have been seen. */
function actives(updates: readonly ModelUpdate[], { at: from, timeMs }: { at: number; timeMs: number }): unknown {
  const { state, admit } = recordedState()
  for (const [i, update] of updates.entries()) {
    if (i === from) state.activateDue(timeMs)
    const { action, outcome, effectiveFromMs, publishedMs } = update
    if (outcome.type === 'loaded')
      state.place(action, state.held(outcome.reference) ?? admit(outcome.reference), effectiveFromMs, publishedMs)
    else if (outcome.type === 'none' && action === 'activate') state.supersede(update)
    else if (action === 'retire' || action === 'pin' || action === 'unpin') state.command(action, update)
  }
  const names = () => ['iris', 'wine'].map((key) => state.active(key)?.reference.version ?? null)
  const now = names()
  const then = [10, 20, 30, 100].map((timeMs) => {
    state.activateDue(timeMs)
    return names()
  })
  return [now, then]
}

test('it tells which versions its entries name, as they come and go', () => {
  const journal = journalOf(active('1', 0), active('1', 1, 'wine'))
  expect(journal.named.size).toBe(2)
  for (let position = 2; position < 2_000; position++) journal.append(active(String(position), position))
  expect(journal.named).toContain(referenceId(reference({ key: 'wine', version: '1' })))
  expect(journal.named).toContain(referenceId(reference({ version: '1999' })))
  expect(journal.named.size).toBeLessThan(1_100)
})
