import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { openStreamReader } from '../../../src/transports/stdio/reader.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { contextFor } from '../../support/transport-context.ts'

test('bytes come with positions, then the end', async () => {
  const stream = new PassThrough()
  const reader = openStreamReader(stream, contextFor({ clock: new ManualClock() }))
  const waiting = reader.next(1000)
  stream.write('abc')
  expect(await waiting).toMatchObject({ position: 0, bytes: Buffer.from('abc') })
  stream.end('de')
  expect(await reader.next(1000)).toMatchObject({ position: 3, bytes: Buffer.from('de') })
  expect(await reader.next(1000)).toBeNull()
  expect(await reader.next(1000)).toBeNull()
})

test('waiting ends in time and by interrupt, with nothing', async () => {
  const clock = new ManualClock()
  const reader = openStreamReader(new PassThrough(), contextFor({ clock }))
  const timed = reader.next(50)
  await clock.untilSleeping()
  await clock.advance(50)
  expect((await timed)?.bytes.length).toBe(0)
  const interrupted = reader.next(50)
  await clock.untilSleeping()
  reader.interrupt()
  expect((await interrupted)?.bytes.length).toBe(0)
  await reader.close()
})

test('an error of the stream is an error of reading, with its cause', async () => {
  const stream = new PassThrough()
  const reader = openStreamReader(stream, contextFor())
  stream.destroy(new Error('line dropped'))
  await expect(reader.next(1000)).rejects.toThrow('reading standard input stopped: line dropped')
})

test('it cannot go back', async () => {
  const reader = openStreamReader(new PassThrough(), contextFor())
  await reader.seek(0)
  await expect(reader.seek(1)).rejects.toMatchObject({ code: 'TRANSPORT_NOT_SEEKABLE' })
})
