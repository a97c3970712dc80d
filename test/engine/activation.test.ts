import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { type Activation, activationRecord, encodeActivations } from '../../src/engine/activation.ts'
import { fakeWriter, recordedState } from './fakes.ts'

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
  expect(record.version).toBeNull()
})

test('what a stream does not take goes without description, then without options, and is left out in the end', () => {
  const { state, admit } = recordedState()
  const version = admit({ description: 'd'.repeat(2_000), options: { columns: 'c'.repeat(5_000) } })
  const full = activationRecord(task, { key: 'iris', version, previous: null }, 42)
  const last = activationRecord(task, { key: 'iris', version: null, previous: version }, 50)
  const encodedFor = (maxRecordBytes: number | null) => {
    const errors: string[] = []
    const writer = fakeWriter(() => null, { maxRecordBytes })
    const column = encodeActivations([full, last], writer, ({ message }) => errors.push(message))
    const records = Array.from(
      { length: column.length },
      (_, i) => JSON.parse(String(bytesAt(column, i))) as Activation,
    )
    return { records, errors }
  }
  for (const limit of [null, 10_000]) expect(encodedFor(limit)).toEqual({ records: [full, last], errors: [] })
  const short = { ...full, version: { ...version.reference, description: '' } }
  expect(encodedFor(6_000)).toEqual({ records: [short, last], errors: [] })
  const bare = encodedFor(1_000)
  expect(bare.records).toEqual([{ ...short, version: { ...short.version, options: {} }, lacksOptions: true }, last])
  expect(bare.errors).toHaveLength(1)
  expect(bare.errors[0]).toMatch(
    /^the cut-over at iris\/1@42 has 7\d+ bytes, more than the 1000 .* written without the options/,
  )
  const none = encodedFor(150)
  expect(none.records).toEqual([last])
  expect(none.errors[0]).toContain('it is not written')
  state.close()
})
