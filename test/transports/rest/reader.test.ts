import { expect, test } from 'vitest'
import { bytesAt } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { encodeHeaders, headerText } from '../../../src/core/headers.ts'
import { SlotQueue } from '../../../src/streams/slot-queue.ts'
import { openChunkReader, openFrameReader } from '../../../src/transports/rest/reader.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { contextFor } from '../../support/transport-context.ts'

test('requests become frames at their sequence numbers, and a commit answers the senders before its end only', async () => {
  const clock = new ManualClock(5000)
  const slot = new SlotQueue('slot 0', clock)
  const answered: string[] = []
  for (const name of ['a', 'b', 'c']) {
    const headers = name === 'b' ? encodeHeaders([['h', 'v']]) : null
    slot.push(Buffer.from(name), headers).then(() => answered.push(name))
  }
  const reader = openFrameReader(slot, contextFor({ clock }))
  const batch = await reader.next(10, 0)
  if (!batch) throw new Error('the slot has not ended')
  expect([...batch.positions]).toEqual([0, 1, 2])
  expect(batch.end).toBe(3)
  expect(batch.timestampsMs?.[1]).toBe(5000)
  expect(headerText(batch.headers, 1, 'h')).toBe('v')
  await reader.commit(2, null)
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(answered).toEqual(['a', 'b'])
})

test('no request in time is an empty batch, the end of the slot is null, and it cannot go back', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const reader = openFrameReader(slot, contextFor({ clock }))
  const waiting = reader.next(10, 20)
  await clock.advance(20)
  expect((await waiting)?.length).toBe(0)
  slot.end()
  expect(await reader.next(10, 20)).toBeNull()
  await expect(reader.seek(5)).rejects.toMatchObject({ code: 'TRANSPORT_NOT_SEEKABLE' })
  await reader.seek(0)
})

test('a piece of a byte stream is answered when its last byte is committed', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const answered: number[] = []
  slot.push(Buffer.from('ab\nc')).then(() => answered.push(0))
  slot.push(Buffer.from('d\n')).then(() => answered.push(1))
  const reader = openChunkReader(slot, contextFor({ clock }))
  expect(await reader.next(0)).toMatchObject({ position: 0, bytes: Buffer.from('ab\nc') })
  expect(await reader.next(0)).toMatchObject({ position: 4, bytes: Buffer.from('d\n') })
  await reader.commit(3, null)
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(answered).toEqual([])
  await reader.commit(6, null)
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(answered).toEqual([0, 1])
})

test('a reader that opens after a crash gets again what was not committed', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  for (const name of ['a', 'b', 'c']) slot.push(Buffer.from(name)).catch(() => {})
  const first = openFrameReader(slot, contextFor({ clock }))
  await first.next(10, 0)
  await first.commit(1, null)
  slot.rewind()
  const second = await openFrameReader(slot, contextFor({ clock })).next(10, 0)
  expect(second && [...second.positions]).toEqual([1, 2])
  expect(second && Buffer.from(bytesAt(second.values, 0) as Uint8Array).toString()).toBe('b')
})

test('a rejected record tells its sender why once it is committed', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 0', clock)
  const sent = [slot.push(Buffer.from('a')), slot.push(Buffer.from('b'))]
  const reader = openFrameReader(slot, contextFor({ clock }))
  const batch = await reader.next(10, 0)
  const fault = new MillraceError('ENCODING_NULL_RECORD', {}).toReport()
  reader.reject?.(batch?.positions[1] as number, fault)
  await reader.commit(2, null)
  expect(await Promise.all(sent)).toEqual([null, fault])
})
