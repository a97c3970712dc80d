import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readDocument, readEngineFile, streamValue } from '../../src/cli/engine-file.ts'
import type { Registry } from '../../src/config/registry.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let registry: Registry
beforeAll(async () => {
  registry = (await testWorld().components()).registry
})

test('relative paths start at the folder of the file, wherever the command is run', () => {
  const cwd = engineFolder()
  const { plan } = readEngineFile(testWorld({ cwd: '/' }), join(cwd, 'engine.json').slice(1), registry)
  expect(plan.baseFolder).toBe(cwd)
})

describe('changes of the command line', () => {
  const read = (changes: Parameters<typeof readEngineFile>[3]) =>
    readEngineFile(testWorld({ cwd: engineFolder() }), 'engine.json', registry, changes).plan

  test('a slot is replaced or added', () => {
    const plan = read({ slots: ['0=log:other', '3=discard:'] })
    expect(plan.inputs.map((s) => [s.slot, s.descriptor.transport['topic']])).toEqual([[0, 'other']])
    expect(plan.outputs.map((s) => [s.slot, s.descriptor.transport.type])).toEqual([
      [1, 'log'],
      [3, 'discard'],
    ])
  })

  test('threads and address are replaced', () => {
    expect(read({ threads: 3 }).threads).toBe(3)
    expect(read({ http: '0.0.0.0:1234' }).http).toEqual({ host: '0.0.0.0', port: 1234 })
    expect(read({ http: '1234' }).http).toMatchObject({ port: 1234 })
    expect(read({ http: ':::1234' }).http).toEqual({ host: '::', port: 1234 })
  })

  test.each([{ slots: ['log:x'] }, { slots: ['x=log:x'] }, { http: 'localhost' }, { http: '127.0.0.1:99999' }])(
    '%j is refused with its form',
    (changes) => {
      expect(() => read(changes)).toThrow(/option "--(slot|http)" is ".*", expected/)
    },
  )

  test('a wrong stream is a fault', () => {
    expect(() => read({ slots: ['0=lug:x'] })).toThrow('transport tag unknown: lug')
  })
})

test('a stream is a literal, JSON, or a file', () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 's.yaml'), 'transport: discard\n')
  const world = testWorld({ cwd })
  expect(streamValue(world, 'log:orders')).toBe('log:orders')
  expect(streamValue(world, '{"transport": "discard"}')).toEqual({ transport: 'discard' })
  expect(streamValue(world, 's.yaml')).toEqual({ transport: 'discard' })
  expect(() => streamValue(world, 'none.yaml')).toThrow('cannot read none.yaml: there is no such file')
  expect(() => streamValue(world, 'orders')).toThrow('there is no such file; as a literal the topic is log:orders')
})

test('a document that is not UTF-8 or not YAML is an error with its name', () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.yaml'), Buffer.from([0xff, 0xfe]))
  writeFileSync(join(cwd, 'b.yaml'), 'a: [1\n')
  expect(() => readDocument(testWorld({ cwd }), 'a.yaml')).toThrow('cannot read a.yaml')
  expect(() => readDocument(testWorld({ cwd }), 'b.yaml')).toThrow(/^b\.yaml:\d+:\d+ is not valid YAML/)
})
