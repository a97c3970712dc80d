import { expect, it } from 'vitest'
import { borrow, domainOf, giveBack } from '../../../src/clients/log/handles.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { newPath } from './open-log.ts'

it('shares a connection between equal opens and closes it after the last', () => {
  const path = newPath()
  const options = { clock: systemClock, durability: 'process', busyTimeoutMs: 1000, isMaintained: false } as const
  const first = borrow(path, options)
  const second = borrow(path, { ...options })
  expect(second).toBe(first)
  const other = borrow(path, { ...options, clock: new ManualClock() })
  expect(other).not.toBe(first)
  expect(other.domain).toBe(domainOf(path))
  giveBack(first)
  first.file.read(() => 1)
  giveBack(second)
  expect(() => first.file.read(() => 1)).toThrow(/is closed/)
  other.file.read(() => 1)
  giveBack(other)
  giveBack(other) // one too many is passed over
  expect(() => other.file.read(() => 1)).toThrow(/is closed/)
})
