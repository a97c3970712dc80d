import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { Transaction } from '../../src/core/transaction.ts'
import { StampFactory } from '../../src/engine/assemble.ts'
import { startBatch } from '../../src/engine/score-batch.ts'
import type { TaskCounts, TaskParts } from '../../src/engine/task.ts'
import { type CommitWork, TaskCommitter } from '../../src/engine/task-commit.ts'
import { readDeadLetter } from '../../src/streams/dead-letter.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { fakeWriter, frames, recordedState, textsOf } from './fakes.ts'

/** A committer whose parts note what happens, in order. */
function committerOf({ inDomain = [] as string[], breaks = '' } = {}) {
  const steps: string[] = []
  const note = (step: string) => {
    steps.push(step)
    if (step === breaks) throw new Error(`${step} breaks`)
  }
  const part = (name: string, transaction: Transaction | null) => `${name}${transaction ? ' in transaction' : ''}`
  const domainOf = (name: string) => (inDomain.includes(name) ? 'd' : null)
  const writer = (name: string) => {
    const inner = fakeWriter(() => null, { domain: domainOf(name) })
    const write = (...[batch, transaction]: Parameters<typeof inner.write>) => {
      note(part(`write ${name}`, transaction))
      return inner.write(batch, transaction)
    }
    return { ...inner, write, flush: async () => note(`flush ${name}`) }
  }
  const [predictions, deadLetters, activations] = [writer('predictions'), writer('letters'), writer('activations')]
  const counts: TaskCounts = { read: 10, predicted: 10, deadLettered: 0, dropped: 0 }
  const saved: { positions: Record<string, number>; state: unknown } = { positions: {}, state: null }
  const parts = {
    name: '0/0',
    checkpoint: 'numbers/0/0',
    positionPrefix: 'in/0@',
    reader: {
      name: 'in',
      partition: 0,
      domain: domainOf('reader'),
      commit: async (end: number, transaction: Transaction | null) => note(part(`reader to ${end}`, transaction)),
      reject: (position: number, error: MillraceError) => note(`reject ${position} ${error.code}`),
    },
    predictions: [predictions],
    deadLetters,
    activations,
    store: {
      begin: () => ({ domain: 'd', commit: async () => note('commit'), abort: () => note('abort') }),
      savePositions: (task: string, positions: Record<string, number>) => {
        note(`positions of ${task}`)
        saved.positions = positions
      },
      saveState: (_task: string, state: unknown) => {
        note('state')
        saved.state = state
      },
    },
    stamps: new StampFactory('none', 'in/0@'),
    clock: new ManualClock(5_000),
  } as unknown as TaskParts
  return {
    committer: new TaskCommitter(parts, false, counts),
    steps,
    counts,
    saved,
    predictions,
    deadLetters,
    activations,
  }
}

/** Three records at 40: a prediction, a fault of a version and one that is dropped. */
function work(changes: Partial<CommitWork> = {}): CommitWork {
  const { admit } = recordedState()
  const batch = frames(['a', 'b', 'c'], {}, 40)
  const scored = startBatch(batch, null)
  scored.predictions[0] = { y: 1 }
  scored.owners[0] = admit()
  scored.faults.push({ index: 1, error: new MillraceError('MODEL_INPUT_MISSING', { field: 'x' }), version: admit() })
  scored.dropped = 1
  const decoded = { values: ['a', 'b', 'c'], errors: null }
  return { work: { batch, scored, decoded }, cutOvers: [], position: 43, modelPosition: 7, state: null, ...changes }
}

const allIn = ['reader', 'predictions', 'letters', 'activations']

test('streams of one domain take part in one transaction', async () => {
  const { committer, steps } = committerOf({ inDomain: allIn })
  await committer.commit(work())
  expect(steps).toEqual([
    'write predictions in transaction',
    'write letters in transaction',
    'reject 41 MODEL_INPUT_MISSING',
    'positions of numbers/0/0',
    'reader to 43 in transaction',
    'commit',
  ])
})

