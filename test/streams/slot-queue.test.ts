import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { encodeHeaders, REQUEST_HEADER } from '../../src/core/headers.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import { ManualClock } from '../support/manual-clock.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('the queue is bounded by records and by bytes, and says so to the sender', async () => {
  const clock = new ManualClock()
  const byRecords = new SlotQueue('slot 0', clock, { maxRecords: 2 })
  byRecords.push(Buffer.from('a')).catch(() => {})
  byRecords.push(Buffer.from('b')).catch(() => {})
  await expect(byRecords.push(Buffer.from('c'))).rejects.toThrow('slot 0 has no room: 2 records of 2 bytes')
  const byBytes = new SlotQueue('slot 0', clock, { maxBytes: 3 })
  byBytes.push(Buffer.from('abcd')).catch(() => {})
  await expect(byBytes.push(Buffer.from('e'))).rejects.toMatchObject({ code: 'STREAM_SLOT_FULL', isRetryable: true })
})

test('room comes back with the acknowledgement, not with the receipt', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock, { maxRecords: 1 })
  const sent = slot.push(Buffer.from('a'))
  const room = slot.whenRoom(1000)
  const received = await slot.receive(5, 0)
  expect(slot.hasRoom).toBe(false)
  slot.acknowledge(received?.[0]?.sequence ?? -1)
  await sent
  expect(await room).toBe(true)
})

test('waiting for room ends in time', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock, { maxRecords: 0 })
  const room = slot.whenRoom(10)
  await clock.advance(10)
  expect(await room).toBe(false)
})

test('an acknowledgement of more than was received answers only what was received', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const answered: string[] = []
  slot.push(Buffer.from('a')).then(() => answered.push('a'))
  slot.push(Buffer.from('b')).then(() => answered.push('b'))
  await slot.receive(1, 0)
  slot.acknowledge(99)
  slot.acknowledge(99)
  await turn()
  expect(answered).toEqual(['a'])
  expect((await slot.receive(5, 0))?.length).toBe(1)
})

test('a push wakes a waiting receive, and interrupt ends one with nothing', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const waiting = slot.receive(5, 1000)
  slot.push(Buffer.from('a')).catch(() => {})
  expect((await waiting)?.length).toBe(1)
  const idle = slot.receive(5, 1000)
  slot.interrupt()
  expect(await idle).toEqual([])
})

test('end lets readers have what is queued and then the end', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  slot.push(Buffer.from('a')).catch(() => {})
  slot.end()
  expect((await slot.receive(5, 0))?.length).toBe(1)
  expect(await slot.receive(5, 0)).toBeNull()
  await expect(slot.push(Buffer.from('b'))).rejects.toMatchObject({ code: 'CORE_CLOSED' })
})

test('close rejects the senders that were not answered, and wakes everybody', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const sent = slot.push(Buffer.from('a'))
  const output = new SlotQueue('slot 1', clock)
  const pulls = [output.pull(1, 1000), output.pull(1, 1000)]
  slot.close('the engine stopped')
  output.close('the engine stopped')
  await expect(sent).rejects.toThrow('slot 0 (the engine stopped) is closed')
  expect(await Promise.all(pulls)).toEqual([null, null])
  await expect(output.send([])).rejects.toMatchObject({ code: 'CORE_CLOSED' })
})

test('what the engine sends is pulled once each, in order, by however many clients', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 1', clock)
  const first = slot.pull(1, 1000)
  const second = slot.pull(1, 1000)
  const records = ['a', 'b', 'c'].map((text, sequence) => {
    return { sequence, bytes: Buffer.from(text), headers: null, timestampMs: 0 }
  })
  await slot.send(records)
  const pulled = [...((await first) ?? []), ...((await second) ?? []), ...((await slot.pull(5, 0)) ?? [])]
  expect(pulled.map((record) => Buffer.from(record.bytes).toString())).toEqual(['a', 'b', 'c'])
  const idle = slot.pull(1, 30)
  await clock.advance(30)
  expect(await idle).toEqual([])
})

test('the sender of a dead letter learns why, with the acknowledgement and not before', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const fault = new MillraceError('ENCODING_NULL_RECORD', {}).toReport()
  const told: unknown[] = []
  for (const text of ['a', 'b', 'c', 'd']) slot.push(Buffer.from(text)).then((outcome) => told.push(outcome))
  await slot.receive(2, 0)
  slot.acknowledge(0)
  slot.reject(1, fault)
  slot.reject(0, fault)
  slot.reject(99, fault)
  await turn()
  expect(told).toEqual([null])
  slot.acknowledge(1)
  await turn()
  expect(told).toEqual([null, fault])
  await slot.receive(2, 0)
  slot.reject(3, fault)
  slot.rewind()
  await slot.receive(2, 0)
  slot.acknowledge(3)
  await turn()
  expect(told).toEqual([null, fault, null, null])
})

test('a record that answers a request goes to the requester only, until it is no longer wanted', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 1', clock)
  const taken: string[] = []
  const end = slot.divert('r1', (record) => taken.push(Buffer.from(record.bytes).toString()))
  const record = (text: string, request: string | null) => {
    const headers = request === null ? null : encodeHeaders([[REQUEST_HEADER, request]])
    return { sequence: 0, bytes: Buffer.from(text), headers, timestampMs: 0 }
  }
  await slot.send([record('a', null), record('b', 'r1'), record('c', 'r2')])
  end()
  await slot.send([record('d', 'r1')])
  const pulled = await slot.pull(10, 0)
  expect(taken).toEqual(['b'])
  expect(pulled?.map((r) => Buffer.from(r.bytes).toString())).toEqual(['a', 'c', 'd'])
})

test('a pull that is given up takes nothing', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 1', clock)
  const stop = new AbortController()
  const pull = slot.pull(1, 1000, stop.signal)
  stop.abort()
  expect(await pull).toEqual([])
  await slot.send([{ sequence: 0, bytes: Buffer.from('a'), headers: null, timestampMs: 0 }])
  expect(await slot.pull(1, 0, stop.signal)).toEqual([])
  expect((await slot.pull(1, 0))?.length).toBe(1)
})
