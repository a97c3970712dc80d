import { expect, test } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { DescriptorFaults } from '../../src/streams/descriptor-faults.ts'

test('faults of both kinds are thrown at once, with place, line and path in the whole document', () => {
  const document = parseConfigDocument('slots:\n  0:\n    loop: true\n', 'e.yaml')
  const faults = new DescriptorFaults({ document, path: ['slots', 0] })
  faults.throwIfAny()
  faults.add(['loop'], 'STREAM_RULE_BROKEN', { reason: 'no' })
  expect(
    faults.collect([], () => {
      throw new MillraceError('STREAM_NOT_AVAILABLE', { place: faults.place([]), what: 'it' })
    }),
  ).toBeNull()
  try {
    faults.throwIfAny()
    throw new Error('nothing was thrown')
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown
    expect(thrown.faults).toMatchObject([
      { path: 'slots.0.loop', line: 3, column: 5, message: 'e.yaml:3:5: no' },
      { path: 'slots.0', line: 2, column: 3, message: 'e.yaml:2:3: it is not available yet' },
    ])
  }
})

test('what is no fault of the document passes through', () => {
  const broken = () => {
    throw new TypeError('a bug')
  }
  expect(() => new DescriptorFaults({}).collect([], broken)).toThrow(TypeError)
})
