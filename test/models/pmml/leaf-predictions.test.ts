import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { openPlan } from '../../../src/models/pmml/scorer.ts'
import type { RecordValue } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'
import { document, open, prepare, schema } from './documents.ts'

const operators = ['lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual', 'equal', 'notEqual']
const fields = ['a', 'constructor', 'c', 's']
const types = {
  a: 'double',
  constructor: 'float',
  c: 'double|<Interval closure="closedClosed" leftMargin="-2" rightMargin="9"/>',
  s: 'string',
}
const outputs = [
  ['p', 'feature="probability" value="A"'],
  ['q', 'feature="confidence" value="B"'],
  ['id', 'feature="entityId"'],
  ['shown', 'feature="predictedDisplayValue"'],
]
const labelled = `<OutputField name="long" feature="transformedValue"><Apply function="concat"><FieldRef field="shown"/><Constant>!</Constant></Apply></OutputField>`

/** A random tree on the first `used` fields. */
function tree(rnd: () => number, used: number, more: string): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T
  let ids = 0
  const node = (depth: number, predicate: string): string => {
    const id = `n${ids++}`
    const n = Math.floor(rnd() * 4)
    const scored = rnd() < 0.8 || depth === 0
    const shares = `<ScoreDistribution value="A" recordCount="${n}"/><ScoreDistribution value="B" recordCount="2"/>`
    const children: string[] = []
    for (let i = 0; depth > 0 && i < 2 + rnd() * 2; i++) {
      const field = pick(fields.slice(0, used))
      const test =
        rnd() < 0.1
          ? '<True/>'
          : field === 's'
            ? '<SimplePredicate field="s" operator="equal" value="u"/>'
            : `<SimplePredicate field="${field}" operator="${pick(operators)}" value="${Math.floor(rnd() * 12 - 3) / 10}"/>`
      children.push(node(depth - 1, test))
    }
    const child = rnd() < 0.5 ? /id="(n\d+)"/.exec(children[0] ?? '')?.[1] : undefined
    const other = child === undefined ? '' : ` defaultChild="${child}"`
    const own = scored ? ` score="${n > 1 ? 'A' : 'B'}"` : ''
    return `<Node id="${id}"${own}${other}>${predicate}${scored ? shares : ''}${children.join('')}</Node>`
  }
  const shown = outputs.map(([name, what]) => `<OutputField name="${name}" ${what}/>`).join('')
  return document(
    { ...types, y: 'string' },
    `<TreeModel functionName="classification" ${more}>${schema(fields)}<Output>${shown}${labelled}</Output>${node(4, '<True/>')}</TreeModel>`,
  )
}

/** The same document scored without predictions per leaf: a column that shows an input keeps them off. */
function general(plan: Plan): (record: RecordValue) => RecordValue {
  const input = plan.inputs.find(({ name }) => name === 's')
  const column = {
    name: 'kept off',
    slot: input?.slot ?? -1,
    type: { type: 'string', year: 1970 } as const,
    isList: false,
  }
  const score = openPlan({ ...plan, columns: [...plan.columns, column] })
  return (record) => {
    const { 'kept off': _, ...prediction } = score(record)
    return prediction
  }
}

function attempt(score: () => RecordValue): unknown {
  try {
    return score()
  } catch (thrown) {
    return MillraceError.from(thrown, 'test').toReport()
  }
}

const odd = [undefined, null, 'abc', '1.5', Number.NaN, Infinity, -0, 0.1, 2 ** 60, 50, true, 3n]

describe('predictions per leaf', () => {
  for (const strategy of ['none', 'nullPrediction', 'lastPrediction', 'defaultChild']) {
    for (const used of [2, 4]) {
      test(`are those of the general steps with ${used} fields and ${strategy}, faults too`, async () => {
        const rnd = seeded(used + strategy.length)
        for (let round = 0; round < 10; round++) {
          const last = rnd() < 0.5 ? 'returnLastPrediction' : 'returnNullPrediction'
          const xml = tree(rnd, used, `missingValueStrategy="${strategy}" noTrueChildStrategy="${last}"`)
          const plan = structuredClone((await prepare(xml)).payload) as Plan
          const score = openPlan(plan)
          const expected = general(plan)
          for (let i = 0; i < 80; i++) {
            const number = () => (rnd() < 0.85 ? Math.floor(rnd() * 14 - 3) / 10 : odd[Math.floor(rnd() * odd.length)])
            const record = { a: number(), c: number(), s: rnd() < 0.5 ? 'u' : 'v' } as RecordValue
            if (rnd() < 0.9) Object.assign(record, { constructor: number() })
            const found = attempt(() => score(record))
            expect(found).toStrictEqual(attempt(() => expected(record)))
          }
        }
      })
    }
  }

  test('are one frozen object for all records of a leaf', async () => {
    const scorer = await open(tree(seeded(5), 2, 'missingValueStrategy="nullPrediction"'))
    const records = Array.from({ length: 60 }, (_, i) => ({
      a: ((i % 10) - 2) / 10,
      constructor: (i % 6) / 10,
      c: 1,
      s: 'u',
    }))
    // Texts take the way of the general preparation to the same leaf.
    const texts = records.map((record) => ({ ...record, a: String(record.a) }))
    const first = (await scorer.score(records as never)).predictions
    const second = (await scorer.score(texts)).predictions
    expect(second.map((prediction, i) => prediction === first[i])).not.toContain(false)
    expect(new Set(first).size).toBe(new Set(first.map((prediction) => prediction?.['id'])).size)
    expect(new Set(first).size).toBeGreaterThan(3)
    expect(first.every((prediction) => Object.isFrozen(prediction))).toBe(true)
  })
})

