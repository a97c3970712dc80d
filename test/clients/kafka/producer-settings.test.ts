import { describe, expect, it } from 'vitest'
import { producerSettings } from '../../../src/clients/kafka/producer-settings.ts'

describe('producer settings', () => {
  it('fills in what is absent', () => {
    const settings = producerSettings({ compression: 'lz4' })
    expect(settings.compression).toBe('lz4')
    expect(settings.maxBatchBytes).toBeLessThan(1_048_588)
  })
})
