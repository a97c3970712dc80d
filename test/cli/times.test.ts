import { expect, test } from 'vitest'
import { timeOption } from '../../src/cli/times.ts'

test('a time is ISO 8601 or milliseconds', () => {
  expect(timeOption('since', '2026-01-01T00:00:00Z')).toBe(1_767_225_600_000)
  expect(timeOption('since', '1700000000000')).toBe(1_700_000_000_000)
  expect(timeOption('since', '0')).toBe(0)
})

test('another text is refused with the option and what is expected', () => {
  expect(() => timeOption('since', 'yesterday')).toThrow(
    'option "--since" is "yesterday", expected an ISO 8601 time or milliseconds since 1970',
  )
})
