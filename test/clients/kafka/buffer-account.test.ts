import { describe, expect, it } from 'vitest'
import { BufferAccount } from '../../../src/clients/kafka/buffer-account.ts'

describe('buffer account', () => {
  it('makes callers wait beyond its bound, until there is room', async () => {
    const account = new BufferAccount(10)
    account.add(10)
    expect(account.room()).toBeUndefined()
    account.add(1)
    let isRoomy = false
    const waiting = Promise.resolve(account.room()).then(() => {
      isRoomy = true
    })
    await Promise.resolve()
    expect(isRoomy).toBe(false)
    account.subtract(5)
    await waiting
    expect([isRoomy, account.bytes]).toEqual([true, 6])
  })

  it('tells when the last byte has gone', async () => {
    const account = new BufferAccount(10)
    await account.emptied()
    account.add(3)
    const emptied = account.emptied()
    expect(account.isAwaited).toBe(true)
    account.subtract(3)
    await emptied
    expect(account.isAwaited).toBe(false)
  })

  it('ends all waits with an error', async () => {
    const account = new BufferAccount(0)
    account.add(1)
    const waits = Promise.allSettled([account.room(), account.emptied()])
    account.reject(new Error('over'))
    expect((await waits).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
