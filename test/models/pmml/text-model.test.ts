import { expect, test } from 'vitest'
import { document, refusal, score } from './documents.ts'

const matrix =
  '<Matrix><Array type="int" n="3">2 0 1</Array><Array type="int" n="3">0 3 1</Array><Array type="int" n="3">1 1 1</Array></Matrix>'
const of = (
  normalization: string,
  similarity = 'cosine',
  { fields = { text: 'string' } as Record<string, string>, rows = matrix } = {},
) =>
  document(
    fields,
    `<TextModel functionName="clustering"><MiningSchema>${Object.keys(fields)
      .map((name) => `<MiningField name="${name}"/>`)
      .join(
        '',
      )}</MiningSchema><Output><OutputField name="id" feature="predictedValue"/><OutputField name="second" feature="entityId" rank="2"/><OutputField name="near" feature="affinity" dataType="double"/><OutputField name="d3" feature="affinity" value="d3" dataType="double"/></Output><TextDictionary><Array type="string" n="3">cat dog "the end"</Array></TextDictionary><TextCorpus><TextDocument id="d1" name="cats"/><TextDocument id="d2"/><TextDocument id="d3"/></TextCorpus><DocumentTermMatrix>${rows}</DocumentTermMatrix><TextModelNormalization ${normalization}/><TextModelSimiliarity similarityType="${similarity}"/></TextModel>`,
  )
const first = async (xml: string, record: Record<string, unknown>) => (await score(xml, [record as never]))[0]

test('the document at the smallest angle wins; ranks and affinities are outputs', async () => {
  const result = await first(of('globalTermWeights="none"'), { text: 'A cat, another CAT. The end!' })
  expect(result).toMatchObject({ id: 'd1', second: 'd3', near: expect.closeTo(1, 12) })
  expect(result).toMatchObject({ d3: expect.closeTo(3 / Math.sqrt(15), 12) })
})

test('a text without any term has no similarity', async () => {
  expect(await first(of('globalTermWeights="none"'), { text: 'nothing here' })).toMatchObject({ id: null, near: null })
  expect(await first(of('globalTermWeights="none"'), {})).toMatchObject({ id: null })
})

test.each([
  // |2 0 1 - 1 1 1|, and so on, of the record "cat dog the end" to document 3
  ['localTermWeights="termFrequency" globalTermWeights="none"', 'cat cat the end', Math.SQRT2],
  ['localTermWeights="binary" globalTermWeights="none"', 'cat cat the end', 1],
  [
    'localTermWeights="augmentedNormalizedTermFrequency" globalTermWeights="none"',
    'cat cat dog the end',
    Math.hypot(0, 0.25, 0.25),
  ],
  ['globalTermWeights="GFIDF"', 'cat', Math.hypot(0, 2, 1)],
  ['globalTermWeights="normal"', 'cat', Math.hypot(0, 1 / Math.sqrt(10), 1 / Math.sqrt(3))],
  [
    'globalTermWeights="none" documentNormalization="cosine"',
    'cat',
    Math.hypot(1 - 1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)),
  ],
])('weights of %s', async (normalization, text, expected) => {
  expect(await first(of(normalization, 'euclidean'), { text })).toMatchObject({ d3: expect.closeTo(expected, 12) })
})

test('terms of every document have no weight by inverse document frequency', async () => {
  const [g, h] = [Math.log(3 / 2), Math.log(3 / 2)]
  const result = await first(of('localTermWeights="logarithmic"'), { text: 'cat the end' })
  expect(result).toMatchObject({ id: 'd1', near: expect.closeTo(1, 12), d3: expect.closeTo(g / Math.hypot(g, h), 12) })
})

test('probabilistic inverse frequency weighs a rare term up', async () => {
  // term 1 and 2 are in two of three documents: ln(1/2), the third in all
  expect(await first(of('globalTermWeights="probabilisticInverse"'), { text: 'dog' })).toMatchObject({
    id: 'd2',
    near: 1,
  })
})

test('counts may come in fields named as the terms, and the matrix as cells', async () => {
  const fields = { cat: 'double', dog: 'double', 'the end': 'double' }
  const cells =
    '<Matrix nbRows="3" nbCols="3"><MatCell row="1" col="1">2</MatCell><MatCell row="2" col="2">1</MatCell><MatCell row="3" col="3">1</MatCell></Matrix>'
  expect(await first(of('globalTermWeights="none"', 'cosine', { fields, rows: cells }), { dog: 4 })).toMatchObject({
    id: 'd2',
  })
})

test('what cannot be told is refused', async () => {
  expect((await refusal(of('', 'euclidean'))).message).toContain('whose base PMML does not tell')
  expect((await refusal(of('', 'cosine', { fields: { cat: 'double' } }))).message).toContain('for the term "dog"')
  expect(
    (await refusal(of('', 'cosine', { rows: matrix.replace('2 0 1', '2 0 1 4').replace('n="3"', 'n="4"') }))).message,
  ).toContain('expected one per term')
  const diagonal = matrix.replace('<Matrix>', '<Matrix diagDefault="1">')
  expect((await refusal(of('', 'cosine', { rows: diagonal }))).message).toContain('diagDefault')
})
