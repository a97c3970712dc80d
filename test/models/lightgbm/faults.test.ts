import { expect, test } from 'vitest'
import { Faults, shown } from '../../../src/models/lightgbm/faults.ts'

test('errors name the artifact, the place and the reason', () => {
  const faults = new Faults('m.txt')
  expect(faults.syntax('tree 3, key "left_child"', 'it is odd').message).toBe(
    'm.txt cannot be read as LightGBM: tree 3, key "left_child": it is odd',
  )
  expect(faults.unsupported('key "version"', 'v9')).toMatchObject({
    code: 'MODEL_ARTIFACT_UNSUPPORTED',
    scope: 'model',
  })
  expect(faults.limit('tree 1', 5, 'codes').message).toBe('m.txt: tree 1 exceeds the limit of 5 codes')
})

test('long values are cut', () => {
  expect(shown('a"b')).toBe('"a\\"b"')
  expect(shown('x'.repeat(100))).toHaveLength(62)
})
