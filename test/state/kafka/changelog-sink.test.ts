import { expect, test } from 'vitest'
import { noMembership } from '../../../src/clients/kafka/membership.ts'
import { isKafkaSink, type KafkaSink, kafkaSink } from '../../../src/clients/kafka/sink.ts'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../../src/core/frames.ts'
import { ChangelogSink } from '../../../src/state/kafka/changelog-sink.ts'

/** A sink that notes what happens, in order; a step named by `breaks` throws. */
function sinkOf(isAtomic: boolean, breaks = '') {
  const steps: string[] = []
  const note = (step: string) => {
    steps.push(step)
    if (step === breaks) throw new Error(`${step} breaks`)
  }
  const textOf = (batch: FrameBatch, i: number) =>
    `${Buffer.from(bytesAt(batch.keys ?? batch.values, i) ?? []).toString()} `
  const sinkNamed = (name: string): KafkaSink => ({
    [kafkaSink]: true,
    domain: 'kafka:a',
    produce: async (topic, partition, batch) =>
      note(`${topic}/${partition} ${Array.from({ length: batch.length }, (_, i) => textOf(batch, i)).join('')}`.trim()),
    addPosition: (_group, topic, partition, offset) => note(`position ${topic}/${partition}@${offset}`),
    flush: async () => note('flush'),
    commit: async () => note(`commit${name}`),
    abort: () => note('abort'),
  })
  const place = { topic: 'state', partition: 3 }
  return {
    steps,
    sink: new ChangelogSink('a/0/1', sinkNamed(''), place, isAtomic ? null : () => sinkNamed(' afterwards'), () => 5),
  }
}

test('the checkpoint is the last record of the transaction, each kind once, as saved last', async () => {
  const { sink, steps } = sinkOf(true)
  expect([isKafkaSink(sink), sink.domain]).toEqual([true, 'kafka:a'])
  sink.save('state', '1')
  sink.save('positions', '{"data":1}')
  await sink.produce('out', 0, framesOf(columnOf([Buffer.from('x')])))
  sink.save('positions', '{"data":2}')
  sink.addPosition(noMembership('g'), 'in', 1, 7)
  await sink.commit()
  expect(steps).toEqual(['out/0 x', 'position in/1@7', 'state/3 ["a/0/1","state"] ["a/0/1","positions"]', 'commit'])
})

test('without a transaction the checkpoint is written when everything else is there and the positions are committed', async () => {
  const { sink, steps } = sinkOf(false)
  await sink.produce('out', 0, framesOf(columnOf([Buffer.from('x')])))
  sink.save('positions', '{}')
  await sink.commit()
  expect(steps).toEqual(['out/0 x', 'commit', 'state/3 ["a/0/1","positions"]', 'commit afterwards'])
})

test('outputs that do not arrive and positions that are refused leave the checkpoint as it was', async () => {
  const { sink, steps } = sinkOf(false, 'commit')
  sink.save('positions', '{}')
  await expect(sink.commit()).rejects.toThrow('commit breaks')
  expect(steps).toEqual(['commit'])
})

test('a commit without a checkpoint writes none; what is dropped is dropped', async () => {
  const { sink, steps } = sinkOf(true)
  await sink.flush()
  await sink.commit()
  sink.abort()
  expect(steps).toEqual(['flush', 'commit', 'abort'])
})
