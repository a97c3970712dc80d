import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Trees } from '../../../src/models/xgboost/booster.ts'
import { isBinary, readBinary } from '../../../src/models/xgboost/read-binary.ts'
import { binaryBytes } from './binaries.ts'

const read = (bytes: Uint8Array) => readBinary(bytes, 'm.bin')
const refusal = (bytes: Uint8Array) => {
  try {
    read(bytes)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('readBinary', () => {
  it('reads trees with thresholds, leaves and ways of missing values', () => {
    const booster = read(binaryBytes())
    expect(booster).toMatchObject({
      encoding: 'binary',
      version: null,
      name: 'gbtree',
      objective: 'reg:linear',
      features: 2,
    })
    const [tree] = (booster.model as Trees).trees
    expect(tree).toMatchObject({
      left: Int32Array.of(1, -1, -1),
      right: Int32Array.of(2, -1, -1),
      feature: Int32Array.of(1, 0, 0),
      condition: Float32Array.of(2, 0.5, -0.25),
      defaultLeft: Int32Array.of(1, 0, 0),
    })
  })

  it('reads the same behind "binf", with versions and attributes, and behind what Spark puts before', () => {
    const later = read(binaryBytes({ isHeaded: true, version: [1, 6], attributes: { best_iteration: '3' } }))
    expect(later).toMatchObject({ version: [1, 6, 0], attributes: new Map([['best_iteration', '3']]) })
    for (const spark of ['_cls_', '_reg_'] as const) {
      const bytes = binaryBytes({ spark })
      expect(isBinary(bytes)).toBe(true)
      expect(read(bytes)).toEqual(read(binaryBytes()))
    }
  })

  it('reads a length of the first versions', () => {
    expect(read(binaryBytes({ hasOldLength: true }))).toEqual(read(binaryBytes()))
  })

  it('reads DART and linear boosters', () => {
    expect(read(binaryBytes({ booster: 'dart' })).model).toMatchObject({ weights: Float32Array.of(0.5) })
    expect(read(binaryBytes({ booster: 'gblinear' })).model).toEqual({ weights: Float32Array.of(1, 2, 3) })
    expect(refusal(binaryBytes({ booster: 'gbtwig' }))).toMatch(/byte \d+ uses the booster "gbtwig"/)
  })

  it('names the byte where a file breaks off', () => {
    for (const booster of ['gbtree', 'dart', 'gblinear']) {
      const whole = binaryBytes({ booster, version: [1, 6], attributes: { a: 'b' } })
      for (let length = 0; length < whole.length; length++)
        expect(refusal(whole.subarray(0, length))).toMatch(
          /^m\.bin cannot be read as the binary form of XGBoost: byte \d+: .*bytes.*left/,
        )
    }
  })

  it('believes no count that the bytes cannot hold', () => {
    expect(refusal(binaryBytes({ trees: 0x7fffffff }))).toMatch(/2147483647 trees are promised/)
    expect(refusal(binaryBytes({ trees: -1 }))).toMatch(/-1 trees are promised/)
    expect(refusal(binaryBytes({ nodes: 0x7fffffff }))).toMatch(/tree 0 of 2147483647 nodes takes \d+ bytes/)
    expect(refusal(binaryBytes({ nodes: 0 }))).toMatch(/tree 0 has 0 nodes/)
    expect(refusal(binaryBytes({ leafWidth: 3 }))).toMatch(/leaves of 3 values in tree 0/)
  })

  it('is recognised by what is in it', () => {
    const golden = join(import.meta.dirname, '../../golden/xgboost/deep')
    expect(isBinary(binaryBytes())).toBe(true)
    expect(isBinary(readFileSync(join(golden, 'model.json')))).toBe(false)
    expect(isBinary(readFileSync(join(golden, 'model.ubj')))).toBe(false)
    expect(isBinary(new Uint8Array(1000))).toBe(false)
    expect(isBinary(new Uint8Array())).toBe(false)
  })
})
