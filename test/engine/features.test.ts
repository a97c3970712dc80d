import { expect, test } from 'vitest'
import { type FeatureFields, fieldSpelling, readingFields, recordOfFeatures } from '../../src/engine/features.ts'
import type { Scorer } from '../../src/models/model.ts'
import type { Feature } from '../../src/schema/signature.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { seeded } from '../random.ts'

/** A scorer that answers with what it was given. */
function echo(names: readonly string[]): Scorer {
  const inputs = names.map((name): Feature => ({ name, dtype: 'any', shape: [], isOptional: true }))
  return {
    signature: { inputs, outputs: [] },
    score: (records) => ({ predictions: records, errors: null }),
    close: () => {},
  }
}

async function seen(names: readonly string[], fields: FeatureFields, record: RecordValue | null) {
  return (await readingFields(echo(names), fields).score([record])).predictions[0]
}

test('a scorer whose features any encoding can name is returned as it is', () => {
  const scorer = echo(['sepal_length', 'pH', '_'])
  expect(readingFields(scorer, {})).toBe(scorer)
  expect(readingFields(scorer, { other: 'x', pH: 'pH' })).toBe(scorer)
})

test('a record with the names of the features is passed on as it is', async () => {
  const record = { 'fixed acidity': 7.4, pH: 3.5, more: 1 }
  expect(await seen(['fixed acidity', 'pH'], {}, record)).toBe(record)
})

test('a feature that no field can be named is read from the field with underscores', async () => {
  const record = { fixed_acidity: 7.4, pH: 3.5 }
  expect(await seen(['fixed acidity', 'pH'], {}, record)).toEqual({ 'fixed acidity': 7.4, pH: 3.5 })
  expect(await seen(['petal length (cm)'], {}, { petal_length_cm: 2 })).toEqual({ 'petal length (cm)': 2 })
})

test("the feature's own name comes first, also when its value is missing", async () => {
  expect(await seen(['a b', 'c d'], {}, { 'a b': null, a_b: 1, c_d: 2 })).toEqual({ 'a b': null, 'c d': 2 })
})

test('a field that two features could mean, or that is a feature itself, is guessed for neither', async () => {
  const scorer = echo(['a b', 'a.b', 'c d', 'c_d'])
  expect(readingFields(scorer, {})).toBe(scorer)
})

test('a field that was given is read and no other', async () => {
  const fields = { x: 'y', 'Petal.Length': 'petalLength' }
  expect(await seen(['x', 'Petal.Length'], fields, { x: 1, y: 2, petalLength: 3 })).toEqual({ x: 2, 'Petal.Length': 3 })
  expect(await seen(['x'], fields, { x: 1 })).toEqual({ x: undefined })
})

test('a field of an alias is read where the record has none of the other names', async () => {
  const inputs = ['a_(b)', 'c_d'].map(
    (name): Feature => ({
      name,
      dtype: 'any',
      shape: [],
      isOptional: true,
      aliases: [name.replaceAll('_', ' ')],
    }),
  )
  const scorer = readingFields({ ...echo([]), signature: { inputs, outputs: [] } }, {})
  const of = async (record: RecordValue) => (await scorer.score([record])).predictions[0]
  expect(await of({ 'a (b)': 1, 'c d': 2 })).toEqual({ 'a_(b)': 1, c_d: 2 })
  expect(await of({ 'a (b)': 1, a__b: 3, 'a_(b)': null })).toMatchObject({ 'a_(b)': null })
  expect(await of({ 'a (b)': 1, a__b: 3 })).toEqual({ 'a_(b)': 3, c_d: undefined })
  const plain = { 'a_(b)': 1, more: 2 }
  expect(await of(plain)).toBe(plain)
})

test('an alias that two features have, or that is a feature, is read for neither', async () => {
  const input = (name: string, aliases: readonly string[]): Feature => ({
    name,
    dtype: 'any',
    shape: [],
    isOptional: true,
    aliases,
  })
  const inputs = [input('a', ['x', 'b']), input('b', ['x'])]
  const scorer = { ...echo([]), signature: { inputs, outputs: [] } }
  expect(readingFields(scorer, {})).toBe(scorer)
})

test('names of any text are read as text and never as code', async () => {
  const next = seeded(20)
  const below = (end: number) => Math.floor(next() * end)
  const alphabet = ['a', '"', "'", '\\', '`', '${', '}', ']', '\n', '\u2028', ' ', ';', '__proto__', 'constructor']
  const name = () => Array.from({ length: 1 + below(5) }, () => alphabet[below(alphabet.length)]).join('')
  for (let round = 0; round < 200; round++) {
    const feature = name()
    const field = name()
    if (feature === field) continue
    const record: RecordValue = JSON.parse(`{${JSON.stringify(field)}: ${round}}`)
    const got = (await seen([feature], { [feature]: field }, record)) as RecordValue
    expect(Object.entries(got)).toEqual([[feature, round]])
    expect(await seen([feature], { [feature]: `${field}?` }, record)).toSatisfy(
      (r: RecordValue) => Object.values(r)[0] === undefined,
    )
  }
})

test('what is no record is left to the scorer', async () => {
  expect(await seen(['a b'], {}, null)).toBeNull()
})

test('a sample of the model becomes a record that gives the same features', async () => {
  const fields = { 'a b': 'first', c: 'second' }
  const sample = { 'a b': 1, c: 2, 'd e': 3 }
  const { signature } = echo(['a b', 'c', 'd e'])
  const record = recordOfFeatures(sample, signature, fields)
  expect(record).toMatchObject({ first: 1, second: 2 })
  expect(await seen(['a b', 'c', 'd e'], fields, record)).toEqual(sample)
  expect(recordOfFeatures(sample, signature, {})).toBe(sample)
})

test('a spelling is an identifier, or there is none', () => {
  expect(fieldSpelling('free sulfur dioxide')).toBe('free_sulfur_dioxide')
  expect(fieldSpelling('a..b')).toBe('a_b')
  for (const name of ['alcohol', '_x', '1st', '数', '', '()', ' ']) expect(fieldSpelling(name)).toBeNull()
})
