import { describe, expect, test } from 'vitest'
import { seeded } from '../../random.ts'
import { column, decodeOne, decoderOf, numberText } from './texts.ts'

describe('JsonReader', () => {
  test('reads every number as Number does, in each of its ways', () => {
    const random = seeded(12)
    const decoder = decoderOf(null)
    const texts = Array.from({ length: 20_000 }, () => numberText(random)).filter((t) => Number.isFinite(Number(t)))
    const { values, errors } = decoder.decode(column(texts.map((t) => `{"x":${t},"y":[${t}]}`)))
    expect(errors).toBe(null)
    texts.forEach((text, i) => {
      const { x, y } = values[i] as { x: number; y: number[] }
      if (!Object.is(x, Number(text)) || !Object.is(y[0], Number(text))) expect([x, y[0]], text).toBe(Number(text))
    })
  })

  test('a million brackets are an error, not a stack overflow', () => {
    expect(decodeOne(null, '['.repeat(1e6)).error).toContain(
      'ENCODING_TOO_DEEP: record is nested deeper than 200 levels',
    )
    expect(decodeOne(null, `{"a":${'{"a":'.repeat(1e5)}`).error).toContain('ENCODING_TOO_DEEP')
  })
})
