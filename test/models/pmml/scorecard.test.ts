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
