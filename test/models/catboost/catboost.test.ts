import { expect, it } from 'vitest'
import { registry } from '../../../src/components.ts'
import { catboostFormat } from '../../../src/models/catboost/catboost.ts'

it('is a registered format that is no code', () => {
  expect(registry.list('format')).toContain(catboostFormat)
  expect(catboostFormat.isCode).toBe(false)
})
