import { expect, test } from 'vitest'
import { fieldsOf } from '../../../src/encodings/csv/fields.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { RecordSchema } from '../../../src/schema/schema.ts'

const schema = parseAvro({
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'x', type: 'double' },
    { name: 'n', type: ['null', 'long'], default: null },
    { name: 'u', type: ['int', 'string'] },
  ],
}) as RecordSchema

test('columns are the fields of the schema unless they are named, and have their types', () => {
  expect(fieldsOf([], schema).map(({ name, type, isNullable }) => [name, type, isNullable])).toEqual([
    ['x', 'double', false],
    ['n', 'long', true],
    ['u', 'union', false],
  ])
  expect(fieldsOf(['n', 'other'], schema)).toEqual([
    { name: 'n', type: 'long', isNullable: true, default: null },
    { name: 'other', type: null, isNullable: true, default: undefined },
  ])
})
