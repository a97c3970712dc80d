import { expect, test } from 'vitest'
import { Untranslatable } from '../../../src/models/tensorflow/untranslatable.ts'

test('the reason is the message', () => {
  expect(new Untranslatable('a window across channels').message).toBe('a window across channels')
})
