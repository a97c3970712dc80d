import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'

const infer = (input: string, ...args: string[]) =>
  run(['schema', 'infer', '-', '--json', ...args], { stdin: inputOf(input) })

test('records of JSON give a record with the fields of all', async () => {
  const { status, stdout } = await infer('{"a":1,"b":"x"}\n{"a":2.5}\n')
  expect(status).toBe(0)
  const fields = (JSON.parse(stdout) as { type: string; fields: { name: string; type: unknown }[] }).fields
  expect(fields.map(({ name, type }) => [name, type])).toEqual([
    ['a', 'double'],
    ['b', expect.arrayContaining(['null', 'string'])],
  ])
})

test('values of CSV are text', async () => {
  const { stdout } = await infer('a,b\n1,2\n', '--form', 'csv')
  expect((JSON.parse(stdout) as { fields: { type: string }[] }).fields.map((field) => field.type)).toEqual([
    'string',
    'string',
  ])
})

test('only the first records are looked at when told, and none is an error', async () => {
  expect((await infer('{"a":1}\n{"b":1}\n', '--max', '1')).stdout).not.toContain('"b"')
  expect((await infer('')).status).toBe(1)
})
