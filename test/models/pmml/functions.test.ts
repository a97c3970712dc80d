import { describe, expect, test } from 'vitest'
import { compareCells, equalCells, roundHalfEven } from '../../../src/models/pmml/functions.ts'
import { evaluate } from './documents.ts'

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

describe('texts', () => {
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
