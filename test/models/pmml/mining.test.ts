import { describe, expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

const fields = { x: 'double', z: 'double', y: 'double' }
const regression = (intercept: number, more = '', output = '') =>
  `<RegressionModel functionName="regression">${schema(['x', 'z'])}${output}<RegressionTable intercept="${intercept}">${more}</RegressionTable></RegressionModel>`
const onX = (coefficient: number) => `<NumericPredictor name="x" coefficient="${coefficient}"/>`
const segment = (model: string, predicate = '<True/>', weight = 1) =>
  `<Segment weight="${weight}">${predicate}${model}</Segment>`
const mining = (method: string, segments: string, attributes = '') =>
  document(
    fields,
    `<MiningModel functionName="regression">${schema(['x', 'z'])}<Segmentation multipleModelMethod="${method}" ${attributes}>${segments}</Segmentation></MiningModel>`,
  )

const three =
  segment(regression(1), undefined, 1) + segment(regression(2), undefined, 3) + segment(regression(9), undefined, 1)

describe('methods for numbers', () => {
  test.each([
    ['sum', 12],
    ['average', 4],
    ['weightedAverage', 16 / 5],
    ['weightedSum', 16],
    ['median', 2],
    ['weightedMedian', 2],
    ['max', 9],
    ['selectFirst', 1],
    ['modelChain', 9],
  ])('%s', async (method, y) => {
    expect(await score(mining(method, three), [{ x: 0 }])).toEqual([{ y }])
  })

  test('selectAll gives a list', async () => {
    expect(await score(mining('selectAll', three), [{ x: 0 }])).toEqual([{ y: [1, 2, 9] }])
  })
})

describe('a member without a result', () => {
  const members = segment(regression(1)) + segment(regression(2, onX(1)))
  test.each([
    ['returnMissing', null],
    ['continue', null],
    ['skipSegment', 1],
  ])('with %s', async (treatment, y) => {
    expect(
      await score(mining('sum', members, `missingPredictionTreatment="${treatment}"`), [{ x: null }, { x: 5 }]),
    ).toEqual([{ y }, { y: 8 }])
  })

  test('counts against the threshold', async () => {
    const attributes = 'missingPredictionTreatment="skipSegment" missingThreshold="0.4"'
    expect(await score(mining('sum', members, attributes), [{ x: null }])).toEqual([{ y: null }])
  })
})

test('a segment whose predicate is false or unknown is passed over; without any the result is missing', async () => {
  const when = '<SimplePredicate field="z" operator="lessThan" value="0"/>'
  const xml = mining('selectFirst', segment(regression(1), when))
  expect(await score(xml, [{ z: -1 }, { z: 1 }, {}])).toEqual([{ y: 1 }, { y: null }, { y: null }])
})

test('a chain hands outputs on, and they are outputs of the whole', async () => {
  const first = regression(
    3,
    onX(2),
    '<Output><OutputField name="first" dataType="double" feature="predictedValue"/></Output>',
  )
  const second = regression(1, '<NumericPredictor name="first" coefficient="10"/>')
  expect(await score(mining('modelChain', segment(first) + segment(second)), [{ x: 1 }])).toEqual([{ first: 5, y: 51 }])
})

test('trees that vote equally give the category that was voted for first', async () => {
  const tree = (label: string) =>
    `<TreeModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="${label}"><True/></Node></TreeModel>`
  const xml = document(
    { x: 'double', y: 'string|<Value value="A"/><Value value="B"/>' },
    `<MiningModel functionName="classification">${schema(['x'])}<Segmentation multipleModelMethod="majorityVote">${['B', 'A', 'A', 'B'].map((l) => segment(tree(l))).join('')}</Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{ x: 1 }])).toEqual([{ y: 'B' }])
})

describe('outputs of segments', () => {
  const tree = (low: number, high: number) =>
    `<TreeModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="0"><True/><Node score="${low}"><SimplePredicate field="x" operator="lessThan" value="1"/></Node><Node score="${high}"><SimplePredicate field="x" operator="greaterOrEqual" value="1"/></Node></Node></TreeModel>`
  const shown = (method: string, segments: string, id = '2') =>
    document(
      fields,
      `<MiningModel functionName="regression">${schema(['x', 'z'])}<Output><OutputField name="o" feature="predictedValue" segmentId="${id}"/></Output><Segmentation multipleModelMethod="${method}">${segments}</Segmentation></MiningModel>`,
    )
  const both = `<Segment id="1"><True/>${tree(1, 2)}</Segment><Segment id="2"><True/>${tree(10, 20)}</Segment>`

  test('a member of a forest shows its own result', async () => {
    expect(await score(shown('sum', both), [{ x: 0 }, { x: 5 }])).toEqual([
      { y: 11, o: 10 },
      { y: 22, o: 20 },
    ])
  })

  test('a member that a record does not reach shows nothing of the record before', async () => {
    const either = `<Segment id="1"><SimplePredicate field="z" operator="lessThan" value="1"/>${tree(1, 2)}</Segment><Segment id="2"><True/>${tree(10, 20)}</Segment>`
    expect(
      await score(shown('selectFirst', either), [
        { x: 0, z: 5 },
        { x: 0, z: 0 },
      ]),
    ).toEqual([
      { y: 10, o: 10 },
      { y: 1, o: null },
    ])
  })

  test('a segment that is not there is refused', async () => {
    expect((await refusal(shown('sum', both, 'two'))).message).toContain('segment "two" is not a segment of the model')
  })
})

test('VariableWeight takes the weight of a segment from a field, its own outputs included', async () => {
  const output = (weight: number) =>
    `<Output><OutputField name="w${weight}" dataType="double" feature="transformedValue"><Constant dataType="double">${weight}</Constant></OutputField></Output>`
  const weighted = (value: number, weight: number) =>
    `<Segment><True/>${regression(value, '', output(weight))}<VariableWeight field="w${weight}"/></Segment>`
  const [result] = await score(mining('weightedAverage', weighted(1, 1) + weighted(9, 3)), [{ x: 1 }])
  expect(result).toEqual({ y: 7 })
})

describe('segments that are passed over when their result is missing', () => {
  const line = (name: string) =>
    `<Segment><True/><RegressionModel functionName="regression">${schema([name])}<RegressionTable intercept="0"><NumericPredictor name="${name}" coefficient="1"/></RegressionTable></RegressionModel></Segment>`
  const both = (method: string, treatment: string) =>
    document(
      { x: 'double', z: 'double', y: 'double' },
      `<MiningModel functionName="regression">${schema(['x', 'z'])}<Segmentation multipleModelMethod="${method}" missingPredictionTreatment="${treatment}">${line('x')}${line('z')}</Segmentation></MiningModel>`,
    )

  test('selectFirst takes the next one', async () => {
    expect(await score(both('selectFirst', 'skipSegment'), [{ z: 5 }, { x: 1, z: 5 }])).toEqual([{ y: 5 }, { y: 1 }])
    expect(await score(both('selectFirst', 'continue'), [{ z: 5 }])).toEqual([{ y: null }])
  })

  test('a sum of none is 0, an average of none is missing', async () => {
    expect(await score(both('sum', 'skipSegment'), [{}])).toEqual([{ y: 0 }])
    expect(await score(both('average', 'skipSegment'), [{}])).toEqual([{ y: null }])
  })

  test('selectAll with returnMissing gives all or nothing', async () => {
    expect(await score(both('selectAll', 'returnMissing'), [{ z: 5 }, { x: 1, z: 5 }])).toEqual([
      { y: null },
      { y: [1, 5] },
    ])
  })
})

test('votes of trees count until the share of missing ones is above the threshold', async () => {
  const tree = (name: string) =>
    `<Segment><True/><TreeModel functionName="classification" missingValueStrategy="nullPrediction">${schema([name])}<Node score="A"><True/><Node score="B"><SimplePredicate field="${name}" operator="greaterThan" value="0"/></Node></Node></TreeModel></Segment>`
  const xml = (threshold: string) =>
    document(
      { x: 'double', z: 'double', w: 'double', y: 'string' },
      `<MiningModel functionName="classification">${schema(['x', 'z', 'w'])}<Segmentation multipleModelMethod="majorityVote" missingPredictionTreatment="continue" missingThreshold="${threshold}">${tree('x')}${tree('z')}${tree('w')}</Segmentation></MiningModel>`,
    )
  expect(await score(xml('0.5'), [{ x: 1, z: 1 }])).toEqual([{ y: 'B' }])
  expect(await score(xml('0.3'), [{ x: 1, z: 1 }])).toEqual([{ y: null }])
})

test('the model of a segment is scored though it is not scorable by itself', async () => {
  const xml = document(
    { y: 'double' },
    `<MiningModel functionName="regression">${schema([])}<Segmentation multipleModelMethod="sum"><Segment><True/><RegressionModel functionName="regression" isScorable="false"><MiningSchema/><RegressionTable intercept="3"/></RegressionModel></Segment></Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{}])).toEqual([{ y: 3 }])
})
