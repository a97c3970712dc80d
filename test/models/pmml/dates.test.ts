import { expect, test } from 'vitest'
import {
  formatByPattern,
  formatDate,
  formatDateTime,
  formatTime,
  parseDate,
  parseDateTime,
  parseTime,
} from '../../../src/models/pmml/dates.ts'
import { seeded } from '../../random.ts'

test('what is written is read back', () => {
  const rnd = seeded(5)
  for (let i = 0; i < 500; i++) {
    const seconds = Math.floor((rnd() - 0.5) * 8e9)
    expect(parseDateTime(formatDateTime(seconds))).toBe(seconds)
    const days = Math.floor(seconds / 86_400)
    expect(parseDate(formatDate(days))).toBe(days)
    const time = seconds - days * 86_400
    expect(parseTime(formatTime(time))).toBe(time)
  }
})

test('zones count, impossible days and hours are none', () => {
  expect(parseDateTime('1970-01-01T01:00:00+01:00')).toBe(0)
  expect(parseDate('2023-02-30')).toBe(null)
  expect(parseDateTime('2023-01-01T25:00:00')).toBe(null)
  expect(parseTime('abc')).toBe(null)
})

test('unknown codes stay', () => {
  expect(formatByPattern(0, '%Y-%m-%d %H:%M:%S %a %j %Q %%')).toBe('1970-01-01 00:00:00 Thu 001 %Q %')
})
