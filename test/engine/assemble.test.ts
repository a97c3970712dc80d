import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import { assembleOutputs, assemblePredictions, echoOf, StampFactory, stampPlace } from '../../src/engine/assemble.ts'
import { startBatch } from '../../src/engine/score-batch.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'
import { fakeWriter, frames, recordedState, textsOf } from './fakes.ts'

const NOW = 1_700_000_000_123
const batch = frames(['a', 'b', 'c'], { keys: columnOf([Buffer.from('k0'), null, Buffer.from('k2')]) }, 40)

/** Three records: the first and the last are predicted, the one between is a fault. */
function scoredBatch(first: RecordValue = { y: 1 }) {
  const { admit } = recordedState()
  const scored = startBatch(batch, new Map([[1, new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })]]))
  for (const [i, prediction] of [
    [0, first],
    [2, { y: 3 }],
  ] as const) {
    scored.predictions[i] = prediction
    scored.owners[i] = admit()
  }
  return scored
}

const refusing = (text: string) =>
  fakeWriter((value) =>
    JSON.stringify(value).includes(text) ? new MillraceError('MODEL_INPUT_MISSING', { field: text }) : null,
  )

test('predictions keep order, keys and positions; what is none is left out', () => {
  const out = assemblePredictions(batch, scoredBatch(), null, fakeWriter(), new StampFactory('none', 'in/0@'), NOW)
  expect(textsOf(out)).toEqual(['{"y":1}', '{"y":3}'])
  expect([...out.positions]).toEqual([40, 42])
  expect(out.keys && [0, 1].map((i) => bytesAt(out.keys as never, i)?.toString())).toEqual(['k0', 'k2'])
  expect([...(out.timestampsMs ?? [])]).toEqual([NOW, NOW])
  expect([out.length, out.end]).toEqual([2, batch.end])
})

test('the stamp goes into headers where they are carried, else into a field, else nowhere', () => {
  expect(stampPlace('auto', { carriesHeaders: true, hasFields: true })).toBe('headers')
  expect(stampPlace('auto', { carriesHeaders: false, hasFields: true })).toBe('field')
  expect(stampPlace('auto', { carriesHeaders: false, hasFields: false })).toBe('none')
  expect(stampPlace('field', { carriesHeaders: true, hasFields: true })).toBe('field')
})

test('headers of a record stay and each prediction names its own input position', () => {
  const withHeaders = { ...batch, headers: columnOf([null, null, encodeHeaders([['trace', 'abc']])]) }
  const out = assemblePredictions(
    withHeaders,
    scoredBatch(),
    null,
    fakeWriter(),
    new StampFactory('auto', 'in/0@'),
    NOW,
  )
  const headers = [0, 1].map((i) => decodeHeaders(bytesAt(out.headers as never, i)))
  expect(headers.map((h) => h.get('position')?.toString())).toEqual(['in/0@40', 'in/0@42'])
  expect(headers.map((h) => h.get('trace')?.toString())).toEqual([undefined, 'abc'])
  expect(headers[0]?.get('version')?.toString()).toBe('1')
})

test('without a stamp, headers are those of the records, and none where there are none', () => {
  const stamps = new StampFactory('none', 'in/0@')
  const withHeaders = { ...batch, headers: columnOf([encodeHeaders([['a', '1']]), null, null]) }
  const out = assemblePredictions(withHeaders, scoredBatch(), null, fakeWriter(), stamps, NOW)
  expect([...decodeHeaders(bytesAt(out.headers as never, 0)).keys()]).toEqual(['a'])
  expect(assemblePredictions(batch, scoredBatch(), null, fakeWriter(), stamps, NOW).headers).toBeNull()
  const bare = fakeWriter(() => null, { carriesHeaders: false })
  expect(assemblePredictions(withHeaders, scoredBatch(), null, bare, stamps, NOW).headers).toBeNull()
})

