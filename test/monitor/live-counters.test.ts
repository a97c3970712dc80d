import { expect, test } from 'vitest'
import { Telemetry } from '../../src/core/telemetry.ts'
import { LiveCounters } from '../../src/monitor/live-counters.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sampleEvents } from './sample-events.ts'

function start() {
  const clock = new ManualClock()
  const telemetry = new Telemetry()
  const live = new LiveCounters(telemetry, clock)
  const batch = (records: number) =>
    telemetry.emit('batchScored', { ...sampleEvents.batchScored, records, predictions: records })
  const activate = (task: string, version: string, key = 'wine') =>
    telemetry.emit('versionActivated', { ...sampleEvents.versionActivated, task, version, key })
  return { clock, telemetry, live, batch, activate }
}

test('the rate is that of the last seconds that are over, and falls to 0 when nothing comes', async () => {
  const { clock, live, batch } = start()
  expect(live.snapshot().recordsPerSecond).toBe(0)
  for (let second = 0; second < 20; second++) {
    batch(60)
    await clock.advance(500)
    batch(40)
    await clock.advance(500)
    expect(live.snapshot().recordsPerSecond).toBe(100)
  }
  await clock.advance(2000)
  expect(live.snapshot().recordsPerSecond).toBe(60)
  await clock.advance(100_000)
  expect(live.snapshot().recordsPerSecond).toBe(0)
  expect(live.snapshot().read).toBe(2000)
})

test('a swap counts once however many tasks make it, and whatever their order', () => {
  const { live, activate } = start()
  activate('0/0', '1')
  activate('0/0', '2')
  activate('0/1', '1')
  activate('0/1', '2')
  expect(live.snapshot().swaps).toBe(2)
  activate('0/1', '1')
  activate('0/0', '7', 'iris')
  expect(live.snapshot()).toMatchObject({ swaps: 4 })
  expect([...live.snapshot().active]).toEqual([
    ['wine', 'tree@1'],
    ['iris', 'tree@7'],
  ])
})

test('rejected versions and restarts are counted, other moves are not; a closed instance counts no more', () => {
  const { live, telemetry } = start()
  telemetry.emit('versionMoved', sampleEvents.versionMoved)
  telemetry.emit('versionMoved', { ...sampleEvents.versionMoved, to: 'rejected' })
  telemetry.emit('engineRestarting', sampleEvents.engineRestarting)
  live.close()
  telemetry.emit('engineRestarting', sampleEvents.engineRestarting)
  expect(live.snapshot()).toMatchObject({ rejectedVersions: 1, restarts: 1 })
})
