import { describe, expect, it } from 'vitest'
import { readBooster, recognisesXgboost } from '../../../src/models/xgboost/read-booster.ts'
import { binaryBytes } from './binaries.ts'
import { documentOf, jsonBytes, ubjBytes } from './documents.ts'

const refusal = (text: string | Uint8Array) => {
  try {
    readBooster(Buffer.from(text as string), 'm')
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('readBooster', () => {
  it('reads the same booster from JSON and UBJSON', () => {
    const document = documentOf()
    expect(readBooster(ubjBytes(document), 'm')).toMatchObject({
      encoding: 'ubj',
      objective: 'reg:squarederror',
      features: 2,
    })
    expect(readBooster(jsonBytes(document), 'm')).toMatchObject({ encoding: 'json', features: 2 })
    expect(readBooster(Buffer.from(`\uFEFF \n${JSON.stringify(document)}`), 'm')).toMatchObject({ encoding: 'json' })
    expect(readBooster(binaryBytes(), 'm')).toMatchObject({ encoding: 'binary' })
  })

  it('reads the model inside a serialised booster', () => {
    const whole = { Config: { learner: {} }, Model: documentOf() }
    expect(readBooster(ubjBytes(whole), 'm')).toMatchObject({ features: 2 })
    expect(readBooster(jsonBytes(whole), 'm')).toMatchObject({ features: 2 })
  })

  it('passes over the number of classes that Spark puts before a classifier', () => {
    const document = documentOf()
    for (const bytes of [jsonBytes(document), ubjBytes(document), binaryBytes()]) {
      const file = Buffer.concat([Uint8Array.of(0, 0, 0, 2), bytes])
      expect(readBooster(file, 'm')).toEqual(readBooster(bytes, 'm'))
      expect(recognisesXgboost(file)).toBe(true)
    }
  })

  it('says what other files are', () => {
    expect(refusal('')).toMatch(/the file is empty/)
    expect(refusal('[{"nodeid": 0}]')).toMatch(/is a dump of trees/)
    expect(refusal('booster[0]:\n0:[f0<2]')).toMatch(/is a dump of trees/)
    expect(refusal(Buffer.from([0x80, 4, 0x95]))).toMatch(/is a pickle of Python/)
    expect(refusal('{"a": 1}')).toMatch(/the document is no model of XGBoost/)
    expect(refusal('tree\nversion=v4')).toMatch(/neither JSON nor UBJSON nor the binary form/)
  })
})

describe('recognisesXgboost', () => {
  it('knows its three encodings from each other’s and from other documents', () => {
    const document = documentOf()
    const whole = { Config: { learner: {} }, Model: document }
    for (const bytes of [jsonBytes(document), ubjBytes(document), binaryBytes(), jsonBytes(whole), ubjBytes(whole)])
      expect(recognisesXgboost(bytes)).toBe(true)
    expect(recognisesXgboost(Buffer.from(JSON.stringify(document, null, 2)))).toBe(true)
    for (const text of [
      '',
      '{}',
      '{"name": "tree", "version": "v4"}',
      '{"version": [1]}',
      'tree\nversion=v4',
      '<PMML/>',
    ])
      expect(recognisesXgboost(Buffer.from(text))).toBe(false)
  })
})
