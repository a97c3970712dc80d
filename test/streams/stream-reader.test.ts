import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Registry } from '../../src/config/registry.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { type Clock, systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { FrameBatch } from '../../src/core/frames.ts'
import type { Encoding } from '../../src/encodings/encoding.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import { openStreamReader, type StreamReader } from '../../src/streams/stream-reader.ts'
import { seeded } from '../random.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { abort, pause, records, Script } from '../support/scripted-transport.ts'
import { standInComponents, standInRegistry } from '../support/stand-ins.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contextFor } from '../support/transport-context.ts'

const registry = standInRegistry()

function open(document: unknown, changes: object = {}, components: Registry = registry): Promise<StreamReader> {
  const { isLooping: _isLooping, start: _start, ...context } = contextFor()
  return openStreamReader(normalise(document, {}, components), components, { ...context, ...changes })
}

function shown(batch: FrameBatch | null): string | null {
  if (batch === null) return null
  const frames = Array.from({ length: batch.length }, (_, i) => `${batch.positions[i]}:${bytesAt(batch.values, i)}`)
  return [...frames, `>${batch.end}`].join(' ')
}

async function scripted(script: Script, changes: { clock?: Clock; batching?: object } = {}): Promise<StreamReader> {
  const components = new Registry([...standInComponents, script.transport])
  const { batching = {}, clock = systemClock } = changes
  return open({ transport: 'scripted', name: 'orders', encoding: 'raw', batching }, { clock, partition: 3 }, components)
}

test('three records, crash, resume, two records', async () => {
  const script = new Script(records('a', 'b', 'c'), abort('line dropped'), records('d', 'e'))
  const first = await scripted(script)
  const batch = await first.next(10, 0)
  expect(shown(batch)).toBe('0:a 1:b 2:c >3')
  await first.commit(batch?.end ?? -1, null)
  await expect(first.next(10, 0)).rejects.toThrow('line dropped')
  await first.close()
  const second = await scripted(script)
  await second.seek(script.committed.at(-1) ?? -1)
  expect(shown(await second.next(10, 0))).toBe('3:d 4:e >5')
  expect(await second.next(10, 0)).toBeNull()
})

test('a batch whose records the decoder cannot know yet stays, and comes when it can', async () => {
  const script = new Script(records('a', 'b'), records('c'))
  let isAway = true
  const known = new Set<string>()
  const learning: Encoding = {
    ...(registry.get<Encoding>('encoding', 'raw', 'test') as Encoding),
    name: 'learning',
    openDecoder: () => ({
      prepare: ({ bytes }) => {
        if (known.has(String(bytes))) return null
        known.add(String(bytes))
        return isAway ? Promise.reject(new Error('away')) : Promise.resolve()
      },
      decode: ({ bytes }) => ({ values: [String(bytes)], errors: null }),
    }),
  }
  const components = new Registry([...standInComponents, script.transport, learning])
  const document = { transport: 'scripted', name: 'orders', encoding: 'learning' }
  const reader = await open(document, { clock: systemClock, partition: 3 }, components)
  await expect(reader.next(10, 0)).rejects.toThrow('away')
  isAway = false
  expect(shown(await reader.next(10, 0))).toBe('0:a 1:b >2')
  expect(shown(await reader.next(10, 0))).toBe('2:c >3')
  await reader.close()
})

test('a batch cut short ends at the first frame that was not delivered, and reading resumes there', async () => {
  const path = join(temporaryFolder(), 'in')
  writeFileSync(path, 'one\ntwo\nthree\nfour')
  const reader = await open({ transport: { type: 'file', path }, encoding: 'utf-8' })
  expect(shown(await reader.next(2, 0))).toBe('0:one 4:two >8')
  expect(shown(await reader.next(1, 0))).toBe('8:three >14')
  await reader.close()
  const resumed = await open({ transport: { type: 'file', path }, encoding: 'utf-8', start: 8 })
  expect(shown(await resumed.next(9, 0))).toBe('8:three >14')
  expect(shown(await resumed.next(9, 0))).toBe('14:four >18')
  expect(await resumed.next(9, 0)).toBeNull()
  await resumed.seek(4)
  expect(shown(await resumed.next(1, 0))).toBe('4:two >8')
  await resumed.close()
})

