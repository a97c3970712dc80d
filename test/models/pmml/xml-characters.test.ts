import { expect, test } from 'vitest'
import { characterOf, codePointAt, isNameExtra, isNameStart } from '../../../src/models/pmml/xml-characters.ts'

test('references stand for the five entities and for characters that XML allows', () => {
  expect(['lt', '#65', '#x1F600', '#10'].map(characterOf)).toEqual(['<', 'A', '\u{1f600}', '\n'])
  expect(['nbsp', '', '#', '#x', '#0', '#xD800', '#xFFFE', '#x110000', '#1e1', 'constructor'].map(characterOf)).toEqual(
    Array(10).fill(null),
  )
})

test('code points are read from their bytes', () => {
  for (const text of ['é', '本', '\u{1f600}']) expect(codePointAt(Buffer.from(text), 0)).toBe(text.codePointAt(0))
})

test('names start with letters, combining marks go on', () => {
  const points = ['é', '本', '\u0300', '·', '×'].map((text) => text.codePointAt(0) as number)
  expect(points.map(isNameStart)).toEqual([true, true, false, false, false])
  expect(points.map(isNameExtra)).toEqual([false, false, true, true, false])
})
