import { describe, expect, it } from 'vitest'
import { noMembership } from '../../../src/clients/kafka/membership.ts'

describe('kafka membership', () => {
  it('stays shared when it is cloned to another thread', () => {
    const membership = noMembership('g')
    const clone = structuredClone(membership)
    Atomics.store(membership.epoch, 0, 7)
    expect([clone.memberId, clone.epoch[0]]).toEqual(['', 7])
  })
})
