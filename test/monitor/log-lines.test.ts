import { expect, test } from 'vitest'
import type { TelemetryName } from '../../src/core/telemetry.ts'
import { logLineOf } from '../../src/monitor/log-lines.ts'
import { sampleError, sampleEvents } from './sample-events.ts'

test('every event but those of the scoring path has a line of one sentence', () => {
  for (const name of Object.keys(sampleEvents) as TelemetryName[]) {
    const line = logLineOf(name, sampleEvents[name])
    if (name === 'batchScored') expect(line).toBeNull()
    else expect(line?.sentence, name).toMatch(/^\S.*[^.\n]$/)
  }
})

test('an error in an event is in its line, at warn or error', () => {
  for (const name of Object.keys(sampleEvents) as TelemetryName[]) {
    if (!('error' in sampleEvents[name])) continue
    const line = logLineOf(name, sampleEvents[name])
    expect(line?.sentence, name).toContain(sampleError.message)
    expect(['warn', 'error']).toContain(line?.level)
  }
})

test('a rejected version is a warning with its reason; its other moves are less', () => {
  const move = sampleEvents.versionMoved
  const rejected = logLineOf('versionMoved', { ...move, to: 'rejected', reason: 'element Tree is missing' })
  expect(rejected).toMatchObject({ level: 'warn' })
  expect(rejected?.sentence).toContain('element Tree is missing')
  expect(logLineOf('versionMoved', move)?.level).toBe('debug')
  expect(logLineOf('versionMoved', { ...move, from: 'published', to: 'loading', version: '' })).toEqual({
    level: 'info',
    sentence: 'version tree for "wine" is being loaded',
  })
})

test('a server that other machines can reach without a token is a warning', () => {
  expect(logLineOf('serverStarted', { url: 'http://0.0.0.0:80', isOpen: true })?.level).toBe('warn')
  expect(logLineOf('serverStarted', { url: 'http://127.0.0.1:80', isOpen: false })?.level).toBe('info')
})
