import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { document, expressionDocument, refusal, schema, score } from '../models/pmml/documents.ts'

const apply = (name: string, ...inner: string[]) => `<Apply function="${name}">${inner.join('')}</Apply>`
const field = (name: string) => `<FieldRef field="${name}"/>`
const text = (value: string) => `<Constant dataType="string">${value}</Constant>`
const textIndex = (attributes: string, inner: string) => `<TextIndex textField="s" ${attributes}>${inner}</TextIndex>`
const outcome = async (xml: string, record: RecordValue) => {
  const [result] = await score(xml, [record])
  return result instanceof MillraceError ? result.code : result?.['o']
}

// Each of these would keep a thread busy for ever, or fill its memory, if its work were not bounded: the test would not end.
test('texts that make patterns, trimming and distances costly', async () => {
  const letters = 'a'.repeat(50_000)
  expect(
    await outcome(expressionDocument(apply('matches', field('s'), text('^(\\w+\\s?)*$'))), { s: `${letters}!` }),
  ).toBe(false)
  expect(
    await outcome(expressionDocument(apply('matches', field('s'), field('t'))), { s: `${letters}!`, t: '(a|aa)+$' }),
  ).toBe(false)
  expect(
    await outcome(expressionDocument(apply('trimBlanks', field('s'))), { s: ` x${' '.repeat(500_000)}x ` }),
  ).toHaveLength(500_002)
  const marks = '!'.repeat(300_000)
  expect(await outcome(expressionDocument(textIndex('', text('a'))), { s: `${marks}a${marks}b` })).toBe(0)
  const near = expressionDocument(textIndex('maxLevenshteinDistance="2"', text('b'.repeat(30_000))))
  expect(await outcome(near, { s: `${letters} ${'b'.repeat(29_999)}` })).toBe(1)
})

test('texts that grow: a field that doubles one that doubles one, replacements that feed themselves', async () => {
  const derived = Array.from(
    { length: 60 },
    (_, i) =>
      `<DerivedField name="d${i + 1}" optype="categorical" dataType="string">${apply('concat', field(`d${i}`), field(`d${i}`))}</DerivedField>`,
  )
  const doubling = document(
    { d0: 'string', y: 'double' },
    `<TransformationDictionary>${derived.join('')}</TransformationDictionary><RegressionModel functionName="regression">${schema(['d0'])}<Output><OutputField name="o" feature="transformedValue">${field('d60')}</OutputField></Output><RegressionTable intercept="1"/></RegressionModel>`,
  )
  expect(await outcome(doubling, { d0: 'ab' })).toBe('MODEL_INPUT_TYPE')
  const rows = '<row><string>a</string><stem>aa</stem></row>'.repeat(100)
  const feeding = textIndex(
    '',
    `<TextIndexNormalization recursive="true"><InlineTable>${rows}</InlineTable></TextIndexNormalization>${text('a')}`,
  )
  expect(await outcome(expressionDocument(feeding), { s: 'a' })).toBe('MODEL_INPUT_TYPE')
})

test('documents that stand for more than they are long: sparse arrays, chains of fields', async () => {
  const instance = (id: number) => `<VectorInstance id="${id}"><REAL-SparseArray n="10000000"/></VectorInstance>`
  const sparse = `<SupportVectorMachineModel functionName="regression">${schema(['x'])}<LinearKernelType/><VectorDictionary><VectorFields>${field('x')}</VectorFields>${Array.from({ length: 500 }, (_, i) => instance(i)).join('')}</VectorDictionary></SupportVectorMachineModel>`
  expect((await refusal(document({ x: 'double', y: 'double' }, sparse))).code).toBe('MODEL_PMML_FAULT')
  const chain = Array.from(
    { length: 20_000 },
    (_, i) => `<DerivedField name="d${i + 1}" optype="continuous" dataType="double">${field(`d${i}`)}</DerivedField>`,
  )
  const long = `<TransformationDictionary>${chain.join('')}</TransformationDictionary><RegressionModel functionName="regression">${schema(['d0'])}<RegressionTable intercept="1"><NumericPredictor name="d20000" coefficient="1"/></RegressionTable></RegressionModel>`
  expect((await refusal(document({ d0: 'double', y: 'double' }, long))).code).toBe('MODEL_PMML_FAULT')
})
