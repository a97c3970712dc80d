import { expect, test } from 'vitest'
import { unlessStopped } from '../../src/cli/unless-stopped.ts'

test('work that ends has its result, or its error', async () => {
  const { signal } = new AbortController()
  expect(await unlessStopped(signal, Promise.resolve(3))).toBe(3)
  await expect(unlessStopped(signal, Promise.reject(new TypeError('wrong')))).rejects.toThrow('wrong')
})

test('work that does not end is left to itself at the stop, also when it fails later or the stop was before', async () => {
  const stop = new AbortController()
  const { promise, reject } = Promise.withResolvers<number>()
  const ended = unlessStopped(stop.signal, promise)
  stop.abort()
  await expect(ended).rejects.toMatchObject({ code: 'CLI_STOPPED' })
  reject(new TypeError('too late'))
  await expect(unlessStopped(stop.signal, new Promise(() => {}))).rejects.toThrow('stopped before the end')
})
