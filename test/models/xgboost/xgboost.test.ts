import { expect, it } from 'vitest'
import { registry } from '../../../src/components.ts'
import { xgboostFormat } from '../../../src/models/xgboost/xgboost.ts'

it('is a registered format that is no code', () => {
  expect(registry.list('format')).toContain(xgboostFormat)
  expect(xgboostFormat.isCode).toBe(false)
  expect(xgboostFormat.extensions).toEqual(expect.arrayContaining(['json', 'ubj', 'bin', 'model']))
})
