import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { document, open, prepare, refusal, schema } from './documents.ts'

const body = (inner: string) => `<TreeModel functionName="regression">${schema(['x'])}${inner}</TreeModel>`
const fields = { x: 'double|<Interval closure="openClosed" leftMargin="0"/>', y: 'double' }

describe('a document that cannot be scored is refused with its place', () => {
  test.each([
    ['<PMML>', 'MODEL_PMML_SYNTAX', /line 1, column \d+: unclosed tag/],
    ['<!DOCTYPE PMML [<!ENTITY a "b">]><PMML/>', 'MODEL_PMML_SYNTAX', /a DOCTYPE is not allowed/],
    ['<x/>', 'MODEL_PMML_FAULT', /element x at line 1, column 1: is the root, expected PMML/],
    [document(fields, ''), 'MODEL_PMML_FAULT', /element PMML at line 2, column 1: holds no model/],
    [
      document(fields, '<TreeModel functionName="regression" isScorable="false"/>'),
      'MODEL_PMML_FAULT',
      /element TreeModel at line 2, column \d+: has isScorable="false"/,
    ],
    [
      document(fields, body('')),
      'MODEL_PMML_FAULT',
      /element TreeModel at line 2, column \d+: element Node is missing/,
    ],
    [
      document(fields, body('<Node score="a"><True/></Node>')),
      'MODEL_PMML_FAULT',
      /attribute "score" is "a", expected a number/,
    ],
    [
      document(fields, body('<Node score="1">\n<SimplePredicate field="x" operator="near" value="1"/></Node>')),
      'MODEL_PMML_UNSUPPORTED',
      /element SimplePredicate at line 3, column 1 uses operator="near"/,
    ],
    [
      document(
        fields,
        `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="1"><NumericPredictor name="q" coefficient="1"/></RegressionTable></RegressionModel>`,
      ),
      'MODEL_PMML_FAULT',
      /field "q" is not declared/,
    ],
  ])('%#', async (xml, code, message) => {
    const error = await refusal(xml)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.scope).toBe('model')
  })

  test('nesting beyond the limit too', async () => {
    expect((await refusal(document(fields, '<a>'.repeat(2000)))).code).toBe('MODEL_PMML_LIMIT')
  })
})

describe('what is prepared', () => {
  const xml = document(fields, body('<Node score="1"><True/></Node>'))

  test('names, types and domains of inputs, and the outputs', async () => {
    const { signature, facts, samples } = await prepare(xml)
    expect(signature.inputs).toEqual([
      {
        name: 'x',
        dtype: 'float64',
        shape: [],
        isOptional: true,
        domain: { intervals: [{ min: 0, max: null, isMinOpen: true, isMaxOpen: false }] },
      },
    ])
    expect(signature.outputs.map((output) => output.name)).toEqual(['y'])
    expect(facts).toMatchObject({ pmmlVersion: '4.4', TreeModel: 1, Node: 1 })
    const { predictions } = await (await open(xml)).score(samples)
    expect(predictions.every((prediction) => prediction?.['y'] === 1)).toBe(true)
    expect(samples.length).toBeGreaterThanOrEqual(16)
  })
})

describe('a forest of some size', () => {
  const trees = Array.from({ length: 100 }, (_, i) => {
    const test1 = (operator: string) => `<SimplePredicate field="x" operator="${operator}" value="${i}"/>`
    return `<Segment><True/>${body(`<Node><True/><Node score="1">${test1('lessThan')}</Node><Node score="2">${test1('greaterOrEqual')}</Node></Node>`)}</Segment>`
  })
  const xml = document(
    fields,
    `<MiningModel functionName="regression">${schema(['x'])}<Segmentation multipleModelMethod="sum">${trees.join('')}</Segmentation></MiningModel>`,
  )

  test('crosses threads without a copy: the scoring thread gets the arrays of the loader', async () => {
    const { payload } = await prepare(xml)
    const plan = payload as Plan
    const { trees } = structuredClone(plan)
    for (const name of ['value', 'score', 'field'] as const) {
      expect(trees[name].buffer).toBeInstanceOf(SharedArrayBuffer)
      plan.trees[name][1] = 77
      expect(trees[name][1]).toBe(77)
    }
  })

  test('says the size of its arrays', async () => {
    const { payload, residentBytes } = await prepare(xml)
    const { trees } = payload as Plan
    const perNode = 4 + 1 + 4 + 8 + 8 + 4 + (4 + 8 + 4 + 4)
    expect(trees.op.length).toBe(300)
    expect(residentBytes).toBeGreaterThan(300 * perNode)
    expect(residentBytes).toBeLessThan(300 * perNode + 100_000)
  })
})
