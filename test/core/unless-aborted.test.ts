import { describe, expect, it } from 'vitest'
import { unlessAborted } from '../../src/core/unless-aborted.ts'

const reason = new Error('stopped')

describe('unlessAborted', () => {
  it('gives what the promise brings, or its error', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1)
    expect(await unlessAborted(Promise.resolve(2), undefined)).toBe(2)
    await expect(unlessAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x')
  })

  it('rejects as soon as the signal aborts, and hands on what comes late', async () => {
    const stop = new AbortController()
    const slow = Promise.withResolvers<string>()
    const late: string[] = []
    const waiting = unlessAborted(slow.promise, stop.signal, (value) => late.push(value))
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    slow.resolve('connection')
    await slow.promise
    expect(late).toEqual(['connection'])
  })

  it('rejects at once when the signal is aborted already, and leaves no rejection of the promise unhandled', async () => {
    const waiting = unlessAborted(Promise.reject(new Error('late')), AbortSignal.abort(reason))
    await expect(waiting).rejects.toBe(reason)
  })
})
