import { expect, test } from 'vitest'
import { Telemetry } from '../../src/core/telemetry.ts'
import { type LogSettings, logTelemetry, openLog, standardLogSettings } from '../../src/monitor/log.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sampleEvents } from './sample-events.ts'

function collect(settings: Partial<LogSettings>) {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const clock = new ManualClock(Date.UTC(2024, 0, 2, 3, 4, 5, 6))
  return { lines, log: openLog({ destination, level: 'info', form: 'json', clock, ...settings }) }
}

test('a JSON line has time, level, sentence and the facts of its event', () => {
  const { lines, log } = collect({})
  const telemetry = new Telemetry()
  const unlisten = logTelemetry(telemetry, log)
  telemetry.emit('engineStopped', sampleEvents.engineStopped)
  unlisten()
  telemetry.emit('engineStopped', sampleEvents.engineStopped)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      time: '2024-01-02T03:04:05.006Z',
      level: 'info',
      event: 'engineStopped',
      engine: 'wine',
      reason: 'finished',
      msg: 'engine "wine" has ended: finished',
    },
  ])
})

test('both forms leave out what is below the level', () => {
  for (const form of ['json', 'plain'] as const) {
    const { lines, log } = collect({ form, level: 'warn' })
    log.write('info', 'not important')
    log.write('error', 'important')
    expect(lines.length).toBe(1)
    expect(lines[0]).toContain('important')
  }
})

test('a plain line is time, level and sentence, and text in it cannot begin a line or steer the terminal', () => {
  const { lines, log } = collect({ form: 'plain' })
  log.write('warn', 'record "\u001b[2J\r\n12:00 INFO forged\u2028\u009b" is not JSON')
  expect(lines).toEqual([
    '03:04:05.006 WARN  record "\\u001b[2J\\u000d\\u000a12:00 INFO forged\\u2028\\u009b" is not JSON\n',
  ])
})

test('standard error that is no terminal gets JSON lines', () => {
  expect(standardLogSettings(new ManualClock()).form).toBe(process.stderr.isTTY ? 'plain' : 'json')
})