const split = (more: string, output: string) =>
  document(
    { a: 'double', y: 'double' },
    `<TreeModel functionName="regression" ${more}>${schema(['a'])}<Output>${output}</Output><Node id="r" score="1"><True/><Node id="n" score="2"><SimplePredicate field="a" operator="lessThan" value="5"/></Node></Node></TreeModel>`,
  )

test.each([
  [
    'the output reads a field',
    '<OutputField name="o" feature="transformedValue"><FieldRef field="a"/></OutputField>',
    1,
  ],
  [
    'the output reads a field inside a function',
    '<OutputField name="o" feature="transformedValue"><Apply function="+"><Constant>1</Constant><FieldRef field="a"/></Apply></OutputField>',
    2,
  ],
  ['the output is a residual', '<OutputField name="o" feature="residual"/>', -1],
])('a prediction is made for each record when %s', async (_, output, expected) => {
  const scorer = await open(split('', output))
  const { predictions } = await scorer.score([
    { a: 1, y: 1 },
    { a: 2, y: 2 },
  ])
  expect(predictions).toEqual([
    { y: 2, o: expected },
    { y: 2, o: expected + 1 },
  ])
})

test('an output that refuses a leaf refuses every record that comes there, and no other', async () => {
  const output =
    '<OutputField name="o" dataType="integer" feature="transformedValue"><Apply function="if"><Apply function="equal"><FieldRef field="y"/><Constant>2</Constant></Apply><Constant dataType="string">abc</Constant><Constant dataType="string">7</Constant></Apply></OutputField>'
  const scorer = await open(split('noTrueChildStrategy="returnLastPrediction"', output))
  const { predictions, errors } = await scorer.score([{ a: 1 }, { a: 9 }, { a: 1 }, { a: 9 }])
  expect([...(errors?.keys() ?? [])]).toEqual([0, 2])
  expect(predictions[1]).toEqual({ y: 1, o: 7 })
  expect(predictions[3]).toBe(predictions[1])
})

test.each(['average', 'modelChain', 'selectFirst'])(
  'the only tree of an ensemble (%s) has a prediction per leaf',
  async (method) => {
    const tree = `<TreeModel functionName="regression">${schema(['a'])}<Node id="r" score="1"><True/><Node id="n" score="2"><SimplePredicate field="a" operator="lessThan" value="5"/></Node><Node id="m" score="3"><True/></Node></Node></TreeModel>`
    const ensemble = (predicate: string, outputs: string) =>
      document(
        { a: 'double', y: 'double' },
        `<MiningModel functionName="regression">${schema(['a'])}<Output>${outputs}</Output><Segmentation multipleModelMethod="${method}"><Segment>${predicate}${tree}</Segment></Segmentation></MiningModel>`,
      )
    const value = '<OutputField name="o" feature="predictedValue"/>'
    const records = [{ a: 1 }, { a: 9 }, { a: 4 }, { a: 7 }]
    const { predictions } = await (await open(ensemble('<True/>', value))).score(records)
    expect(predictions).toEqual([2, 3, 2, 3].map((y) => ({ y, o: y })))
    expect([predictions[2], predictions[3]]).toEqual([predictions[0], predictions[1]])
    expect(predictions[2]).toBe(predictions[0])
    const sometimes = '<SimplePredicate field="a" operator="lessThan" value="6"/>'
    const own = '<OutputField name="o" feature="transformedValue"><FieldRef field="a"/></OutputField>'
    for (const xml of [ensemble(sometimes, value), ensemble('<True/>', own)]) {
      const found = await (await open(xml)).score(records)
      expect(found.predictions[2]).not.toBe(found.predictions[0])
    }
  },
)
