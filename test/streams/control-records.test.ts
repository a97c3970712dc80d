import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { controlDetector } from '../../src/streams/control-records.ts'

function detect(encoding: string, ...frames: (string | Buffer | null)[]) {
  const detector = controlDetector(encoding)
  const column = columnOf([Buffer.from('before'), ...frames.map((f) => (typeof f === 'string' ? Buffer.from(f) : f))])
  return frames.map((_, i) => detector?.(column, i + 1))
}

test('json control records are told whatever their spaces and members', () => {
  expect(
    detect('json', '{"$fastscore":"end"}', ' { "$fastscore" : "set", "id": 4 }', '{"$fastscore":"pig","misc":"x"}'),
  ).toEqual(['end', 'set', 'pig'])
})

test('ordinary json is data, and so is what only begins like a control record', () => {
  const frames = [
    '{}',
    '{',
    '',
    ' ',
    '"$fastscore"',
    '{"x":"$fastscore"}',
    '{"$fastscore":"stop"}',
    '{"$fastscore":"end"',
    '{"$f":1}',
  ]
  expect(detect('json', ...frames, null)).toEqual([...frames, null].map(() => null))
  expect(detect('json', `{"$fastscore":"end","misc":"${'x'.repeat(5000)}"}`)).toEqual([null])
})

test('utf-8 and raw control records are told by their prefix', () => {
  expect(
    detect('utf-8', '\u262efastscore.end', '\u262efastscore.set|1|2|x', '\u262efastscore.ending', '\u262e'),
  ).toEqual(['end', 'set', null, null])
  const raw = (text: string, more: number[] = []) =>
    Buffer.concat([Buffer.of(0xfa), Buffer.from(text), Buffer.from(more)])
  expect(detect('raw', raw('stscore.pig', [0, 0, 0, 1]), raw('stscore.end'), raw('stscore.xyz'), raw('st'))).toEqual([
    'pig',
    'end',
    null,
    null,
  ])
})

test('other encodings have none', () => {
  expect(controlDetector('protobuf')).toBeNull()
})
