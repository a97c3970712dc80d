import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { controlDetector } from '../../src/streams/control-records.ts'
import { FrameGate } from '../../src/streams/frame-gate.ts'
import { seeded } from '../random.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { records, Script, type Step } from '../support/scripted-transport.ts'
import { contextFor } from '../support/transport-context.ts'

async function gateOver(
  steps: Step[],
  batching: { maxRecords: number; maxDelayMs: number },
  clock = new ManualClock(),
) {
  const reader = await new Script(...steps).transport.openReader({}, contextFor({ clock }))
  if (reader.delivers !== 'frames') throw new Error('a script gives frames')
  return new FrameGate(reader, { batching, detect: controlDetector('json'), isLooping: false, clock })
}

const control = (type: string) => JSON.stringify({ $fastscore: type })

test('whatever the batching and the limits, every record comes once, in order, and ends lead from batch to batch', async () => {
  const random = seeded(9)
  for (let round = 0; round < 150; round++) {
    const clock = new ManualClock()
    const all: string[] = []
    const steps = Array.from({ length: random() * 6 }, () => {
      const texts = Array.from({ length: random() * 6 }, () => (random() < 0.2 ? control('set') : `${random()}`))
      all.push(...texts)
      return records(...texts)
    })
    const batching = { maxRecords: 1 + Math.floor(random() * 8), maxDelayMs: random() < 0.5 ? 0 : 100 }
    const gate = await gateOver(steps, batching, clock)
    const seen: string[] = []
    let end = 0
    for (;;) {
      const limit = 1 + Math.floor(random() * 8)
      const batch = await gate.next(limit, 0)
      if (batch === null) break
      expect(batch.length).toBeLessThanOrEqual(Math.min(limit, batching.maxRecords))
      for (let i = 0; i < batch.length; i++) {
        expect(batch.positions[i]).toBeGreaterThanOrEqual(end)
        expect(all[batch.positions[i] as number]).toBe(`${bytesAt(batch.values, i)}`)
        seen.push(`${bytesAt(batch.values, i)}`)
      }
      if (batch.length > 0) {
        // What lies between two batches is control records only: committing `end` skips no data.
        for (let at = end; at < (batch.positions[0] as number); at++) expect(all[at]).toBe(control('set'))
        end = batch.end
      }
      if (random() < 0.5) await clock.advance(60)
    }
    expect(seen).toEqual(all.filter((text) => text !== control('set')))
  }
})

test('a batch closes when it holds too many bytes, whatever the count', async () => {
  const big = 'x'.repeat(20_000_000)
  const gate = await gateOver([records(big), records(big), records('y')], { maxRecords: 1000, maxDelayMs: 1_000_000 })
  expect((await gate.next(1000, 1000))?.length).toBe(2)
  expect((await gate.next(1000, 1000))?.length).toBe(1)
})

test('reset forgets what was gathered and that the stream had ended', async () => {
  const gate = await gateOver([records('1', control('end'))], { maxRecords: 10, maxDelayMs: 0 })
  expect((await gate.next(10, 0))?.length).toBe(1)
  expect(await gate.next(10, 0)).toBeNull()
  gate.reset()
  expect(await gate.next(10, 0)).toBeNull() // the script itself is over
  expect(gate.controls.end).toBe(1)
})
