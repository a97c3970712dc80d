import { expect, test } from 'vitest'
import { isNumericDtype, typedArrays } from '../../src/schema/dtypes.ts'
import { dtypes } from '../../src/schema/signature.ts'

test('a typed array has the width that its dtype names, and every numeric dtype has one', () => {
  for (const dtype of dtypes) {
    const width = /^u?(?:int|float)(\d+)$/.exec(dtype)?.[1]
    if (width === undefined) continue
    if (!isNumericDtype(dtype)) throw new Error(`${dtype} has no typed array`)
    expect(typedArrays[dtype].BYTES_PER_ELEMENT * 8).toBe(dtype === 'float16' ? 32 : Number(width))
  }
  expect(isNumericDtype('string')).toBe(false)
})
