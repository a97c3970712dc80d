import { expect, test } from 'vitest'
import type { RecordValue } from '../../../src/schema/value.ts'
import { document, open, prepare, refusal, score } from './documents.ts'

const of = (lag: string, more = '') =>
  document(
    { k: 'string', x: 'double', y: 'double' },
    `<TransformationDictionary><DerivedField name="l" optype="continuous" dataType="double">${lag}</DerivedField>${more}</TransformationDictionary><RegressionModel functionName="regression"><MiningSchema><MiningField name="k"/><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema><Output><OutputField name="l" dataType="double" feature="transformedValue"><FieldRef field="${more === '' ? 'l' : 'm'}"/></OutputField></Output><RegressionTable intercept="0"/></RegressionModel>`,
  )
const lagged = async (xml: string, records: readonly RecordValue[]) =>
  (await score(xml, records)).map((prediction) => (prediction as { l: unknown }).l)
const values = (...xs: (number | null)[]) => xs.map((x) => ({ k: 'a', x }))

test('a lag is the value some records ago, missing before there are so many', async () => {
  expect(await lagged(of('<Lag field="x"/>'), values(1, 2, 3))).toEqual([null, 1, 2])
  expect(await lagged(of('<Lag field="x" n="2"/>'), values(1, null, 3, 4))).toEqual([null, null, 1, null])
})

test('blocks count for themselves, also when their records come mixed', async () => {
  const xml = of('<Lag field="x"><BlockIndicator field="k"/></Lag>')
  const records = [
    { k: 'a', x: 1 },
    { k: 'b', x: 2 },
    { k: 'a', x: 3 },
    { k: 'b', x: 4 },
  ]
  expect(await lagged(xml, records)).toEqual([null, null, 1, 2])
})

test.each([
  ['avg', [null, 1, 2.5, 7 / 3]],
  ['max', [null, 1, 4, 4]],
  ['min', [null, 1, 1, 1]],
  ['median', [null, 1, 2.5, 2]],
  ['product', [null, 1, 4, 8]],
  ['sum', [null, 1, 5, 7]],
])('aggregate="%s" is of the last n records, or of those there are', async (name, expected) => {
  expect(await lagged(of(`<Lag field="x" n="3" aggregate="${name}"/>`), values(1, 4, 2, 9))).toEqual(expected)
})

test('missing values among them are passed over', async () => {
  expect(await lagged(of('<Lag field="x" n="2" aggregate="sum"/>'), values(1, null, 9))).toEqual([null, 1, 1])
})

test('a lag of a field that itself reads a lag sees the record before', async () => {
  const sum = '<Apply function="+"><FieldRef field="x"/><FieldRef field="l"/></Apply>'
  const more = `<DerivedField name="s" optype="continuous" dataType="double">${sum}</DerivedField><DerivedField name="m" optype="continuous" dataType="double"><Lag field="s"/></DerivedField>`
  expect(await lagged(of('<Lag field="x"/>', more), values(1, 2, 3, 4))).toEqual([null, null, 3, 5])
})

test('it makes no difference how records are batched; a record without a value counts; the model says that it keeps state', async () => {
  const xml = of('<Lag field="x"/>')
  const scorer = await open(xml)
  const seen: unknown[] = []
  for (const record of [{ x: 1 }, { x: 'wrong' }, { x: 3 }]) {
    const { predictions } = await scorer.score([record])
    seen.push(predictions[0]?.['l'])
  }
  expect(seen).toEqual([null, 1, null])
  expect((await prepare(xml)).isStateful).toBe(true)
})

test('standard deviations and lags inside functions are refused', async () => {
  expect((await refusal(of('<Lag field="x" n="2" aggregate="stddev"/>'))).message).toContain('stddev')
  expect((await refusal(of('<Lag field="x" n="0"/>'))).message).toContain('attribute "n" is 0')
})

test('an aggregate of a group takes a record that carries the list', async () => {
  const xml = of('<Aggregate field="x" function="sum" groupField="k"/>')
  const [sum, single, mixed] = await score(xml, [
    { k: 'a', x: [1, 2] },
    { k: 'a', x: 1 },
    { k: ['a', 'b'], x: [1, 2] },
  ])
  expect(sum).toMatchObject({ l: 3 })
  expect(String(single)).toContain('one record per group')
  expect(String(mixed)).toContain('single value of its group')
})
