import { expect, test } from 'vitest'
import type { Activation } from '../../src/engine/activation.ts'
import { RunAudit, type RunFault, type RunVerdict } from '../../src/engine/run-audit.ts'

/** `m@2` of the model stream's message 1. */
function version(name: string): NonNullable<Activation['version']> {
  const text = { key: 'k', model: 'm', version: name, digest: `d${name}`, format: 'javascript', description: '' }
  return { ...text, modelPosition: `models/0@${name}`, options: {} }
}

function activation(from: number, name: string | null, partition = 0): Activation {
  const position = `in/${partition}@${from}`
  return {
    task: `0/${partition}`,
    checkpoint: 'c',
    key: 'k',
    from,
    position,
    version: name === null ? null : version(name),
  }
}

interface Made {
  readonly at: number
  readonly by?: string
  readonly madeBy?: string
  readonly content?: string
  readonly modelPosition?: string
}

/** Ten records of two keys with gaps between their positions, version 1 from 20 on, version 2 from 60 on, and what becomes of them. */
function audited(predictions: readonly Made[], letters: readonly number[] = [], dropsUnserved = true): RunVerdict {
  const audit = new RunAudit(['out'], 2)
  for (let i = 0; i < 10; i++)
    audit.addRecord(`in/0@${i * 10}`, {
      position: i * 10,
      key: i % 2 ? 'odd' : 'even',
      joinKey: 'k',
      content: String(i),
    })
  audit.addActivation(activation(60, '2'))
  audit.addActivation(activation(20, '1'))
  for (const { at, by = at < 60 ? '1' : '2', madeBy = by, content = String(at / 10), modelPosition } of predictions) {
    const { model, digest, modelPosition: own } = version(by)
    const position = `in/0@${at}`
    const stamp = { position, model, version: by, digest: `sha256:${digest}`, modelPosition: modelPosition ?? own }
    audit.addPrediction({ output: 'out', outputPartition: 0, stamp, content, madeBy })
  }
  for (const at of letters) audit.addDeadLetter(`in/0@${at}`)
  return audit.verdict(dropsUnserved)
}

function made(...positions: readonly number[]): Made[] {
  return positions.map((at) => ({ at }))
}

const none = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 }

/** The verdict has exactly these faults. */
function expectFaults(verdict: RunVerdict, faults: Partial<Record<RunFault, number>>): void {
  expect({ faults: verdict.faults, examples: verdict.examples }).toMatchObject({ faults: { ...none, ...faults } })
}

test('a sound run: predictions, dead letters, and nothing before the first version', () => {
  const verdict = audited(made(20, 30, 50, 60, 70, 80), [40, 90])
  expect(verdict).toEqual({ records: 10, predicted: 6, deadLettered: 2, unserved: 2, faults: none, examples: [] })
})

test('keys may overtake each other', () => {
  expectFaults(audited(made(30, 20, 50, 70, 40, 90, 60, 80)), {})
})

test('a record that became nothing is lost, with the version that was active', () => {
  const verdict = audited(made(20, 30, 50, 60, 70, 80, 90))
  expectFaults(verdict, { lost: 1 })
  expect(verdict.examples).toEqual([{ fault: 'lost', place: 'in/0@40', detail: 'm@1 was active from in/0@20 on' }])
})

test('where what has no version becomes a dead letter, the records before the first version are lost too', () => {
  expectFaults(audited(made(20, 30, 40, 50, 60, 70, 80, 90), [], false), { lost: 2 })
})

test('after a retirement nothing is lost', () => {
  const audit = new RunAudit(['out'], 1)
  audit.addRecord('in/0@0', { position: 0, key: null, joinKey: 'k', content: null })
  audit.addActivation(activation(0, '1'))
  audit.addActivation(activation(0, null))
  expect(audit.verdict(true)).toMatchObject({ unserved: 1, faults: none })
})

test('two predictions, and a prediction with a dead letter, are repeated, and not reordered', () => {
  expectFaults(audited(made(20, 30, 40, 50, 20, 60, 70, 80, 90)), { repeated: 1 })
  expectFaults(audited(made(20, 30, 40, 50, 60, 70, 80, 90), [90]), { repeated: 1 })
})

test('a prediction behind that of a later record of its key is reordered', () => {
  const verdict = audited(made(20, 30, 60, 40, 50, 70, 80, 90))
  expectFaults(verdict, { reordered: 1 })
  expect(verdict.examples[0]).toEqual({
    fault: 'reordered',
    place: 'in/0@40',
    detail: 'in out/0 it comes after in/0@60',
  })
})

test('another version, another message of the same version, and a version that is not what it says are told', () => {
  const withOne = (one: Made) => audited([...made(20, 30, 40), one, ...made(60, 70, 80, 90)])
  expectFaults(withOne({ at: 50, by: '2' }), { misattributed: 1 })
  expectFaults(withOne({ at: 50, modelPosition: 'models/0@9' }), { misattributed: 1 })
  expectFaults(withOne({ at: 50, madeBy: '2' }), { misattributed: 1 })
  const early = audited([{ at: 0, by: '1' }, ...made(20, 30, 40, 50, 60, 70, 80, 90)])
  expectFaults(early, { misattributed: 1 })
})

test('predictions and dead letters of no record, and the content of another record, are foreign', () => {
  const whole = made(20, 30, 40, 50, 60, 70, 80, 90)
  expectFaults(audited([...whole, { at: 95 }]), { foreign: 1 })
  expectFaults(audited(whole, [100]), { foreign: 1 })
  expectFaults(audited([...made(20, 30, 40, 50, 60, 70, 80), { at: 90, content: '8' }]), { foreign: 1 })
})

test('every output has every prediction, or it is lost there', () => {
  const audit = new RunAudit(['a', 'b'], 1)
  audit.addRecord('in/0@0', { position: 0, key: null, joinKey: 'k', content: null })
  audit.addActivation(activation(0, '1'))
  const { model, modelPosition } = version('1')
  const stamp = { position: 'in/0@0', model, version: '1', digest: 'sha256:d1', modelPosition }
  audit.addPrediction({ output: 'a', outputPartition: 0, stamp, content: null, madeBy: null })
  expect(audit.verdict(true).faults).toEqual({ ...none, lost: 1 })
})

test('all faults are counted, the first few are shown', () => {
  const verdict = audited([])
  expect(verdict.faults.lost).toBe(8)
  expect(verdict.examples.map(({ place }) => place)).toEqual(['in/0@20', 'in/0@30'])
})
