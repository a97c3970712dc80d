import { describe, expect, it } from 'vitest'
import { closest } from '../../src/config/closest.ts'

const names = ['topic', 'partition', 'timeoutMs', 'brokers']

describe('closest', () => {
  it.each([
    ['topik', 'topic'],
    ['tpoic', 'topic'],
    ['TOPIC', 'topic'],
    ['timeout', 'timeoutMs'],
    ['partitions', 'partition'],
    ['topic', 'topic'],
  ])('names the one that %j was meant to be', (written, meant) => {
    expect(closest(written, names)).toBe(`; did you mean "${meant}"?`)
  })

  it('lists all names when none is near', () => {
    expect(closest('password', names)).toBe('; known: topic, partition, timeoutMs, brokers')
  })

  it('says nothing when there is no name to give', () => {
    expect(closest('password', [])).toBe('')
  })
})
