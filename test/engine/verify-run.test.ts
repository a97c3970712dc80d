import { describe, expect, onTestFinished, test } from 'vitest'
import { IdempotentProducer } from '../../src/clients/kafka/producer.ts'
import { TransactionalProducer } from '../../src/clients/kafka/transactional-producer.ts'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { type FrameBatch, framesOf, sliceFrames } from '../../src/core/frames.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { RunVerifier, verifyRun } from '../../src/engine/verify-run.ts'
import { kafkaService } from '../support/kafka.ts'
import { clusterOf } from '../support/kafka-transport.ts'
import { eventOf, LogWorld, numbersFrom } from './log-world.ts'

const settings = { sameField: 'x', versionField: 'made', maxExamples: 3 }
const none = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 }

/** A model that repeats `x` and says which version it is. */
function text(version: number): Buffer {
  return Buffer.from(`export const score = (r) => ({ x: r.x, made: '${version}' })`)
}

/** A world in which an engine has scored 150 records with three versions; every tenth record is malformed. */
async function scored() {
  const world = new LogWorld()
  world.publish('1', { data: text(1) })
  const engine = world.engine()
  await engine.start()
  for (let batch = 0; batch < 3; batch++) {
    const values = numbersFrom(batch * 50, batch * 50 + 50).map((value, i) => (i % 10 === 3 ? '{"x":' : value))
    world.append('in', values)
    await world.until(45 * (batch + 1))
    if (batch === 2) break
    const active = eventOf(engine, 'versionActivated', (event) => event.version === String(batch + 2))
    world.publish(String(batch + 2), { data: text(batch + 2) })
    await active
  }
  await engine.stop()
  const verify = (plan: EnginePlan) => verifyRun(plan, registry, systemClock, settings)
  const out = world.log.read('out', 0, 0, 1_000)
  /** The plan with these predictions in place of those of the run. */
  const withOutput = (topic: string, ...parts: readonly FrameBatch[]) => {
    world.log.createTopic(topic)
    for (const part of parts) world.log.append(topic, 0, part)
    return world.plan({ slots: { 0: world.stream('in'), 1: world.stream(topic) } })
  }
  return { world, verify, out, withOutput }
}

test('a run is sound; what is taken out of, doubled in, moved within and changed in its output is found', async () => {
  const { world, verify, out, withOutput } = await scored()
  const sound = await verify(world.plan())
  expect(sound).toMatchObject({ records: 150, predicted: 135, deadLettered: 15, faults: none, examples: [] })

  const part = (from: number, to: number) => sliceFrames(out, from, to)
  const lost = await verify(withOutput('lost', part(0, 10), part(11, 135)))
  expect(lost.faults).toEqual({ ...none, lost: 1 })
  const repeated = await verify(withOutput('repeated', part(0, 135), part(134, 135)))
  expect(repeated.faults).toEqual({ ...none, repeated: 1 })
  const reordered = await verify(withOutput('reordered', part(0, 10), part(11, 12), part(10, 11), part(12, 135)))
  expect(reordered.faults).toEqual({ ...none, reordered: 1 })

  const values = Array.from({ length: 135 }, (_, i) => Buffer.from(bytesAt(out.values, i) as Uint8Array))
  const changed = (from: string, to: string) =>
    columnOf(values.map((value, i) => (i === 20 ? Buffer.from(value.toString().replace(from, to)) : value)))
  const mixed = await verify(withOutput('mixed', { ...out, values: changed('"x":', '"x":1') }))
  expect(mixed.faults).toEqual({ ...none, foreign: 1 })
  const wrong = await verify(withOutput('wrong', { ...out, values: changed('"made":"', '"made":"9') }))
  expect(wrong.faults).toEqual({ ...none, misattributed: 1 })
}, 60_000)

test('an activation log without the cut-overs attributes nothing', async () => {
  const { world, verify } = await scored()
  world.log.createTopic('empty')
  const plan = world.plan()
  const { descriptor, place } = plan.activations as NonNullable<EnginePlan['activations']>
  const empty = { ...descriptor, transport: { ...descriptor.transport, topic: 'empty' } }
  const verdict = await verify({ ...plan, activations: { descriptor: empty, place } })
  expect(verdict.faults).toEqual({ ...none, misattributed: 135 })
}, 60_000)

test('predictions without a stamp and an engine without cut-overs cannot be verified', async () => {
  const { world, verify, withOutput } = await scored()
  const bare = framesOf(columnOf([Buffer.from('{"x":1}')]))
  await expect(verify(withOutput('bare', bare))).rejects.toMatchObject({
    code: 'ENGINE_VERIFY_IMPOSSIBLE',
    message: expect.stringContaining('bare/0@0'),
  })
  await expect(verify(world.plan({ state: { type: 'memory' } }))).rejects.toThrow(/its cut-overs are not kept/)
}, 60_000)

test('what comes after a verdict is added to it, and nothing is read or told twice', async () => {
  const world = new LogWorld()
  world.publish('1', { data: text(1) })
  const engine = world.engine()
  await engine.start()
  world.append('in', numbersFrom(0, 20))
  await world.until(20)
  const verifier = new RunVerifier(world.plan(), registry, systemClock, settings)
  expect(await verifier.advance()).toMatchObject({ records: 20, predicted: 20, faults: none })
  expect(await verifier.advance()).toMatchObject({ records: 20, predicted: 20, faults: none })
  world.append('in', numbersFrom(20, 50))
  await world.until(50)
  expect(await verifier.advance()).toMatchObject({ records: 50, predicted: 50, faults: none })
  await engine.stop()
  world.append('in', numbersFrom(50, 52))
  world.log.append('out', 0, sliceFrames(world.log.read('out', 0, 0, 1_000), 3, 4))
  for (let again = 0; again < 2; again++) {
    const { faults, examples } = await verifier.advance()
    expect(faults).toEqual({ ...none, lost: 2, repeated: 1 })
    expect(examples).toHaveLength(3)
  }
}, 60_000)

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('a run on Kafka', () => {
  test('is judged when the transactions have ended that have written by then, and which are told', async () => {
    const { world, out } = await scored()
    const topic = await kafka.topic('verified')
    const cluster = clusterOf(kafka.bootstrapServers)
    onTestFinished(() => cluster.close())
    const plain = await IdempotentProducer.open(cluster)
    await plain.produce(topic, 0, sliceFrames(out, 0, 134))
    await plain.close()
    const producer = await TransactionalProducer.open(cluster, { transactionalId: topic })
    onTestFinished(() => producer.close())
    const open = producer.begin()
    await open.produce(topic, 0, sliceFrames(out, 134, 135))
    await open.flush()
    const stream = { name: topic, transport: { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic } }
    const plan = world.plan({ slots: { 0: world.stream('in'), 1: stream } })
    const waits: string[] = []
    const onWaiting = async (place: string) => {
      if (waits.push(place) === 2) await open.commit()
    }
    const verdict = await verifyRun(plan, registry, systemClock, { ...settings, onWaiting })
    expect(verdict).toMatchObject({ predicted: 135, faults: none })
    expect(waits[0]).toBe(`${topic}/0@134`)
  }, 120_000)
})
