import { expect, test } from 'vitest'
import { WriteQueue } from '../../src/core/write-queue.ts'

/** A sink that takes bytes only when the test lets it. */
function gatedSink() {
  const taken: string[] = []
  const gates: (() => void)[] = []
  return {
    taken,
    open: async () => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      gates.shift()?.()
      await new Promise<void>((resolve) => setImmediate(resolve))
    },
    sink: async (parts: readonly Uint8Array[]) => {
      await new Promise<void>((resolve) => gates.push(resolve))
      taken.push(Buffer.concat(parts).toString())
    },
  }
}

test('bytes come out in order, and what waits goes out in one call', async () => {
  const { sink, taken, open } = gatedSink()
  const queue = new WriteQueue(sink, 100)
  queue.push(Buffer.from('a'))
  queue.push(Buffer.from('b'))
  await open()
  queue.push(Buffer.from('c'))
  await open()
  await queue.drain()
  expect(taken).toEqual(['ab', 'c'])
})

test('a push over the limit waits until the sink has caught up', async () => {
  const { sink, open } = gatedSink()
  const queue = new WriteQueue(sink, 3)
  expect(queue.push(Buffer.from('abc'))).toBeUndefined()
  let hasRoom = false
  const waiting = Promise.resolve(queue.push(Buffer.from('d'))).then(() => {
    hasRoom = true
  })
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(hasRoom).toBe(false)
  await open()
  await waiting
  expect(queue.pendingBytes).toBe(0)
})

test('an error of the sink reaches who waits, who drains and who pushes later', async () => {
  const queue = new WriteQueue(() => Promise.reject(new Error('disk full')), 0)
  await expect(queue.push(Buffer.from('a'))).rejects.toThrow('disk full')
  await expect(queue.drain()).rejects.toThrow('disk full')
  expect(() => queue.push(Buffer.from('b'))).toThrow('disk full')
})

test('a sink that throws at once is an error like any other', async () => {
  const queue = new WriteQueue(() => {
    throw new Error('gone')
  }, 10)
  queue.push(Buffer.from('a'))
  await expect(queue.drain()).rejects.toThrow('gone')
})
