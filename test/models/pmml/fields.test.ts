import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { plainText, prepareField } from '../../../src/models/pmml/fields.ts'
import type { InputPlan } from '../../../src/models/pmml/plan.ts'
import type { Value } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'
import { document, schema, score } from './documents.ts'

/** Shows what a field becomes: a document that outputs field `f`. */
async function become(field: string, mining: string, values: readonly (string | number | null)[]): Promise<unknown[]> {
  const xml = document(
    { f: field, y: 'double' },
    `<RegressionModel functionName="regression">${schema([`<MiningField name="f" ${mining}/>`])}<Output><OutputField name="o" feature="transformedValue"><FieldRef field="f"/></OutputField></Output><RegressionTable intercept="0"/></RegressionModel>`,
  )
  const results = await score(
    xml,
    values.map((f) => ({ f })),
  )
  return results.map((result) => (result instanceof MillraceError ? result.code : result['o']))
}

const categories = 'string|<Value value="a"/><Value value="b"/><Value value="?" property="missing"/>'
const interval = 'double|<Interval closure="closedOpen" leftMargin="0" rightMargin="10"/>'

describe('an invalid value', () => {
  test.each([
    ['', 'MODEL_INPUT_INVALID'],
    ['invalidValueTreatment="asIs"', 'z'],
    ['invalidValueTreatment="asMissing"', null],
    ['invalidValueTreatment="asMissing" missingValueReplacement="b"', 'b'],
    ['invalidValueTreatment="asValue" invalidValueReplacement="a"', 'a'],
  ])('with %j becomes %j', async (mining, expected) => {
    expect(await become(categories, mining, ['z', 'a'])).toEqual([expected, 'a'])
  })

  test('is kept as the number that its text is', async () => {
    expect(await become(interval, 'invalidValueTreatment="asIs"', ['true', '1e2', 'abc'])).toEqual([
      1,
      100,
      'MODEL_RESULT_UNDEFINED',
    ])
    expect(await become(interval, 'invalidValueTreatment="asValue"', ['50', 'abc'])).toEqual([
      50,
      'MODEL_RESULT_UNDEFINED',
    ])
  })

  test('may be made missing in a field that must not be missing', async () => {
    const mining = 'missingValueTreatment="returnInvalid" invalidValueTreatment="asMissing"'
    expect(await become(interval, mining, ['abc', 50, null])).toEqual([null, null, 'MODEL_INPUT_MISSING'])
  })

  test('is NaN written as text, but a number that is NaN is missing', async () => {
    expect(await become('double', '', ['NaN', Number.NaN])).toEqual(['MODEL_INPUT_INVALID', null])
  })

  test('refuses the record in a supplementary field that is read', async () => {
    expect(await become(categories, 'usageType="supplementary"', ['z', 'a'])).toEqual(['MODEL_INPUT_INVALID', 'a'])
  })

  test('is one outside every interval, bounds as declared', async () => {
    expect(await become(interval, 'invalidValueTreatment="asMissing"', [0, '9.99', 10, -1])).toEqual([
      0,
      9.99,
      null,
      null,
    ])
  })
})

describe('a missing value', () => {
  test('is null, an absent field or a value that is declared missing; replacement applies to all', async () => {
    expect(await become(categories, 'missingValueReplacement="b"', [null, '?', 'a'])).toEqual(['b', 'b', 'a'])
  })

  test('refuses the record with returnInvalid', async () => {
    expect(await become(categories, 'missingValueTreatment="returnInvalid"', [null])).toEqual(['MODEL_INPUT_MISSING'])
  })
})

describe('an outlier', () => {
  test.each([
    ['asIs', [-5, 0, 5]],
    ['asMissingValues', [null, 0, null]],
    ['asExtremeValues', [-1, 0, 1]],
  ])('with %s', async (treatment, expected) => {
    expect(await become('double', `outliers="${treatment}" lowValue="-1" highValue="1"`, [-5, 0, 5])).toEqual(expected)
  })
})

