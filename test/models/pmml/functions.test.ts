import { describe, expect, test } from 'vitest'
import { compareCells, equalCells, roundHalfEven } from '../../../src/models/pmml/functions.ts'
import { document, evaluate, expressionDocument, schema, score } from './documents.ts'

const apply = (name: string, ...args: string[]) => `<Apply function="${name}">${args.join('')}</Apply>`
const field = (name: string) => `<FieldRef field="${name}"/>`
const text = (value: string) => `<Constant dataType="string">${value}</Constant>`
const number = (value: number) => `<Constant dataType="double">${value}</Constant>`

describe('arithmetic', () => {
  test('of two integers divides toward zero, of a double does not', async () => {
    expect(await evaluate(apply('/', field('i'), field('j')), { i: -7, j: 2 })).toBe(-3)
    expect(await evaluate(apply('/', field('x'), field('j')), { x: -7, j: 2 })).toBe(-3.5)
  })

  test('with a missing operand is missing; sums and extremes pass over it', async () => {
    for (const name of ['+', '-', '*', '/', 'modulo'])
      expect(await evaluate(apply(name, field('x'), field('z')), { x: 1 })).toBe(null)
    expect(await evaluate(apply('sum', field('x'), field('z')), { x: 1 })).toBe(1)
    expect(await evaluate(apply('max', field('x'), field('z')), {})).toBe(null)
  })

  test('modulo takes the sign of the divisor', async () => {
    expect(await evaluate(apply('modulo', field('x'), field('z')), { x: -7, z: 3 })).toBe(2)
    expect(await evaluate(apply('modulo', field('x'), field('z')), { x: 7, z: -3 })).toBe(-2)
  })

  test('round is half up, rint half even', async () => {
    expect(await evaluate(apply('round', field('x')), { x: -2.5 })).toBe(-2)
    expect(await evaluate(apply('rint', field('x')), { x: 2.5 })).toBe(2)
    expect([0.5, 1.5, -1.5, 2.4].map(roundHalfEven)).toEqual([0, 2, -2, 2])
  })

  test('dividing an integer by zero is a fault of the record, of doubles it is infinite', async () => {
    expect(await evaluate(apply('/', field('i'), field('j')), { i: 1, j: 0 })).toBe('MODEL_INPUT_TYPE')
    expect(await evaluate(apply('/', field('x'), field('z')), { x: 1, z: 0 })).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('conditions', () => {
  test('the branch that is not taken is not evaluated', async () => {
    const fault = apply('/', field('i'), field('j'))
    const expression = apply('if', apply('isMissing', field('x')), number(1), fault)
    expect(await evaluate(expression, { i: 1, j: 0 })).toBe(1)
    expect(await evaluate(expression, { x: 1, i: 1, j: 0 })).toBe('MODEL_INPUT_TYPE')
  })

  test('and, or decide when one operand does, though another is missing', async () => {
    const yes = apply('equal', field('x'), number(1))
    const unknown = apply('equal', field('z'), number(1))
    expect(await evaluate(apply('or', unknown, yes), { x: 1 })).toBe(true)
    expect(await evaluate(apply('and', unknown, yes), { x: 1 })).toBe(null)
    expect(await evaluate(apply('and', unknown, yes), { x: 2 })).toBe(false)
  })

  test('isIn of a missing value is false, isNotIn true', async () => {
    expect(await evaluate(apply('isIn', field('s'), text('a'), text('b')), {})).toBe(false)
    expect(await evaluate(apply('isNotIn', field('s'), text('a'), text('b')), {})).toBe(true)
    expect(await evaluate(apply('isIn', field('s'), text('a'), text('b')), { s: 'b' })).toBe(true)
  })
})

test('isIn finds a missing value among missing ones', async () => {
  const apply = (name: string, list: string) =>
    evaluate(`<Apply function="${name}"><FieldRef field="x"/>${list}</Apply>`, { z: 1 })
  expect(await apply('isIn', '<FieldRef field="i"/><FieldRef field="z"/>')).toBe(true)
  expect(await apply('isNotIn', '<FieldRef field="i"/>')).toBe(false)
})

test('mapMissingTo is for isMissing too', async () => {
  const apply = '<Apply function="isMissing" mapMissingTo="false"><FieldRef field="x"/></Apply>'
  expect(await evaluate(apply, {})).toBe(false)
  expect(await evaluate(apply, { x: 1 })).toBe(false)
})

test('an argument that is no value of its field is a fault, whatever the others are', async () => {
  const or =
    '<Apply function="or"><Apply function="equal"><Constant>1</Constant><Constant>1</Constant></Apply><Apply function="equal"><FieldRef field="x"/><Constant>1</Constant></Apply></Apply>'
  expect(await evaluate(or, { x: 'abc' })).toBe('MODEL_INPUT_INVALID')
  const modulo = '<Apply function="modulo"><FieldRef field="z"/><FieldRef field="x"/></Apply>'
  expect(await evaluate(modulo, { x: 'abc' })).toBe('MODEL_INPUT_INVALID')
})

test('what a float is compared with is rounded to a float', async () => {
  const apply = (name: string) =>
    `<Apply function="${name}"><FieldRef field="f"/><Constant dataType="double">0.1</Constant></Apply>`
  for (const [name, result] of [
    ['equal', true],
    ['greaterThan', false],
    ['isIn', true],
  ] as const) {
    const [shown] = await score(expressionDocument(apply(name), '', { f: 'float' }), [{ f: 0.1 }])
    expect(shown).toMatchObject({ o: result })
  }
})

test('a mean of floats is a float, of integers a double', async () => {
  const mean = '<Apply function="avg"><FieldRef field="f"/><FieldRef field="i"/></Apply>'
  expect(
    await score(expressionDocument(mean, '', { f: 'float' }), [
      { f: 0.1, i: 7 },
      { f: 1.1, i: null },
    ]),
  ).toMatchObject([{ o: Math.fround(3.55) }, { o: Math.fround(1.1) }])
  expect(
    await evaluate('<Apply function="avg"><FieldRef field="i"/><FieldRef field="j"/></Apply>', { i: 1, j: 2 }),
  ).toBe(1.5)
})

test('mapMissingTo of if stands for a missing branch, not for one that is not there', async () => {
  const when = (rest: string) =>
    `<Apply function="if" mapMissingTo="-1"><Apply function="isNotMissing"><FieldRef field="z"/></Apply><FieldRef field="x"/>${rest}</Apply>`
  expect(await evaluate(when(''), { z: 1 })).toBe(-1)
  expect(await evaluate(when(''), {})).toBe(null)
  expect(await evaluate(when('<FieldRef field="i"/>'), {})).toBe(-1)
})

test('an invalid result is NaN, not an infinite one', async () => {
  const ln = '<Apply function="ln" invalidValueTreatment="asMissing" defaultValue="8"><FieldRef field="x"/></Apply>'
  expect(await evaluate(ln, { x: 0 })).toBe(Number.NEGATIVE_INFINITY)
  expect(await evaluate(ln, { x: -1 })).toBe(8)
})

test('a blank text equals no number', async () => {
  expect(
    await evaluate('<Apply function="equal"><FieldRef field="s"/><FieldRef field="x"/></Apply>', { s: '', x: 0 }),
  ).toBe(false)
})

describe('texts', () => {
  test('of a number are its spelling with a fraction', async () => {
    expect(await evaluate('<Apply function="stringLength"><FieldRef field="x"/></Apply>', { x: 10 })).toBe(4)
    expect(await evaluate('<Apply function="uppercase"><FieldRef field="x"/></Apply>', { x: 1e-5 })).toBe('1.0E-5')
  })

  test.each([
    [apply('substring', field('s'), '<Constant>2</Constant>', '<Constant>3</Constant>'), 'abcdef', 'bcd'],
    [apply('uppercase', field('s')), 'straße', 'STRASSE'],
    [apply('trimBlanks', field('s')), '  a b ', 'a b'],
    [apply('replace', field('s'), text('(b+)'), text('[$1]$')), 'abbc', 'a[bb]$c'],
    [apply('concat', field('s'), text('-'), field('t')), 'a', 'a-'],
    [apply('stringLength', field('s')), 'a😀', 3],
    [apply('matches', field('s'), text('[0-9]{2}')), 'ab12', true],
    [apply('formatNumber', number(1.005), text('%.2f')), '', '1.01'],
  ])('%s of %j is %j', async (expression, s, expected) => {
    expect(await evaluate(expression, { s })).toBe(expected)
  })

  test('a pattern that cannot be run is a fault of the record', async () => {
    expect(await evaluate(apply('matches', field('s'), field('t')), { s: 'a', t: '(' })).toBe('MODEL_INPUT_TYPE')
  })
})

describe('dates', () => {
  test('count from the start of the year that is named', async () => {
    const since = (year: number) => apply('dateDaysSinceYear', field('d'), `<Constant>${year}</Constant>`)
    expect(await evaluate(since(1960), { d: '1960-01-01' })).toBe(0)
    expect(await evaluate(since(1960), { d: '1959-12-31' })).toBe(-1)
    expect(
      await evaluate(apply('dateSecondsSinceYear', field('m'), '<Constant>1960</Constant>'), {
        m: '1960-01-03T03:30:03',
      }),
    ).toBe(185_403)
    expect(await evaluate(apply('dateSecondsSinceMidnight', field('m')), { m: '1960-01-03T05:23:30' })).toBe(19_410)
    expect(await evaluate(apply('formatDatetime', field('d'), text('%m/%d/%y %j')), { d: '2004-08-20' })).toBe(
      '08/20/04 233',
    )
  })
})

test('order and equality see a number in a text as the number', () => {
  expect(compareCells('10', 9)).toBeGreaterThan(0)
  expect(compareCells('b', 'a')).toBeGreaterThan(0)
  expect(equalCells('1', 1)).toBe(true)
  expect(equalCells('1', '1.0')).toBe(false)
})

describe('the functions of PMML 4.4, one value each', () => {
  const one = [
    [apply('median', number(5), number(1), number(4), number(2)), 3],
    [apply('product', number(2), number(3), field('x')), 6],
    [apply('avg', number(1), number(2), field('x')), 1.5],
    [apply('log10', number(1000)), 3],
    [apply('ln', number(Math.E)), 1],
    [apply('sqrt', number(2)), Math.SQRT2],
    [apply('abs', number(-2)), 2],
    [apply('exp', number(1)), Math.E],
    [apply('pow', number(2), number(-1)), 0.5],
    [apply('threshold', number(2), number(2)), 0],
    [apply('floor', number(-1.5)), -2],
    [apply('ceil', number(-1.5)), -1],
    [apply('round', number(0.49999999999999994)), 0],
    [apply('expm1', number(1e-10)), 1.00000000005e-10],
    [apply('ln1p', number(1e-10)), 9.9999999995e-11],
    [apply('hypot', number(3), number(4)), 5],
    [apply('sin', number(1)), 0.8414709848078965],
    [apply('asin', number(1)), Math.PI / 2],
    [apply('sinh', number(1)), 1.1752011936438014],
    [apply('cos', number(1)), 0.5403023058681398],
    [apply('acos', number(1)), 0],
    [apply('cosh', number(1)), 1.5430806348152437],
    [apply('tan', number(1)), 1.5574077246549023],
    [apply('atan', number(1)), Math.PI / 4],
    [apply('tanh', number(1)), 0.7615941559557649],
    [apply('normalCDF', number(12), number(10), number(2)), 0.8413447460685429],
    [apply('normalPDF', number(12), number(10), number(2)), 0.12098536225957168],
    [apply('stdNormalCDF', number(1)), 0.8413447460685429],
    [apply('stdNormalPDF', number(1)), 0.24197072451914337],
    [apply('erf', number(1)), 0.8427007929497149],
    [apply('normalIDF', number(0.8413447460685429), number(10), number(2)), 12],
    [apply('stdNormalIDF', number(0.975)), 1.959963984540054],
  ] as const
  test.each(one)('%s is %d', async (expression, expected) => {
    expect(await evaluate(expression, {}, 'double')).toBeCloseTo(expected, 12)
  })

  test('isValid knows the declared domain; a missing value is neither valid nor invalid', async () => {
    const kept = ['<MiningField name="c" invalidValueTreatment="asIs"/>']
    const output = ['isValid', 'isNotValid'].map(
      (name) =>
        `<OutputField name="${name}" dataType="boolean" feature="transformedValue">${apply(name, field('c'))}</OutputField>`,
    )
    const xml = document(
      { c: 'string|<Value value="a"/>', y: 'double' },
      `<RegressionModel functionName="regression">${schema(kept)}<Output>${output.join('')}</Output><RegressionTable intercept="0"/></RegressionModel>`,
    )
    expect(await score(xml, [{ c: 'a' }, { c: 'z' }, {}])).toEqual([
      { y: 0, isValid: true, isNotValid: false },
      { y: 0, isValid: false, isNotValid: true },
      { y: 0, isValid: false, isNotValid: false },
    ])
  })

  test('dates are compared with the dates that text constants spell, and read from text', async () => {
    const day = '<Constant>2004-01-02</Constant>'
    expect(await evaluate(apply('lessThan', field('d'), day), { d: '2003-05-05' })).toBe(true)
    expect(await evaluate(apply('isIn', field('d'), day), { d: '2004-01-02' })).toBe(true)
    expect(
      await evaluate(apply('dateDaysSinceYear', field('s'), '<Constant>2004</Constant>'), { s: '2004-01-02' }),
    ).toBe(1)
    expect(await evaluate(apply('dateSecondsSinceMidnight', field('s')), { s: '05:23:30' })).toBe(19_410)
  })

  test('%g writes an exponent below 10^-4 and from the precision on', async () => {
    const shown = (x: number) => evaluate(apply('formatNumber', field('x'), text('%.4g')), { x })
    expect([await shown(1), await shown(0.00012345678), await shown(123456)]).toEqual([
      '1.000',
      '0.0001235',
      '1.235e+05',
    ])
  })
})
