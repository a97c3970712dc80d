import { describe, expect, it } from 'vitest'
import { kafkaSettings, parseServer } from '../../../src/clients/kafka/settings.ts'

describe('kafka settings', () => {
  it('reads host and port, with brackets and without', () => {
    expect(parseServer('kafka-1:19092')).toEqual({ host: 'kafka-1', port: 19092 })
    expect(parseServer(' kafka-1 ')).toEqual({ host: 'kafka-1', port: 9092 })
    expect(parseServer('[::1]:9093')).toEqual({ host: '::1', port: 9093 })
  })

  it('gives no port for what is no server', () => {
    for (const text of ['', ':9092', 'a:b', 'a:0', 'a:65536', 'a:1:2', '::1']) expect(parseServer(text).port).toBe(-1)
  })

  it('keeps what is given beside the defaults', () => {
    expect(kafkaSettings(['a:1'], { clientId: 'x' })).toMatchObject({
      clientId: 'x',
      tls: null,
      requestTimeoutMs: 30_000,
    })
  })
})
