import { expect, test } from 'vitest'
import { catalogue } from '../../src/core/errors.ts'
import { eventOf, LogWorld } from '../engine/log-world.ts'
import { seeded } from '../random.ts'

const SEED = 20261121

/** Bytes that are no record of the stream, most of them near one. */
function badRecord(random: () => number): Buffer {
  const int = (below: number) => Math.floor(random() * below)
  const good = Buffer.from(`{"id":${int(1e6)},"x":${random()},"text":"äöü","list":[1,{"a":null}]}`)
  const at = 1 + int(good.length - 2)
  switch (int(6)) {
    case 0:
      return Buffer.from(Array.from({ length: int(100) }, () => int(256)))
    case 1:
      return good.subarray(0, at)
    case 2:
      return Buffer.concat([good.subarray(0, at), Buffer.from([int(32)]), good.subarray(at)])
    case 3:
      return Buffer.concat([good, good])
    case 4:
      return Buffer.from('['.repeat(1 + int(5_000)))
    default:
      return Buffer.alloc(0)
  }
}

/** True for bytes that a strict reader takes for a record with an `x` that the model can score. */
function isGood(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

test('random bytes between good records: the engine goes on, every good record has its prediction, every other a dead letter with a cause', async () => {
  const world = new LogWorld()
  const random = seeded(SEED)
  const text = 'export function score(r) { if (r.x > 0.9) throw new Error("too large"); return { id: r.id } }'
  world.publish('1', { data: Buffer.from(text) })
  const engine = world.engine()
  const scored = eventOf(engine, 'batchScored', () => true)
  await engine.start()
  const sent: Buffer[] = []
  const extremes = [
    'null',
    '5',
    '"text"',
    'true',
    '[]',
    '[1,2]',
    '{}',
    '{"x":1e999}',
    '{"x":-0}',
    '{"__proto__":{"x":1}}',
    '{"x":{"valueOf":1}}',
    '{"id":1,"id":2}',
    '\ufeff{"id":1}',
    '1e400',
    '{"id":123456789012345678901234567890}',
    '{"constructor":null,"toString":1}',
  ]
  for (let batch = 0; batch < 30; batch++) {
    const values = Array.from({ length: 40 }, (_, i) => {
      const n = batch * 40 + i
      if (n < extremes.length) return Buffer.from(extremes[n] as string)
      return random() < 0.5 ? badRecord(random) : Buffer.from(JSON.stringify({ id: n, x: random() }))
    })
    sent.push(...values)
    world.append('in', values)
  }
  await scored
  const isDone = () => (world.log.committed('numbers', 'in', 0) ?? 0) >= sent.length
  while (!isDone()) await world.log.waitForAppend('out', 0, world.log.endPosition('out', 0), 100)
  expect(engine.state).toBe('running')
  await engine.stop()

  const outcomes = new Map<number, string>()
  for (const { position } of world.predictions()) outcomes.set(Number(position.slice('in/0@'.length)), 'predicted')
  for (const letter of world.deadLetters()) {
    const at = Number(letter.position.slice('in/0@'.length))
    expect(outcomes.has(at)).toBe(false)
    outcomes.set(at, letter.code)
    expect(Buffer.compare(letter.bytes ?? Buffer.alloc(0), sent[at] as Buffer)).toBe(0)
    expect(Object.keys(catalogue)).toContain(letter.code)
    expect(letter.code, letter.reason).not.toBe('CORE_INTERNAL')
    expect(letter.reason.length).toBeGreaterThan(15)
  }
  expect(outcomes.size).toBe(sent.length)
  for (const [at, bytes] of sent.entries()) {
    if (at < extremes.length) continue
    const expected = isGood(bytes) ? /^(predicted|MODEL_FUNCTION_THREW)$/ : /^(ENCODING|MODEL)_/
    expect(outcomes.get(at), bytes.toString().slice(0, 80)).toMatch(expected)
  }
  const counts = [...outcomes.values()]
  expect(counts.filter((outcome) => outcome === 'predicted').length).toBeGreaterThan(400)
  expect(counts.filter((outcome) => outcome === 'MODEL_FUNCTION_THREW').length).toBeGreaterThan(20)
}, 120_000)
