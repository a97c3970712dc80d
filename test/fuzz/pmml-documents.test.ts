import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { pmmlFormat } from '../../src/models/pmml/pmml.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { document, escapeXml, expressionDocument, prepare, schema, score } from '../models/pmml/documents.ts'
import { seeded } from '../random.ts'

const nasty = [
  '"',
  "'",
  '`',
  '$' + '{globalThis.hit=1}',
  '</script>',
  '\n',
  '\u2028',
  '\\',
  '"];globalThis.hit=1;//',
  "'+(globalThis.hit=1)+'",
  '*/globalThis.hit=1/*',
  '__proto__',
  'constructor',
  'toString',
  '{a}',
  '\\u0022);globalThis.hit=1;(',
  '',
]

const tree = (field: string, label: string) =>
  document(
    { [field]: 'double', s: 'string', y: 'string' },
    `<TreeModel functionName="classification" missingValueStrategy="defaultChild">${schema([field, 's'])}<Output><OutputField name="${escapeXml(`out ${field}`)}" feature="probability" value="${escapeXml(label)}"/></Output><Node score="n" defaultChild="a"><True/><Node id="a" score="${escapeXml(label)}"><SimplePredicate field="${escapeXml(field)}" operator="lessThan" value="1"/><ScoreDistribution value="${escapeXml(label)}" recordCount="1"/></Node><Node id="b" score="n"><SimpleSetPredicate field="s" booleanOperator="isIn"><Array type="string">a "b c"</Array></SimpleSetPredicate></Node></Node></TreeModel>`,
  )

test('names and values of any text are data, never code', async () => {
  for (const field of nasty) {
    for (const label of nasty) {
      if (field === '' || label === '') continue
      const records = [
        Object.fromEntries([[field, 0]]),
        Object.fromEntries([
          [field, 'x'],
          ['s', 'b c'],
        ]),
        {},
      ]
      const [low, fault] = await score(tree(field, label), records)
      expect(low).toMatchObject({ y: label, [`out ${field}`]: 1 })
      expect((fault as MillraceError).code).toBe('MODEL_INPUT_INVALID')
    }
  }
  expect((globalThis as { hit?: number }).hit).toBeUndefined()
})

test('an output named __proto__ is an output', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<Output><OutputField name="__proto__" feature="predictedValue"/></Output><RegressionTable intercept="4"/></RegressionModel>`,
  )
  const [result] = await score(xml, [{ x: 1 }])
  expect(Object.hasOwn(result as object, '__proto__')).toBe(true)
  expect(Object.getOwnPropertyDescriptor(result, '__proto__')?.value).toBe(4)
})

test('mutated documents are refused or scored, nothing else happens', async () => {
  const rnd = seeded(3)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T
  const apply =
    '<Apply function="if"><Apply function="greaterThan"><FieldRef field="x"/><Constant>3</Constant></Apply><Apply function="substring"><FieldRef field="s"/><Constant>1</Constant><Constant>2</Constant></Apply><FieldRef field="t"/></Apply>'
  const bases = [tree('x', 'A'), expressionDocument(apply)]
  const words = [
    ...nasty,
    '-1',
    '1e999',
    'NaN',
    'x',
    's',
    'double',
    'string',
    'lessThan',
    'isIn',
    'TreeModel',
    'Node',
    'True',
    'regression',
    'classification',
    'max',
    '9999999999',
  ]
  for (let round = 0; round < 1500; round++) {
    let xml = pick(bases)
    for (let n = 0; n <= rnd() * 3; n++) {
      const at = Math.floor(rnd() * xml.length)
      const kind = rnd()
      if (kind < 0.3) xml = xml.slice(0, at) + xml.slice(at + Math.floor(rnd() * 20))
      else if (kind < 0.5) xml = xml.slice(0, at) + escapeXml(pick(words)) + xml.slice(at)
      else {
        const values = [...xml.matchAll(kind < 0.8 ? /="([^"]*)"/g : /<\/?([A-Za-z]+)/g)]
        const match = pick(values)
        const start = match.index + match[0].length - (match[1] as string).length - (kind < 0.8 ? 1 : 0)
        xml = xml.slice(0, start) + escapeXml(pick(words)) + xml.slice(start + (match[1] as string).length)
      }
    }
    try {
      const prepared = await prepare(xml)
      const { predictions, errors } = await (await pmmlFormat.open(prepared)).score([
        { x: 1, s: 'a', t: 'b' },
        {},
        { x: 'q' },
      ])
      for (const error of errors?.values() ?? [])
        expect(error.scope, `${error.message}\n${String(error.cause)}\n${xml}`).toBe('record')
      expect(predictions).toHaveLength(3)
    } catch (thrown) {
      expect(thrown, `${String(thrown)}\n${xml}`).toBeInstanceOf(MillraceError)
      expect((thrown as MillraceError).scope, xml).toBe('model')
    }
  }
  expect((globalThis as { hit?: number }).hit).toBeUndefined()
})

test('records of any shape get a prediction or an error of their own', async () => {
  const rnd = seeded(4)
  const scorer = await pmmlFormat.open(await prepare(tree('x', 'A')))
  const values = [
    null,
    undefined,
    1,
    -0,
    Number.NaN,
    10n,
    true,
    '',
    'a',
    [],
    [1],
    {},
    new Float64Array(2),
    Number.POSITIVE_INFINITY,
    '1e400',
  ]
  const records = Array.from({ length: 500 }, () => {
    if (rnd() < 0.05) return null
    return Object.fromEntries(
      ['x', 's', 'y', 'other'].map((name) => [name, values[Math.floor(rnd() * values.length)]]),
    ) as RecordValue
  })
  const { predictions, errors } = await scorer.score(records)
  predictions.forEach((prediction, i) => {
    expect(prediction === null).toBe(errors?.has(i) ?? false)
    if (errors?.has(i)) expect(errors.get(i)?.scope).toBe('record')
  })
})