test('a field stamp says the same as the headers', () => {
  const writer = fakeWriter(() => null, { carriesHeaders: false })
  const out = assemblePredictions(batch, scoredBatch(), null, writer, new StampFactory('auto', 'in/0@'), NOW)
  expect(JSON.parse(textsOf(out)[1] as string)).toMatchObject({ y: 3, stamp: { position: 'in/0@42', version: '1' } })
})

test('the writer gets the records to echo, and the stamp as a field of the prediction', () => {
  const values: (Value | undefined)[] = [{ x: 5, y: 'old' }, undefined, { x: 6 }]
  const verbatim = { encoding: 'json', except: new Set([2]) }
  const echo = echoOf(batch, { values, errors: null, verbatim })
  expect(echo).toEqual({ records: values, frames: batch.values, verbatim })
  expect(echoOf(batch, { values, errors: null }).verbatim).toBeNull()
  const out = assemblePredictions(batch, scoredBatch(), echo, fakeWriter(), new StampFactory('field', 'in/0@'), NOW)
  expect(textsOf(out).map((text) => JSON.parse(text))).toMatchObject([
    { x: 5, y: 1, stamp: { position: 'in/0@40' } },
    { x: 6, y: 3, stamp: { position: 'in/0@42' } },
  ])
})

test('a prediction that cannot be encoded becomes a fault of its record and its version', () => {
  const scored = scoredBatch({ y: 'refuse me' })
  const out = assemblePredictions(batch, scored, null, refusing('refuse me'), new StampFactory('none', ''), NOW)
  expect(textsOf(out)).toEqual(['{"y":3}'])
  expect(scored.predictions[0]).toBeNull()
  expect(scored.faults.map(({ index, error, version }) => [index, error.code, version?.reference.version])).toEqual([
    [1, 'MODEL_INPUT_MISSING', undefined],
    [0, 'MODEL_INPUT_MISSING', '1'],
  ])
})

test('a record that one output cannot take is left out of all outputs, so that it has one outcome', () => {
  for (const order of [0, 1]) {
    const scored = scoredBatch({ y: 'refuse me' })
    const writers = order ? [fakeWriter(), refusing('refuse me')] : [refusing('refuse me'), fakeWriter()]
    const outputs = assembleOutputs(batch, scored, null, writers, new StampFactory('none', ''), NOW)
    expect(outputs.map(textsOf)).toEqual([['{"y":3}'], ['{"y":3}']])
    expect(scored.faults.map((fault) => fault.index)).toEqual([1, 0])
  }
})

test('an engine without outputs has none', () => {
  expect(assembleOutputs(batch, scoredBatch(), null, [], new StampFactory('auto', ''), NOW)).toEqual([])
})

test('a prediction that its stream does not take is a fault in place of an error of the write, for all outputs', () => {
  const small = fakeWriter(() => null, { maxRecordBytes: 40, name: 'small' })
  const stamps = new StampFactory('none', 'in/0@')
  for (const writers of [[small], [fakeWriter(), small]]) {
    const scored = scoredBatch({ y: 'x'.repeat(100) })
    const outputs = assembleOutputs(batch, scored, null, writers, stamps, NOW)
    for (const output of outputs) {
      expect([textsOf(output), [...output.positions], output.length]).toEqual([['{"y":3}'], [42], 1])
      expect(output.keys && bytesAt(output.keys, 0)?.toString()).toBe('k2')
    }
    expect(scored.faults.map(({ index, error }) => [index, error.code])).toEqual([
      [1, 'MODEL_INPUT_MISSING'],
      [0, 'ENGINE_PREDICTION_TOO_LARGE'],
    ])
  }
  const headers = columnOf([encodeHeaders([['trace', 'h'.repeat(100)]]), null, null])
  const scored = scoredBatch()
  const out = assemblePredictions({ ...batch, headers }, scored, null, small, stamps, NOW)
  expect([textsOf(out), scored.faults.at(-1)?.index]).toEqual([['{"y":3}'], 0])
})
