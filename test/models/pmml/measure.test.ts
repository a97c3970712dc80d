import { expect, test } from 'vitest'
import { DocumentReader } from '../../../src/models/pmml/document.ts'
import { comparer, measureOf, planMeasure } from '../../../src/models/pmml/measure.ts'
import { readXml } from '../../../src/models/pmml/xml.ts'

const plan = (inner: string) =>
  planMeasure(new DocumentReader('t'), readXml(Buffer.from(`<ComparisonMeasure>${inner}</ComparisonMeasure>`), 't'))
const absolute = [comparer('absDiff', 1), comparer('absDiff', 1)]

test.each([
  ['<euclidean/>', 5],
  ['<squaredEuclidean/>', 25],
  ['<cityBlock/>', 7],
  ['<chebychev/>', 4],
  ['<minkowski p-parameter="3"/>', 91 ** (1 / 3)],
])('%s', (measure, expected) => {
  const distance = measureOf(plan(measure), absolute, Float64Array.of(1, 1))
  expect(distance(Float64Array.of(3, 0), Float64Array.of(9, 9, 0, 4), 2, 1)).toBeCloseTo(expected, 12)
})

test.each([
  ['<simpleMatching/>', 0.5],
  ['<jaccard/>', 1 / 3],
  ['<tanimoto/>', 2 / 6],
])('%s', (measure, expected) => {
  const similarity = measureOf(plan(measure), absolute, new Float64Array(4))
  expect(similarity(Float64Array.of(1, 1, 0, 0), Float64Array.of(1, 0, 1, 0), 0, 1)).toBeCloseTo(expected, 12)
})

test('values compare as told', () => {
  expect(comparer('gaussSim', 2)(0, 2)).toBeCloseTo(0.5, 12)
  expect([comparer('delta', 1)(1, 1), comparer('equal', 1)(1, 1)]).toEqual([0, 1])
})
