import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { Transaction } from '../../src/core/transaction.ts'
import { StampFactory } from '../../src/engine/assemble.ts'
import { startBatch } from '../../src/engine/score-batch.ts'
import type { TaskCounts, TaskParts } from '../../src/engine/task.ts'
import { type CommitWork, type CountedBatch, TaskCommitter } from '../../src/engine/task-commit.ts'
import { readDeadLetter } from '../../src/streams/dead-letter.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { fakeWriter, frames, recordedState, textsOf } from './fakes.ts'

/** A committer whose parts note what happens, in order. */
function committerOf({ inDomain = [] as string[], breaks = '', commitIntervalMs = 0 } = {}) {
  const steps: string[] = []
  const clock = new ManualClock(5_000)
  /** What commits wait for. */
  const gate = { open: Promise.resolve() }
  const committed: CountedBatch[] = []
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
      interrupt: () => note('interrupt'),
      reject: (position: number, error: MillraceError) => note(`reject ${position} ${error.code}`),
    },
    predictions: [predictions],
    deadLetters,
    activations,
    store: {
      commitIntervalMs,
      begin: () => ({
        domain: 'd',
        commit: async () => {
          await gate.open
          note('commit')
        },
        abort: () => note('abort'),
      }),
      savePositions: (task: string, positions: Record<string, number>) => {
        note(`positions of ${task}`)
        saved.positions = positions
      },
      saveState: (_task: string, state: unknown) => {
        note('state')
        saved.state = state
      },
      saveStatistics: () => note('statistics'),
    },
    stamps: new StampFactory('none', 'in/0@'),
    clock,
  } as unknown as TaskParts
  return {
    committer: new TaskCommitter(parts, false, counts, { committed: (batch) => committed.push(batch) }),
    clock,
    gate,
    committed,
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
  return {
    work: { batch, scored, decoded },
    cutOvers: [],
    position: 43,
    modelPosition: 7,
    state: null,
    statistics: null,
    ...changes,
  }
}

async function commit(committer: TaskCommitter, added: CommitWork): Promise<void> {
  await committer.add(added)
  await committer.commit()
}

const allIn = ['reader', 'predictions', 'letters', 'activations']

test('streams of one domain take part in one transaction', async () => {
  const { committer, steps } = committerOf({ inDomain: allIn })
  await commit(committer, work())
  expect(steps).toEqual([
    'write predictions in transaction',
    'write letters in transaction',
    'positions of numbers/0/0',
    'reader to 43 in transaction',
    'commit',
    'reject 41 MODEL_INPUT_MISSING',
  ])
})

test('streams of other domains are flushed before the commit, and the input is committed after it', async () => {
  const { committer, steps } = committerOf()
  await commit(committer, work())
  expect(steps).toEqual([
    'write predictions',
    'write letters',
    'flush predictions',
    'flush letters',
    'positions of numbers/0/0',
    'commit',
    'reject 41 MODEL_INPUT_MISSING',
    'reader to 43',
  ])
})

test('positions and counts are those behind the batch, and are told only when they are durable', async () => {
  const { committer, counts, saved } = committerOf()
  await commit(committer, work())
  const expected = { read: 13, predicted: 11, deadLettered: 1, dropped: 1 }
  expect(counts).toEqual(expected)
  expect(saved.positions).toEqual({ data: 43, models: 7, ...expected })
})

for (const breaks of ['write predictions', 'flush letters', 'positions of numbers/0/0', 'commit']) {
  test(`when ${breaks} breaks, the transaction is dropped, nothing is counted and the input is not committed`, async () => {
    const { committer, steps, counts } = committerOf({ breaks })
    await expect(commit(committer, work())).rejects.toThrow(`${breaks} breaks`)
    expect(steps.at(-1)).toBe('abort')
    expect(steps.some((step) => step.startsWith('reader'))).toBe(false)
    expect(counts).toEqual({ read: 10, predicted: 10, deadLettered: 0, dropped: 0 })
  })
}

test('a dead letter holds the record as it came, where it stood, why, and the version that gave it up', async () => {
  const { committer, deadLetters } = committerOf()
  await commit(committer, work())
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
  await commit(committer, changed)
  expect(predictions.written).toEqual([])
  expect(deadLetters.written.flatMap(textsOf)).toEqual(['a', 'b'])
  expect(counts).toEqual({ read: 13, predicted: 10, deadLettered: 2, dropped: 1 })
})

test('versions alone are committed without touching records', async () => {
  const { committer, steps, saved, counts } = committerOf({ inDomain: allIn })
  const { admit } = recordedState()
  const change = { key: 'iris', version: admit(), previous: null }
  await commit(committer, work({ work: null, cutOvers: [{ change, position: 43 }], state: { keys: [] } }))
  expect(steps).toEqual(['write activations in transaction', 'state', 'positions of numbers/0/0', 'commit'])
  expect(saved).toMatchObject({ state: { keys: [] }, positions: { data: 43, read: 10 } })
  expect(counts.read).toBe(10)
})

