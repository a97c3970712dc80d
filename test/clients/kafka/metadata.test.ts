import { describe, expect, it } from 'vitest'
import { topicUnknown } from '../../../src/clients/kafka/metadata.ts'

describe('kafka metadata', () => {
  it('names the closest topic, but none of the cluster’s own', () => {
    const topic = (name: string) => ({ name, id: '', partitions: [] })
    const error = topicUnknown('a:1', 'oders', [topic('orders'), topic('__consumer_offsets')])
    expect(error.message).toBe('kafka at a:1 has no topic "oders"; did you mean "orders"?')
    expect(topicUnknown('a:1', 'x', [topic('__consumer_offsets')]).message).not.toContain('__')
  })
})
