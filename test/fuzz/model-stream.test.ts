import { expect, test } from 'vitest'
import { catalogue } from '../../src/core/errors.ts'
import type { TelemetryEvents } from '../../src/core/telemetry.ts'
import { source } from '../engine/fakes.ts'
import { eventOf, LogWorld, numbersFrom } from '../engine/log-world.ts'
import { jsonMessage, type Message, protobufMessage } from '../engine/model-messages.ts'
import { seeded } from '../random.ts'

const SEED = 20261121
const ROUNDS = 12
const WRONG_PER_ROUND = 25

function goodMessage(version: string): Message {
  return {
    name: 'm',
    version,
    dataType: 'numbers',
    format: 'javascript',
    data: Buffer.from(source(version)),
    options: { language: 'javascript' },
    verificationRows: [{ input: { x: 1 }, expected: { y: 1 } }],
  }
}

/** Bytes with one of the usual accidents: flipped, cut, repeated, spliced or overwritten. */
function mutated(bytes: Buffer, random: () => number): Buffer {
  const int = (below: number) => Math.floor(random() * below)
  const copy = Buffer.from(bytes)
  const at = int(copy.length)
  switch (int(5)) {
    case 0:
      copy[at] = copy[at]! ^ (1 << int(8))
      return copy
    case 1:
      return copy.subarray(0, at)
    case 2:
      return Buffer.concat([copy, copy.subarray(at)])
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(int(copy.length))])
    default:
      return copy.fill(int(256), at, Math.min(copy.length, at + 1 + int(8)))
  }
}

function randomBytes(random: () => number): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)))
}

/** Messages that are well formed and ask for what cannot be done. */
const impossible: readonly Message[] = [
  { name: 'm', dataType: 'numbers', version: 'unknown' },
  { name: 'm', dataType: 'numbers', format: 'javascript', location: '../../etc/passwd' },
  { name: 'm', dataType: 'numbers', format: 'javascript', location: 'http://127.0.0.1:9/model.js' },
  { name: 'm', dataType: 'numbers', format: 'pmml', data: Buffer.from('<PMML>') },
  { name: 'm', dataType: 'numbers', format: 'javascript', data: Buffer.from('export const score = 5') },
  { name: 'm', dataType: 'numbers', format: 'javascript', data: Buffer.from(source('x')), digest: '0'.repeat(64) },
  { name: 'm', dataType: 'numbers', format: 'javascript', data: Buffer.from(source('x')), options: { toString: 1 } },
]

test('whatever comes on the model stream, the engine goes on, good models take over, and every refusal names its cause', async () => {
  const world = new LogWorld()
  const random = seeded(SEED)
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  world.publish('0')
  const engine = world.engine()
  const refusals: { code: string; message: string }[] = []
  engine.telemetry.listen((name, payload) => {
    if (name === 'modelMessageRejected') refusals.push((payload as TelemetryEvents['modelMessageRejected']).error)
  })
  await engine.start()
  let sent = 0
  for (let round = 1; round <= ROUNDS; round++) {
    const version = `good-${round}`
    const wrong = Array.from({ length: WRONG_PER_ROUND }, () => {
      const form = pick([jsonMessage, protobufMessage])
      // Under another key: a mutation that is still a model must not take over the key that is watched.
      const accident = () => mutated(form({ ...goodMessage('mutated'), dataType: 'others' }), random)
      return pick([() => randomBytes(random), accident, accident, () => form(pick(impossible))])()
    })
    const active = eventOf(engine, 'versionActivated', (event) => event.version === version)
    world.append('models', [...wrong, pick([jsonMessage, protobufMessage])(goodMessage(version))])
    await active
    world.append('in', numbersFrom(sent, (sent += 20)))
    await world.until(sent)
    const last = world.predictions().slice(-20)
    expect(new Set(last.map((p) => p.version))).toEqual(new Set([version]))
  }
  expect(engine.state).toBe('running')
  const { versions, counts } = await engine.report()
  await engine.stop()
  expect(counts).toEqual({ read: sent, predicted: sent, deadLettered: 0, dropped: 0 })
  const all = [...refusals, ...versions.flatMap((known) => (known.rejection ? [known.rejection] : []))]
  expect(refusals.length).toBeGreaterThan(ROUNDS)
  expect(all.length).toBeGreaterThan((ROUNDS * WRONG_PER_ROUND) / 2)
  for (const { code, message } of all) {
    expect(Object.keys(catalogue)).toContain(code)
    expect(code, message).not.toBe('CORE_INTERNAL')
    expect(message.length).toBeGreaterThan(15)
  }
}, 120_000)
