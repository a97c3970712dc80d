import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { prepare, refusal, score } from './documents.ts'
import { timeSeries } from './series-documents.ts'

const smoothing =
  '<ExponentialSmoothing><Level smoothedValue="10"/><Trend_ExpoSmooth smoothedValue="1"/></ExponentialSmoothing>'
const of = (options: Parameters<typeof timeSeries>[3] = {}, series: readonly number[] = []) =>
  timeSeries('ExponentialSmoothing', smoothing, series, options)

test('a supplementary field asks for steps: the prediction lists them, one when it is missing', async () => {
  expect(await score(of(), [{ h: 2 }, {}, { h: '3' }])).toEqual([{ y: [11, 12] }, { y: [11] }, { y: [11, 12, 13] }])
  const prepared = await prepare(of())
  expect(prepared.signature.inputs.map(({ name, dtype }) => [name, dtype])).toEqual([['h', 'int64']])
  expect(prepared.signature.outputs).toMatchObject([{ name: 'y', dtype: 'float64', shape: [null] }])
})

test('an output that is declared a text still lists the forecast', async () => {
  const output = '<OutputField name="p" feature="predictedValue" dataType="string"/>'
  expect(await score(of({ output }), [{ h: 2 }])).toEqual([{ y: [11, 12], p: [11, 12] }])
})

test('steps that are no whole number from 1 refuse the record', async () => {
  const results = await score(of(), [{ h: 0 }, { h: 1.5 }, { h: 1e9 }, { h: 'soon' }])
  expect(results.every((result) => result instanceof MillraceError)).toBe(true)
})

test('a field of order asks for the value at one time after the series', async () => {
  const horizon = '<MiningField name="h" usageType="order"/>'
  // `h` is a name of the horizon; any other one is a time.
  const xml = of({ horizon }, [8, 9, 10]).replaceAll('name="h"', 'name="month"')
  const [next, later, past, none] = await score(xml, [{ month: 4 }, { month: 6 }, { month: 3 }, {}])
  expect([next, later, none]).toEqual([{ y: 11 }, { y: 13 }, { y: null }])
  expect(past).toBeInstanceOf(MillraceError)
})

test('when nothing asks, the prediction is the next value', async () => {
  expect(await score(of({ horizon: '' }), [{}])).toEqual([{ y: 11 }])
})

test('other algorithms and series with gaps are refused', async () => {
  const garch = timeSeries('GARCH', '<GARCH/>')
  expect((await refusal(garch)).message).toContain('GARCH')
  const gap = of({}, [1, 2, 3]).replace('index="2"', 'index="7"')
  expect((await refusal(gap)).message).toContain('a gap before index')
})
