import { describe, expect, test } from 'vitest'
import { evaluate } from './documents.ts'

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
