import { describe, expect, it } from 'vitest'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'

describe('kafka cluster', () => {
  it('has the same domain for the same servers in any order', () => {
    expect(KafkaCluster.domainOf(['b:1', 'a:1'])).toBe('kafka:a:1,b:1')
    expect(new KafkaCluster(kafkaSettings(['a:1', 'b:1'])).domain).toBe('kafka:a:1,b:1')
  })

  it('says that nothing can be reached once the time for retries is over', async () => {
    const cluster = new KafkaCluster(kafkaSettings(['127.0.0.1:1', '127.0.0.1:2'], { requestTimeoutMs: 50 }))
    await expect(cluster.topic('orders')).rejects.toMatchObject({ code: 'CLIENT_KAFKA_UNREACHABLE' })
  })

  it('does nothing after close', async () => {
    const cluster = new KafkaCluster(kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 50 }))
    await cluster.close()
    await cluster.close()
    await expect(cluster.features()).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  })
})
