import { expect, test } from 'vitest'
import { lightgbmFormat } from '../../../src/models/lightgbm/lightgbm.ts'
import { modelText } from './model-files.ts'

test('the format recognises its files and no others', () => {
  expect(lightgbmFormat.recognises?.(Buffer.from(modelText()))).toBe(true)
  expect(lightgbmFormat.recognises?.(Buffer.from('{"name": "tree", "version": "v4"}'))).toBe(true)
  expect(lightgbmFormat.recognises?.(Buffer.from('{"learner": {"attributes": {}}, "version": [3, 2, 0]}'))).toBe(false)
})