test('reading on from every end gives the same records as reading on without a stop', async () => {
  const random = seeded(7)
  const path = join(temporaryFolder(), 'in')
  const lines = Array.from({ length: 3000 }, (_, i) => `${i}:${'x'.repeat(random() * 300)}`)
  writeFileSync(path, `${lines.join('\n')}\n`) // more than one chunk
  const document = { transport: { type: 'file', path }, encoding: 'utf-8' }
  const seen: string[] = []
  let position = 0
  for (let isOver = false; !isOver; ) {
    const reader = await open({ ...document, start: position })
    const rounds = Math.ceil(random() * 5)
    for (let i = 0; i < rounds && !isOver; i++) {
      const batch = await reader.next(1 + Math.floor(random() * 400), 0)
      isOver = batch === null
      for (let k = 0; batch && k < batch.length; k++) seen.push(`${bytesAt(batch.values, k)}`)
      if (batch) position = batch.end
    }
    await reader.close()
  }
  expect(seen).toEqual(lines)
})

test('a looping file that does not end with a separator still ends its last record', async () => {
  const path = join(temporaryFolder(), 'in')
  writeFileSync(path, 'a\nb')
  const reader = await open({ transport: { type: 'file', path }, encoding: 'utf-8', loop: true })
  const seen: (string | null)[] = []
  for (let i = 0; i < 4; i++) seen.push(shown(await reader.next(9, 0)))
  expect(seen).toEqual(['0:a >2', '2:b >3', '3:a >5', '5:b >6'])
  await reader.close()
})

test('a follower holds half a record back until it is whole', async () => {
  const path = join(temporaryFolder(), 'in')
  writeFileSync(path, 'a\nb')
  const reader = await open({ transport: { type: 'file', path, follow: true }, encoding: 'utf-8' })
  expect(shown(await reader.next(9, 0))).toBe('0:a >2')
  expect(shown(await reader.next(9, 0))).toBe('>2')
  appendFileSync(path, 'c\n')
  expect(shown(await reader.next(9, 0))).toBe('2:bc >5')
  await reader.close()
})

test('without an envelope each chunk is a record', async () => {
  const reader = await open({ transport: { type: 'inline', text: 'a\nb' }, encoding: 'utf-8', envelope: null })
  expect(shown(await reader.next(9, 0))).toBe('0:a\nb >3')
  expect(await reader.next(9, 0)).toBeNull()
})

test('batching by time gathers until the first record has waited long enough', async () => {
  const clock = new ManualClock()
  const script = new Script(records('a', 'b'), records('c'), pause, records('d'))
  const reader = await scripted(script, { clock, batching: { maxRecords: 10, maxDelayMs: 500 } })
  const gathering = reader.next(10, 10_000)
  await clock.untilSleeping()
  await clock.advance(499)
  expect(clock.sleeping).toBe(1)
  await clock.advance(1)
  expect(shown(await gathering)).toBe('0:a 1:b 2:c >3')
})

test('batching by count releases a full batch at once and the rest at the end', async () => {
  const script = new Script(records('a', 'b'), records('c', 'd', 'e'))
  const reader = await scripted(script, { clock: new ManualClock(), batching: { maxRecords: 4, maxDelayMs: 500 } })
  expect(shown(await reader.next(10, 10_000))).toBe('0:a 1:b 2:c 3:d >4')
  expect(shown(await reader.next(10, 10_000))).toBe('4:e >5')
  expect(await reader.next(10, 10_000)).toBeNull()
})

test('what is gathered survives a caller that stops waiting or is interrupted', async () => {
  const clock = new ManualClock()
  const script = new Script(records('a'), pause, records('b'))
  const reader = await scripted(script, { clock, batching: { maxRecords: 2, maxDelayMs: 500 } })
  const short = reader.next(10, 100)
  await clock.untilSleeping()
  await clock.advance(100)
  expect(shown(await short)).toBe('>0')
  const interrupted = reader.next(10, 1000)
  await clock.untilSleeping()
  reader.interrupt()
  expect(shown(await interrupted)).toBe('>0')
  script.release()
  expect(shown(await reader.next(10, 1000))).toBe('0:a 1:b >2')
})

