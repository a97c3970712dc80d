import { expect, test } from 'vitest'
import type { MillraceError } from '../../../src/core/errors.ts'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }

test('Scorecard: points, reasons by how far below the baseline, no attribute is a fault', async () => {
  const characteristic = (field: string, code: string, baseline: number) =>
    `<Characteristic name="${field}" reasonCode="${code}" baselineScore="${baseline}"><Attribute partialScore="1"><SimplePredicate field="${field}" operator="lessThan" value="0"/></Attribute><Attribute partialScore="8"><SimplePredicate field="${field}" operator="greaterOrEqual" value="0"/></Attribute></Characteristic>`
  const xml = document(
    numbers,
    `<Scorecard functionName="regression" initialScore="100">${schema(['x', 'z'])}<Output><OutputField name="r1" feature="reasonCode" rank="1"/><OutputField name="r2" feature="reasonCode" rank="2"/></Output><Characteristics>${characteristic('x', 'X', 3)}${characteristic('z', 'Z', 6)}</Characteristics></Scorecard>`,
  )
  const [both, one, none] = await score(xml, [{ x: -1, z: -1 }, { x: 1, z: -1 }, { x: 1 }])
  expect(both).toEqual({ y: 102, r1: 'Z', r2: 'X' })
  expect(one).toEqual({ y: 109, r1: 'Z', r2: null })
  expect((none as MillraceError).message).toBe('no result for "y": no attribute of characteristic "z" holds')
})

test('reasons that are shared add up, equal ones keep the order of the characteristics; numbers written as text count the same', async () => {
  const characteristic = (field: string, code: string, points: number) =>
    `<Characteristic name="${field}" baselineScore="10"><Attribute partialScore="${points}" reasonCode="${code}"><SimplePredicate field="${field}" operator="notEqual" value="0"/></Attribute><Attribute partialScore="20" reasonCode="over"><True/></Attribute></Characteristic>`
  const names = ['a', 'b', 'c', 'd', 'e']
  const outputs = names.map((_, i) => `<OutputField name="r${i}" feature="reasonCode" rank="${i + 1}"/>`)
  const xml = document(
    Object.fromEntries([...names, 'y'].map((name) => [name, 'double'])),
    `<Scorecard functionName="regression">${schema(names)}<Output>${outputs.join('')}</Output><Characteristics>${characteristic('a', 'A', 7)}${characteristic('b', 'B', 5)}${characteristic('c', 'A', 8)}${characteristic('d', 'D', 12)}${characteristic('e', 'E', 10)}</Characteristics></Scorecard>`,
  )
  const all = { y: 42, r0: 'A', r1: 'B', r2: 'E', r3: null, r4: null }
  const some = { y: 70, r0: 'A', r1: 'E', r2: null, r3: null, r4: null }
  expect(
    await score(xml, [
      { a: 1, b: 1, c: 1, d: 1, e: 1 },
      { a: '1', b: 0, c: 1, d: 0, e: 1 },
      { a: 1, b: 0, c: 1, d: null, e: 1 },
    ]),
  ).toEqual([all, { ...some, y: 65, r0: 'A', r1: 'E' }, { ...some, y: 65 }])
})