test('streams of other domains are flushed before the commit, and the input is committed after it', async () => {
  const { committer, steps } = committerOf()
  await committer.commit(work())
  expect(steps).toEqual([
    'write predictions',
    'flush predictions',
    'write letters',
    'flush letters',
    'reject 41 MODEL_INPUT_MISSING',
    'positions of numbers/0/0',
    'commit',
    'reader to 43',
  ])
})

test('positions and counts are those behind the batch, and are told only when they are durable', async () => {
  const { committer, counts, saved } = committerOf()
  await committer.commit(work())
  const expected = { read: 13, predicted: 11, deadLettered: 1, dropped: 1 }
  expect(counts).toEqual(expected)
  expect(saved.positions).toEqual({ data: 43, models: 7, ...expected })
})

for (const breaks of ['write predictions', 'flush letters', 'positions of numbers/0/0', 'commit']) {
  test(`when ${breaks} breaks, the transaction is dropped, nothing is counted and the input is not committed`, async () => {
    const { committer, steps, counts } = committerOf({ breaks })
    await expect(committer.commit(work())).rejects.toThrow(`${breaks} breaks`)
    expect(steps.at(-1)).toBe('abort')
    expect(steps.some((step) => step.startsWith('reader'))).toBe(false)
    expect(counts).toEqual({ read: 10, predicted: 10, deadLettered: 0, dropped: 0 })
  })
}

test('a dead letter holds the record as it came, where it stood, why, and the version that gave it up', async () => {
  const { committer, deadLetters } = committerOf()
  await committer.commit(work())
  const [batch] = deadLetters.written
  const letter = readDeadLetter(bytesAt(batch!.values, 0), bytesAt(batch!.headers!, 0))
  expect(letter).toMatchObject({
    code: 'MODEL_INPUT_MISSING',
    position: 'in/0@41',
    model: 'tree@1',
    timestampMs: 5_000,
  })
  expect(letter.bytes?.toString()).toBe('b')
})

test('a prediction that cannot be encoded is a dead letter of the same commit', async () => {
  const { committer, counts, deadLetters, predictions } = committerOf()
  const changed = work()
  const refuse = new MillraceError('MODEL_INPUT_MISSING', { field: 'y' })
  Object.assign(predictions, {
    encode: () => ({ values: frames([]).values, indexes: [], errors: new Map([[0, refuse]]) }),
  })
  await committer.commit(changed)
  expect(predictions.written).toEqual([])
  expect(deadLetters.written.flatMap(textsOf)).toEqual(['a', 'b'])
  expect(counts).toEqual({ read: 13, predicted: 10, deadLettered: 2, dropped: 1 })
})

test('versions alone are committed without touching records', async () => {
  const { committer, steps, saved, counts } = committerOf({ inDomain: allIn })
  const { admit } = recordedState()
  const change = { key: 'iris', version: admit(), previous: null }
  await committer.commit(work({ work: null, cutOvers: [{ change, position: 43 }], state: { keys: [] } }))
  expect(steps).toEqual(['write activations in transaction', 'state', 'positions of numbers/0/0', 'commit'])
  expect(saved).toMatchObject({ state: { keys: [] }, positions: { data: 43, read: 10 } })
  expect(counts.read).toBe(10)
})

test('cut-overs are written in the commit of the first records that they hold for', async () => {
  const { committer, activations } = committerOf({ inDomain: allIn })
  const { admit } = recordedState()
  await committer.commit(
    work({ cutOvers: [{ change: { key: 'iris', version: admit(), previous: null }, position: 40 }] }),
  )
  const [record] = activations.written.flatMap(textsOf).map((text) => JSON.parse(text) as object)
  expect(record).toMatchObject({ task: '0/0', key: 'iris', from: 40, position: 'in/0@40', version: { version: '1' } })
})
