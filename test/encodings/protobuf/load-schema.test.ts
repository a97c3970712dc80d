import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { loadMessage } from '../../../src/encodings/protobuf/load-schema.ts'
import { seeded } from '../../random.ts'
import { pick } from '../../schema/generate.ts'
import { everything } from './messages.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-proto-'))
  mkdirSync(join(folder, 'base/sub'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (path: string, text: string) => writeFileSync(join(folder, path), `syntax = "proto3";\n${text}`)
const load = (file: string, message: string) =>
  loadMessage({ file, text: null, message, baseFolder: join(folder, 'base'), place: 'test' }).plan
const loadText = (text: string, message: string) =>
  loadMessage({ file: null, text, message, baseFolder: join(folder, 'base'), place: 'test' }).plan

describe('loadMessage', () => {
  test('follows imports beside the file, below the base folder and built in, circles included', () => {
    write(
      'base/sub/a.proto',
      'import "b.proto"; import "sub/c.proto"; import "google/protobuf/timestamp.proto"; message A { B b = 1; C c = 2; google.protobuf.Timestamp at = 3; }',
    )
    write('base/sub/b.proto', 'import "a.proto"; message B { A a = 1; }')
    write('base/sub/c.proto', 'message C { int32 x = 1; }')
    expect(load('sub/a.proto', 'A').fields.map((f) => f.value.kind)).toEqual(['message', 'message', 'message'])
  })

  test('an import outside the folders is refused, also through a link', () => {
    write('secret.proto', 'message S { int32 x = 1; }')
    symlinkSync(join(folder, 'secret.proto'), join(folder, 'base/link.proto'))
    for (const path of ['../secret.proto', 'link.proto', join(folder, 'secret.proto')]) {
      write('base/a.proto', `import ${JSON.stringify(path)}; message A { int32 x = 1; }`)
      expect(() => load('a.proto', 'A'), path).toThrow(`import "${path}" is not below`)
    }
  })

  test('a message may be named without its package where that is clear, and a wrong name lists the others', () => {
    expect(loadText('syntax = "proto3"; package p.q; message M {}', 'M').name).toBe('M')
    expect(() => loadText('syntax = "proto3"; package p; message M {} message N {}', 'X')).toThrow(
      'test: inline schema: no message is named "X"; there are: p.M, p.N',
    )
  })

  test('missing files, syntax errors and unknown types say where', () => {
    expect(() => load('no.proto', 'M')).toThrow('no.proto: ENOENT')
    expect(() => loadText('message {', 'M')).toThrow("test: inline schema: illegal type name '{' (line 1)")
    expect(() => loadText('syntax = "proto3"; message M { Wat w = 1; }', 'M')).toThrow('Wat')
  })

  test('damaged documents give errors of the catalogue only', () => {
    const random = seeded(55)
    for (let round = 0; round < 300; round++) {
      const at = Math.floor(random() * everything.length)
      const text =
        everything.slice(0, at) +
        pick(random, ['', '{', '}', ';', '"', '=', '9', 'map<']) +
        everything.slice(at + Math.floor(random() * 8))
      try {
        loadText(text, 'Everything')
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }
  })
})
