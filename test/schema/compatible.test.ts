import { describe, expect, test } from 'vitest'
import { parseAvro } from '../../src/schema/avro.ts'
import { compileCheck } from '../../src/schema/check.ts'
import { schemaFaults, schemaOfSignature, signatureFaults } from '../../src/schema/compatible.ts'
import type { Signature } from '../../src/schema/signature.ts'
import { seeded } from '../random.ts'
import { randomSchema, randomValue } from './generate.ts'

const record = (fields: unknown[]) => parseAvro({ type: 'record', name: 'R', fields })

describe('schemaFaults', () => {
  test('every schema fits itself, and values of a fitting schema pass the reader', () => {
    const random = seeded(7)
    for (let round = 0; round < 300; round++) {
      const written = randomSchema(random, 3)
      expect(schemaFaults(written, written)).toEqual([])
      const read = randomSchema(random, 2)
      if (schemaFaults(written, read).length > 0) continue
      expect(compileCheck(read)(randomValue(random, written))).toBe(null)
    }
  })

  test('promotes numbers one way only', () => {
    expect(schemaFaults({ type: 'int' }, { type: 'double' })).toEqual([])
    expect(schemaFaults({ type: 'double' }, { type: 'int' })).toEqual(['the record is double, expected int'])
  })

  test('says in words which field is missing, differs or may be null', () => {
    const written = record([
      { name: 'a', type: ['null', 'double'] },
      { name: 'b', type: { type: 'array', items: 'string' } },
    ])
    const read = record([
      { name: 'a', type: 'double' },
      { name: 'b', type: { type: 'array', items: 'int' } },
      { name: 'c', type: 'int' },
      { name: 'd', type: 'int', default: 1 },
    ])
    expect(schemaFaults(written, read)).toEqual([
      'field "a" is null, expected double',
      'field "b[]" is string, expected int',
      'field "c" is missing, expected int',
    ])
  })

  test('recursive types end', () => {
    const list = parseAvro({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] })
    const other = parseAvro({ type: 'record', name: 'M', fields: [{ name: 'next', type: ['null', 'M'] }] })
    expect(schemaFaults(list, other)).toEqual([])
  })
})

describe('signatures', () => {
  const signature: Signature = {
    inputs: [
      { name: 'x', dtype: 'float64', shape: [], isOptional: false },
      { name: 'y', dtype: 'string', shape: [], isOptional: true },
      { name: 'image', dtype: 'float32', shape: [null, 784], isOptional: false },
    ],
    outputs: [{ name: 'label', dtype: 'string', shape: [], isOptional: false }],
  }

  test('the schema of a signature fits the signature', () => {
    const { input, output } = schemaOfSignature(signature)
    expect(signatureFaults(input, signature)).toEqual([])
    expect(compileCheck(output)({ label: null })).toBe(null)
  })

  test('a missing input and a list for a scalar are faults, text for a number is not', () => {
    const schema = record([
      { name: 'x', type: 'string' },
      { name: 'image', type: 'double' },
    ])
    expect(signatureFaults(schema, signature)).toEqual([
      'field "image" is double, the model expects float32 of shape [?, 784]',
    ])
    expect(signatureFaults(record([{ name: 'image', type: 'bytes' }]), signature)).toEqual([
      'field "x" is missing, the model expects float64',
    ])
  })
})
