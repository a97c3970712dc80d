import { describe, expect, it } from 'vitest'
import { isKafkaSink, kafkaSink } from '../../../src/clients/kafka/sink.ts'

describe('kafka sink', () => {
  it('is told from transactions of other domains', () => {
    const other = { domain: 'log:/a', commit: async () => {}, abort: () => {} }
    expect(isKafkaSink(other)).toBe(false)
    expect(isKafkaSink(Object.assign({ [kafkaSink]: true }, other))).toBe(true)
  })
})
