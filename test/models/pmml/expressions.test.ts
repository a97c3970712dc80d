import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { PredictionBatch } from '../../../src/models/model.ts'
import { evaluate, expressionDocument, open } from './documents.ts'

describe('NormContinuous', () => {
  const norm = (outliers: string) =>
    `<NormContinuous field="x" mapMissingTo="-1" outliers="${outliers}"><LinearNorm orig="0" norm="10"/><LinearNorm orig="1" norm="20"/><LinearNorm orig="3" norm="60"/></NormContinuous>`
  test.each([
    ['asIs', [0, 15, 40, 80, -1]],
    ['asExtremeValues', [10, 15, 40, 60, -1]],
    ['asMissingValues', [null, 15, 40, null, -1]],
  ])('outside its points %s', async (outliers, expected) => {
    const actual = await Promise.all([-1, 0.5, 2, 4, null].map((x) => evaluate(norm(outliers), { x })))
    expect(actual).toEqual(expected)
  })
})

test('Discretize: the last bin that holds the value, else the default', async () => {
  const bin = (value: string, inner: string) =>
    `<DiscretizeBin binValue="${value}"><Interval ${inner}/></DiscretizeBin>`
  const expression = `<Discretize field="x" defaultValue="none" mapMissingTo="?">${bin('low', 'closure="openClosed" rightMargin="1"')}${bin('mid', 'closure="closedOpen" leftMargin="1" rightMargin="2"')}</Discretize>`
  expect(await Promise.all([0, 1, 1.5, 2, null].map((x) => evaluate(expression, { x })))).toEqual([
    'low',
    'mid',
    'mid',
    'none',
    '?',
  ])
})

test('MapValues: all keys must match, a missing key maps by itself', async () => {
  const row = (s: string, t: string, o: string) => `<row><a>${s}</a><b>${t}</b><o>${o}</o></row>`
  const expression = `<MapValues outputColumn="o" defaultValue="no" mapMissingTo="gone"><FieldColumnPair field="s" column="a"/><FieldColumnPair field="t" column="b"/><InlineTable>${row('1:', '2', 'x')}${row('1', ':2', 'z')}</InlineTable></MapValues>`
  const records = [{ s: '1:', t: '2' }, { s: '1', t: ':2' }, { s: '1', t: '2' }, { s: '1' }]
  expect(await Promise.all(records.map((record) => evaluate(expression, record)))).toEqual(['x', 'z', 'no', 'gone'])
})

describe('expressions of constants', () => {
  const hypot = (a: string, b: string) =>
    `<Apply function="+"><FieldRef field="x"/><Apply function="hypot"><Constant dataType="${a === 'a' ? 'string' : 'double'}">${a}</Constant>${b}</Apply></Apply>`
  const records = [{ x: 1 }, { x: 2 }, { x: 3 }]

  test('are computed once, however deep', async () => {
    const inner = '<Apply function="/"><Constant dataType="double">8</Constant><Constant>2</Constant></Apply>'
    const scorer = await open(expressionDocument(hypot('3', inner)))
    const spy = vi.spyOn(Math, 'hypot')
    onTestFinished(() => spy.mockRestore())
    const { predictions } = (await scorer.score(records)) as PredictionBatch
    expect(predictions.map((prediction) => prediction?.['o'])).toEqual([6, 7, 8])
    expect(spy).not.toHaveBeenCalled()
  })

  test('that cannot be computed are a fault of each record, not of the model', async () => {
    const scorer = await open(expressionDocument(hypot('a', '<Constant>4</Constant>')))
    const { errors } = (await scorer.score(records)) as PredictionBatch
    expect([...(errors?.values() ?? [])].map((error) => error.code)).toEqual(Array(3).fill('MODEL_INPUT_TYPE'))
  })
})
