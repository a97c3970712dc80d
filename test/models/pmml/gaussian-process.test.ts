import { expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

const kernel =
  '<ARDSquaredExponentialKernel gamma="2.4890" noiseVariance="0.0110"><Lambda><Array n="2" type="real">1.5164 59.3113</Array></Lambda></ARDSquaredExponentialKernel>'
const table =
  '<TrainingInstances recordCount="2"><InstanceFields><InstanceField field="x1" column="a"/><InstanceField field="x2"/><InstanceField field="y"/></InstanceFields><InlineTable><row><a>1</a><x2>3</x2><y>1</y></row><row><a>2</a><x2>6</x2><y>2</y></row></InlineTable></TrainingInstances>'
const fields = { x1: 'double', x2: 'double', y: 'double' }

function gaussian(output = '', kernelText = kernel, instances = table, functionName = 'regression'): string {
  return document(
    fields,
    `<GaussianProcessModel functionName="${functionName}">${schema(['x1', 'x2'])}<Output>${output}</Output>${kernelText}${instances}</GaussianProcessModel>`,
    '4.3',
  )
}

test('the two instances of the standard: mean and deviation by the two-by-two inverse; a missing field gives none', async () => {
  const k = (a: readonly number[], b: readonly number[]) =>
    2.489 *
    Math.exp(
      -0.5 *
        ((((a[0] as number) - (b[0] as number)) / 1.5164) ** 2 +
          (((a[1] as number) - (b[1] as number)) / 59.3113) ** 2),
    )
  const [one, two, x] = [
    [1, 3],
    [2, 6],
    [1, 4],
  ] as const
  const [diagonal, off, k1, k2] = [2.489 + 0.011, k(one, two), k(x, one), k(x, two)]
  const determinant = diagonal * diagonal - off * off
  const solved = (u: number, v: number) => [
    (diagonal * u - off * v) / determinant,
    (diagonal * v - off * u) / determinant,
  ]
  const [a, b] = solved(1, 2) as [number, number]
  const [c, d] = solved(k1, k2) as [number, number]
  const output =
    '<OutputField name="MeanValue" dataType="double" feature="predictedValue"/><OutputField name="StandardDeviation" dataType="double" feature="predictedValue"/><OutputField name="error" feature="standardError"/>'
  const [result, none] = (await score(gaussian(output), [{ x1: 1, x2: 4 }, { x1: 1 }])) as Record<string, number>[]
  const deviation = Math.sqrt(2.489 - k1 * c - k2 * d + 0.011)
  expect(result?.['y']).toBeCloseTo(k1 * a + k2 * b, 12)
  expect(result?.['MeanValue']).toBe(result?.['y'])
  expect(result?.['StandardDeviation']).toBeCloseTo(deviation, 12)
  expect(result?.['error']).toBe(result?.['StandardDeviation'])
  expect(none).toEqual({ y: null, MeanValue: null, StandardDeviation: null, error: null })
})

test('far from every instance the mean is zero and the deviation that of the prior and the noise', async () => {
  const output = '<OutputField name="d" feature="standardDeviation"/>'
  const [result] = (await score(gaussian(output), [{ x1: 1e6, x2: 0 }])) as Record<string, number>[]
  expect(result?.['y']).toBe(0)
  expect(result?.['d']).toBeCloseTo(Math.sqrt(2.5), 12)
})

test('a rescaled mean has a rescaled deviation', async () => {
  const output = '<OutputField name="d" feature="standardDeviation"/>'
  const xml = gaussian(output).replace(
    '</Output>',
    '</Output><Targets><Target field="y" rescaleFactor="-10" rescaleConstant="5"/></Targets>',
  )
  const [result] = (await score(xml, [{ x1: 1e6, x2: 0 }])) as Record<string, number>[]
  expect(result?.['y']).toBe(5)
  expect(result?.['d']).toBeCloseTo(10 * Math.sqrt(2.5), 12)
})

test.each([
  [
    'without noise, two equal instances are no covariance',
    kernel.replace('0.0110', '0'),
    table.replace('<a>2</a><x2>6', '<a>1</a><x2>3'),
    'not positive definite',
  ],
  ['a lambda of zero', kernel.replace('1.5164', '0'), table, 'has a lambda of 0'],
  ['a lambda too many', kernel.replace('n="2" type="real">', 'n="3" type="real">1 '), table, 'has 3 items, expected 2'],
  ['a cell that is missing', kernel, table.replace('<x2>6</x2>', ''), 'instance 2 has no cell "x2"'],
  ['a cell that is no number', kernel, table.replace('<x2>6</x2>', '<x2>six</x2>'), '"six", expected a number'],
  [
    'no target column',
    kernel,
    table.replace('<InstanceField field="y"/>', ''),
    'target field "y" is not an InstanceField',
  ],
  ['no instances', kernel, table.replace(/<row>.*<\/row>/, ''), 'holds no training instances'],
  [
    'more instances than the cube of which is worth computing',
    kernel,
    table.replace(/<row>.*<\/row>/, (rows) => rows.repeat(2001)).replace('recordCount="2"', ''),
    '4002 instances (at most 4000)',
  ],
  ['no kernel', '', table, 'element of a kernel is missing'],
])('refused: %s', async (_, kernelText, instances, reason) => {
  expect((await refusal(gaussian('', kernelText, instances))).message).toContain(reason)
})

test('refused: a classification', async () => {
  expect((await refusal(gaussian('', kernel, table, 'classification'))).message).toContain(
    'functionName="classification"',
  )
})
