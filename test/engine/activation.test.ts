import { expect, test } from 'vitest'
import { activationRecord } from '../../src/engine/activation.ts'
import { recordedState } from './fakes.ts'

const task = { name: '0/1', checkpoint: 'iris/0/1/log:iris', positionPrefix: 'iris/1@' }

test('a cut-over is written as data that names the task, the first record and the version', () => {
  const { state, admit } = recordedState()
  const version = admit()
  const record = activationRecord(task, { key: 'iris', version, previous: null }, 42)
  expect(JSON.parse(JSON.stringify(record))).toEqual({
    task: '0/1',
    checkpoint: 'iris/0/1/log:iris',
    key: 'iris',
    from: 42,
    position: 'iris/1@42',
    version: version.reference,
  })
  state.close()
})

test('that no version is active any more is a fact too', () => {
  const record = activationRecord(task, { key: 'iris', version: null, previous: null }, 7)
  expect(record['version']).toBeNull()
})