test('cut-overs are written in the commit of the first records that they hold for', async () => {
  const { committer, activations } = committerOf({ inDomain: allIn })
  const { admit } = recordedState()
  await commit(
    committer,
    work({ cutOvers: [{ change: { key: 'iris', version: admit(), previous: null }, position: 40 }] }),
  )
  const [record] = activations.written.flatMap(textsOf).map((text) => JSON.parse(text) as object)
  expect(record).toMatchObject({ task: '0/0', key: 'iris', from: 40, position: 'in/0@40', version: { version: '1' } })
})

test('batches of an interval share a transaction, and are counted and told when it is durable', async () => {
  const { committer, steps, counts, saved, committed, clock } = committerOf({ inDomain: allIn, commitIntervalMs: 100 })
  expect([committer.isDue, committer.leftMs]).toEqual([false, Number.POSITIVE_INFINITY])
  await committer.add(work())
  await clock.advance(60)
  await committer.add(work({ position: 46, modelPosition: 8 }))
  expect([committer.isDue, committer.leftMs]).toEqual([false, 40])
  await clock.advance(40)
  expect(committer.isDue).toBe(true)
  expect([counts.read, committed]).toEqual([10, []])
  await committer.commit()
  const writes = ['write predictions in transaction', 'write letters in transaction']
  const commits = ['positions of numbers/0/0', 'reader to 43 in transaction', 'commit']
  const rejects = ['reject 41 MODEL_INPUT_MISSING', 'reject 41 MODEL_INPUT_MISSING']
  expect(steps).toEqual([...writes, ...writes, ...commits, ...rejects])
  expect(counts).toEqual({ read: 16, predicted: 12, deadLettered: 2, dropped: 2 })
  expect(saved.positions).toEqual({ data: 46, models: 8, ...counts })
  expect(committed).toHaveLength(2)
  expect(committed[0]).toMatchObject({ records: 3, predictions: 1, deadLetters: 1, dropped: 1 })
  expect([committer.isDue, committer.hasOpen]).toEqual([false, false])
})

test('a commit goes its way while the next batch is scored; what is written waits for it', async () => {
  const { committer, steps, counts, gate } = committerOf({ inDomain: allIn, commitIntervalMs: 100 })
  const opened = Promise.withResolvers<void>()
  gate.open = opened.promise
  await committer.add(work())
  await committer.commitMeanwhile()
  const added = committer.add(work({ position: 46 }))
  await new Promise((resolve) => setImmediate(resolve))
  expect(steps.filter((step) => step.startsWith('write'))).toHaveLength(2)
  opened.resolve()
  await added
  expect(steps.slice(-4)).toEqual([
    'commit',
    'reject 41 MODEL_INPUT_MISSING',
    'write predictions in transaction',
    'write letters in transaction',
  ])
  expect(counts.read).toBe(13)
  await committer.commit()
  expect(counts.read).toBe(16)
})

test('a commit that breaks on its way interrupts the reader, and nothing is added or committed behind it', async () => {
  const { committer, steps, counts } = committerOf({ inDomain: allIn, commitIntervalMs: 100, breaks: 'commit' })
  await committer.add(work())
  await committer.commitMeanwhile()
  await expect(committer.add(work())).rejects.toThrow('commit breaks')
  expect(() => committer.check()).toThrow('commit breaks')
  await expect(committer.commit()).rejects.toThrow('commit breaks')
  expect(steps.slice(-3)).toEqual(['commit', 'abort', 'interrupt'])
  expect(counts.read).toBe(10)
})

test('what was added is dropped when somebody else has the partition', async () => {
  const { committer, steps, counts } = committerOf({ inDomain: allIn, commitIntervalMs: 100 })
  await committer.add(work())
  await committer.drop()
  await committer.drop()
  expect(steps.filter((step) => step === 'abort' || step === 'commit')).toEqual(['abort'])
  expect(counts.read).toBe(10)
})

test('a transaction of many bytes is due before its time', async () => {
  const { committer } = committerOf({ inDomain: allIn, commitIntervalMs: 60_000 })
  const large = work()
  const bytes = Buffer.alloc(33 * 1024 * 1024)
  const values = { bytes, starts: Int32Array.of(0, 0, 0), ends: Int32Array.of(1, bytes.length, 1), length: 3 }
  const { batch, ...rest } = large.work as NonNullable<CommitWork['work']>
  await committer.add({ ...large, work: { ...rest, batch: { ...batch, values } } })
  expect(committer.isDue).toBe(true)
})