test('text becomes the declared type', async () => {
  expect(await become('double', '', ['1e2', ' 5', '-INF', '', '0x10'])).toEqual([
    100,
    5,
    Number.NEGATIVE_INFINITY,
    'MODEL_INPUT_INVALID',
    'MODEL_INPUT_INVALID',
  ])
  expect(await become('integer', '', ['5.0', '5.5'])).toEqual([5, 'MODEL_INPUT_INVALID'])
  expect(await become('boolean', '', ['true', '0'])).toEqual([true, false])
  expect(await become('float', '', ['0.1'])).toEqual([Math.fround(0.1)])
  expect(await become('date', '', ['2020-02-29', '2021-02-29'])).toEqual(['2020-02-29', 'MODEL_INPUT_INVALID'])
})

test('a value that passes the condition of plain values is prepared to itself', () => {
  const random = seeded(21)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const raws: Value[] = [0, 1.5, -7, 3, 1e300, Number.NaN, 'a', 'NaN', '3', '', true, null]
  let passed = 0
  for (let round = 0; round < 3000; round++) {
    const type = pick(['double', 'float', 'integer', 'string', 'boolean', 'date'] as const)
    const interval = {
      min: pick([-7, 0, Number.NEGATIVE_INFINITY]),
      max: pick([1.5, 3, Number.POSITIVE_INFINITY]),
      isMinOpen: random() < 0.5,
      isMaxOpen: random() < 0.5,
    }
    const plan: InputPlan = {
      name: 'x',
      slot: 0,
      type: { type, year: 1970 },
      optype: pick(['continuous', 'categorical'] as const),
      valid: pick([null, null, null, ['a', 'b'], [3]]),
      invalid: pick([[], [], [], ['a'], [3]]),
      missing: pick([[], [], ['NaN'], [-7], [Number.NaN], ['a', 3], [Number.POSITIVE_INFINITY]]),
      intervals: pick([null, null, [interval]]),
      missingTreatment: 'asIs',
      missingReplacement: undefined,
      invalidTreatment: 'returnInvalid',
      invalidReplacement: undefined,
      outliers: pick(['asIs', 'asIs', 'asMissingValues', 'asExtremeValues'] as const),
      low: -5,
      high: 2,
      isActive: true,
    }
    const text = plainText(plan, 'x')
    if (text === null) continue
    const isPlain = new Function('x', `return ${text}`) as (x: unknown) => boolean
    for (const raw of raws) {
      if (!isPlain(raw)) continue
      passed++
      expect([plan, raw, prepareField(plan, raw)]).toEqual([
        plan,
        raw,
        type === 'float' ? Math.fround(raw as number) : raw,
      ])
    }
  }
  expect(passed).toBeGreaterThan(1000)
})

describe('a MiningField of a segment', () => {
  const summed = (top: string, nested: string) =>
    document(
      { f: interval, y: 'double' },
      `<MiningModel functionName="regression">${schema([`<MiningField name="f" ${top}/>`])}<Segmentation multipleModelMethod="sum"><Segment><True/><RegressionModel functionName="regression"><MiningSchema><MiningField name="f" ${nested}/></MiningSchema><RegressionTable intercept="0"><NumericPredictor name="f" coefficient="1"/></RegressionTable></RegressionModel></Segment></Segmentation></MiningModel>`,
    )

  test('with a treatment refuses what the whole model keeps', async () => {
    const kept = 'invalidValueTreatment="asIs"'
    expect(await score(summed(kept, ''), [{ f: 50 }])).toEqual([{ y: 50 }])
    const [refused, replaced] = await score(summed(kept, 'missingValueReplacement="5"'), [{ f: 50 }, {}])
    expect(refused).toMatchObject({ code: 'MODEL_INPUT_INVALID' })
    expect(replaced).toEqual({ y: 5 })
  })

  test('does not by itself refuse missing values', async () => {
    expect(await score(summed('', 'missingValueTreatment="returnInvalid"'), [{}])).toEqual([{ y: null }])
  })
})
