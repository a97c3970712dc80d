import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { SlotPort, serveSlot } from '../../src/engine/slot-port.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** A queue and the port of a task to it. */
function connected(queue = new SlotQueue('slot 0', systemClock)) {
  const { port1, port2 } = new MessageChannel()
  serveSlot(port1, queue)
  onTestFinished(() => port1.close())
  return { queue, port: new SlotPort(port2), port1 }
}

const fault = new MillraceError('MODEL_INPUT_MISSING', { field: 'x' }).toReport()

test('records, answers and reasons cross the port', async () => {
  const { queue, port } = connected()
  const good = queue.push(Buffer.from('a'))
  const bad = queue.push(Buffer.from('b'))
  const records = await port.receive(10, 1_000)
  expect(records?.map((r) => [r.sequence, Buffer.from(r.bytes).toString()])).toEqual([
    [0, 'a'],
    [1, 'b'],
  ])
  port.reject(1, fault)
  port.acknowledge(1)
  expect(await good).toBeNull()
  expect(await bad).toEqual(fault)
})

test('an interrupt ends a waiting receive with nothing, the end of the slot with null', async () => {
  const { queue, port } = connected(new SlotQueue('slot 0', new ManualClock()))
  const waiting = port.receive(10, 60_000)
  port.interrupt()
  expect(await waiting).toEqual([])
  queue.end()
  expect(await port.receive(10, 60_000)).toBeNull()
})

test('a rewind gives again what was not acknowledged', async () => {
  const { queue, port } = connected()
  queue.push(Buffer.from('a')).catch(() => {})
  const first = await port.receive(1, 0)
  port.rewind()
  expect(await port.receive(1, 0)).toEqual(first)
})

test('what is sent is there for whoever pulls; sending to a closed slot is an error', async () => {
  const { queue, port } = connected()
  await port.send([{ sequence: 0, bytes: Buffer.from('out'), headers: null, timestampMs: 1 }])
  expect((await queue.pull(1, 0))?.[0]?.timestampMs).toBe(1)
  queue.close('the engine has stopped')
  await expect(port.send([])).rejects.toMatchObject({ code: 'CORE_CLOSED' })
})

test('a task that has died does not take records from the one that comes after it', async () => {
  const clock = new ManualClock()
  const queue = new SlotQueue('slot 0', clock)
  const { port, port1 } = connected(queue)
  queue.push(Buffer.from('a')).catch(() => {})
  expect(await port.receive(10, 60_000)).toHaveLength(1)
  const abandoned = port.receive(10, 60_000) // waits while its task dies with the first record unacknowledged
  const closed = once(port1, 'close')
  await clock.untilSleeping()
  port1.close()
  await closed
  expect(await abandoned).toBeNull()
  const next = connected(queue).port
  next.rewind()
  const records = [...((await next.receive(10, 0)) ?? []), ...((await next.receive(10, 0)) ?? [])]
  expect(records.map((r) => Buffer.from(r.bytes).toString())).toEqual(['a'])
})

test('calls on a closed port end at once', async () => {
  const { port, port1 } = connected()
  const waiting = port.receive(1, 60_000)
  port1.close()
  expect(await waiting).toBeNull()
  expect(await port.receive(1, 60_000)).toBeNull()
})
