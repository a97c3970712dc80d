import { describe, expect, it } from 'vitest'
import { producerSettings } from '../../../src/clients/kafka/producer-settings.ts'

describe('producer settings', () => {
  it('fills in what is absent', () => {
    const settings = producerSettings({ compression: 'lz4' })
    expect(settings.compression).toBe('lz4')
    expect(settings.maxBatchBytes).toBeLessThan(1_048_588)
  })

  it('makes no batch larger than a request', () => {
    expect(producerSettings({ maxRequestBytes: 1_000 }).maxBatchBytes).toBe(1_000)
  })
})
