import { Writer } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { AnswerReader } from '../../../src/clients/kafka/answer-reader.ts'
import {
  produce,
  produceBody,
  produceInTransaction,
  readProduce,
  resultOf,
} from '../../../src/clients/kafka/produce-request.ts'
import { seeded } from '../../random.ts'

/** An answer of a broker, as ProduceResponse.json describes versions 9 to 12. */
function answer(): Buffer {
  return Writer.create()
    .appendArray(['orders', 'letters'], (writer, topic) => {
      writer.appendString(topic).appendArray([0, 3], (inner, partition) => {
        inner
          .appendInt32(partition)
          .appendInt16(partition === 3 ? 87 : 0)
          .appendInt64(1042n)
          .appendInt64(-1n)
          .appendInt64(0n)
          .appendArray(partition === 3 ? [1] : [], (errors, index) => errors.appendInt32(index).appendString('no key'))
          .appendString(null)
      })
    })
    .appendInt32(700)
    .appendTaggedFields().buffer
}

describe('produce request', () => {
  it('finds the result of a partition wherever it is in the answer', () => {
    const { results } = readProduce(new AnswerReader(answer()))
    expect(resultOf(results, 1, { topic: 'orders', partition: 3 })).toBe(results[1])
    expect(resultOf(results, 0, { topic: 'letters', partition: 3 })).toBe(results[3])
    expect(resultOf(results, 0, { topic: 'letters', partition: 1 })).toBeUndefined()
  })

  it('groups the batches of a topic', () => {
    const batch = Buffer.from('records')
    const parts = ['a', 'b', 'a'].map((topic, partition) => ({ topic, partition, batch }))
    const body = produceBody('id', 1000, parts)
    const expected = Writer.create()
      .appendString('id')
      .appendInt16(-1)
      .appendInt32(1000)
      .appendArray([['a', [0, 2]] as const, ['b', [1]] as const], (writer, [topic, partitions]) => {
        writer.appendString(topic).appendArray([...partitions], (inner, partition) => {
          inner.appendInt32(partition).appendBytes(batch)
        })
      })
      .appendTaggedFields()
    expect(Buffer.concat(body)).toEqual(expected.buffer)
    expect(body.filter((part) => part === batch).length).toBe(3)
  })

  it('reads what became of each batch, and for how long the broker listens to nothing', () => {
    const { results, throttleTimeMs } = readProduce(new AnswerReader(answer()))
    expect(results.map(({ topic, partition, errorCode }) => [topic, partition, errorCode])).toEqual([
      ['orders', 0, 0],
      ['orders', 3, 87],
      ['letters', 0, 0],
      ['letters', 3, 87],
    ])
    expect(results[1]?.errorMessage).toBe('no key')
    expect(results[0]?.baseOffset).toBe(1042)
    expect(throttleTimeMs).toBe(700)
  })

  it('uses version 12 in transactions of version 2 alone', () => {
    expect(produce.versions).toEqual([11, 10, 9])
    expect(produceInTransaction.versions).toEqual([12])
  })

  it('ends on damaged answers without harm (5,000 mutations, seed 4)', () => {
    const random = seeded(4)
    const whole = answer()
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(whole.subarray(0, random() < 0.3 ? Math.floor(random() * whole.length) : whole.length))
      for (let i = 0; i < 1 + random() * 4 && bytes.length > 0; i++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      }
      try {
        expect(readProduce(new AnswerReader(bytes)).results.length).toBeLessThanOrEqual(bytes.length)
      } catch (thrown) {
        expect((thrown as Error).constructor.name).toBe('AnswerFault')
      }
    }
  })
})