test('records that cannot be decoded are told with their place, and the others are decoded', async () => {
  const reader = await open({ name: 'orders', transport: 'inline:1,x,3' }, { partition: 2 })
  const batch = await reader.next(9, 0)
  if (!batch) throw new Error('there are records')
  const { values, errors } = reader.decode(batch)
  expect(values).toEqual([1, undefined, 3])
  expect([...(errors ?? [])].map(([index, error]) => [index, error.parameters['place']])).toEqual([[1, 'orders/2@1']])
})

test('a schema comes from the descriptor, by reference or from the model', async () => {
  const decode = async (schema: unknown, context: object) => {
    const reader = await open({ transport: 'inline:1,"a"', schema }, context)
    const batch = await reader.next(9, 0)
    return batch && reader.decode(batch).values
  }
  expect(await decode('int', {})).toEqual([1, undefined])
  expect(await decode({ $ref: 'word' }, { schemas: new Map([['word', 'string']]) })).toEqual([undefined, 'a'])
  expect(await decode('$inherit', { inheritedSchema: { type: 'string' } })).toEqual([undefined, 'a'])
  expect(await decode('$inherit', {})).toEqual([1, 'a'])
  await expect(decode({ $ref: 'wrod' }, { schemas: new Map([['word', 'string']]) })).rejects.toThrow(
    'did you mean "word"',
  )
})

test('an end record ends the stream and the rest is ignored; set and pig are taken out', async () => {
  const frames = ['1', '{"$fastscore":"set"}', '2', '{"$fastscore":"pig","id":1}', '3', '{"$fastscore": "end"}', '4']
  const reader = await open({ Transport: { Type: 'inline', Data: frames }, Encoding: 'json', Batching: null })
  const seen: string[] = []
  for (let batch = await reader.next(9, 0); batch; batch = await reader.next(9, 0)) {
    for (let i = 0; i < batch.length; i++) seen.push(`${bytesAt(batch.values, i)}`)
  }
  expect(seen).toEqual(['1', '2', '3'])
  expect(reader.controls).toEqual({ end: 1, set: 1, pig: 1 })
})

test('a control record closes a batch that time and count would leave open', async () => {
  const frames = ['1', '2', '{"$fastscore":"set"}', '3']
  const document = { Transport: { Type: 'inline', Data: frames }, Encoding: 'json', Batching: 'explicit' }
  const reader = await open(document, { clock: new ManualClock() })
  expect((await reader.next(9, 1000))?.length).toBe(2)
  expect((await reader.next(9, 1000))?.length).toBe(1)
  expect(await reader.next(9, 1000)).toBeNull()
})

test('in our own documents such records are data', async () => {
  const reader = await open({ transport: { type: 'inline', records: ['{"$fastscore":"end"}', '2'] } })
  expect((await reader.next(9, 0))?.length).toBe(2)
})

test('a looping stream that ends softly starts again', async () => {
  const frames = ['1', '{"$fastscore":"end"}', '2']
  const document = { Transport: { Type: 'inline', Data: frames }, Encoding: 'json', Loop: true, Batching: null }
  const reader = await open(document)
  const seen: (string | null)[] = []
  for (let i = 0; i < 6; i++) seen.push(shown(await reader.next(9, 0)))
  expect(seen.filter((batch) => !batch?.startsWith('>'))).toEqual(['0:1 >1', '0:1 >1', '0:1 >1'])
})

test('whoever sent a record learns why it becomes a dead letter, where the transport can tell; elsewhere nothing happens', async () => {
  const fault = new MillraceError('ENCODING_NULL_RECORD', {})
  const clock = new ManualClock()
  const channel = new SlotQueue('slot 0', clock)
  const reader = await open({ transport: 'rest', encoding: 'raw' }, { clock, channel })
  const sent = [channel.push(Buffer.from('a')), channel.push(Buffer.from('b'))]
  const batch = await reader.next(10, 0)
  reader.reject(batch?.positions[1] ?? -1, fault)
  await reader.commit(batch?.end ?? -1, null)
  expect(await Promise.all(sent)).toEqual([null, fault.toReport()])
  const script = new Script(records('a'))
  const deaf = await scripted(script)
  await deaf.next(10, 0)
  expect(() => deaf.reject(0, fault)).not.toThrow()
})
