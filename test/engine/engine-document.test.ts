import { expect, test } from 'vitest'
import type { Option, OptionTable } from '../../src/config/option.ts'
import { parseOptions } from '../../src/config/parse.ts'
import { engineOptions } from '../../src/engine/engine-document.ts'

const parse = (value: object) => parseOptions(engineOptions, { name: 'iris', slots: {}, ...value }, { source: 'test' })

/** Every option of a table by its path, those of groups and alternatives included. */
function flattened(table: OptionTable, prefix = ''): [string, Option<unknown>['facets']][] {
  return Object.entries(table).flatMap(([name, { facets, form }]) => {
    const path = prefix + name
    const own: [string, Option<unknown>['facets']][] = [[path, facets]]
    if (form.kind === 'group') return [...own, ...flattened(form.table, `${path}.`)]
    if (form.kind !== 'tagged') return own
    return [...own, ...Object.entries(form.alternatives).flatMap(([tag, inner]) => flattened(inner, `${path}.${tag}.`))]
  })
}

test('a group that is left out has the defaults that its members have', () => {
  const whole = parse({})
  expect(parse({ join: {}, predictions: {}, versions: {} })).toEqual(whole)
})

test('every option says what it is for, and numbers of time and size say their unit', () => {
  for (const [path, { summary, unit }] of flattened(engineOptions)) {
    expect(summary.length, path).toBeGreaterThan(10)
    if (/(Ms|Bytes)$/.test(path)) expect(unit, path).toBeTruthy()
  }
})

test('code is off and only the own folder is open unless the operator says more', () => {
  expect(parse({}).versions).toMatchObject({ allowCode: false, locations: ['.'] })
})

test('names fit into topics, groups and URLs', () => {
  for (const name of ['iris', 'Iris-2.b_c', '0']) expect(parse({ name }).name).toBe(name)
  for (const name of ['', 'a b', 'a/b', '-a', '.a', 'ä', 'a'.repeat(101)]) expect(() => parse({ name })).toThrow(/name/)
})
