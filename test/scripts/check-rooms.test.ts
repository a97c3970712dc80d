import { describe, expect, it } from 'vitest'
import { checkRooms } from '../../scripts/check-rooms.ts'
import { tree } from './tree.ts'

/** Files that the cases import; each case adds one file with an import in its second line. */
const base = {
  'package.json': JSON.stringify({
    dependencies: { yaml: '1', zod: '1' },
    devDependencies: { vitest: '1' },
    optionalDependencies: { odbc: '1' },
  }),
  'src/index.ts': "export * from './components.ts'\n",
  'src/components.ts':
    "import { json } from './encodings/json/json.ts'\nimport { avro } from './encodings/avro/avro.ts'\nexport const registry = [json, avro]\n",
  'src/core/errors.ts': 'export const a = 1\n',
  'src/config/option.ts':
    "import { z } from 'zod'\nimport { a } from '../core/errors.ts'\nexport const option = [z, a]\n",
  'src/schema/value.ts': 'export type Value = 1\n',
  'src/encodings/encoding.ts': 'export type Encoding = 1\n',
  'src/encodings/text/cut.ts': 'export const cut = 1\n',
  'src/encodings/json/json.ts':
    "import { cut } from '../text/cut.ts'\nimport { read } from './reader.ts'\nexport const json = [cut, read]\n",
  'src/encodings/json/reader.ts': 'export const read = 1\n',
  'src/encodings/avro/avro.ts': 'export const avro = 1\n',
  'src/models/model.ts': 'export type Model = 1\n',
  'src/models/shared.ts': 'export const shared = 1\n',
  'src/streams/descriptor.ts': "import type { Encoding } from '../encodings/encoding.ts'\nexport type D = Encoding\n",
  'src/server/api.ts': 'export type Api = 1\n',
  'src/engine/engine.ts': 'export const engine = 1\n',
}

const faultsWith = (files: Record<string, string>) => checkRooms(tree({ ...base, ...files })).faults

describe('checkRooms', () => {
  it('finds nothing in a tree that follows the table', () => {
    const { faults, summary } = checkRooms(tree(base))
    expect(faults).toEqual([])
    expect(summary).toBe('rooms: 15 files, 8 imports, 2 components, fine')
  })

  it.each([
    [
      'a room that its row does not list',
      'src/core/x.ts',
      "import '../config/option.ts'",
      'room "core" does not import room "config" (1.1)',
    ],
    [
      'types of such a room too',
      'src/core/x.ts',
      "import type { V } from '../schema/value.ts'",
      'does not import room "schema"',
    ],
    [
      'a type inside an expression',
      'src/core/x.ts',
      "type T = import('../schema/value.ts').Value",
      'does not import room "schema"',
    ],
    ['a re-export', 'src/core/x.ts', "export { option } from '../config/option.ts'", 'does not import room "config"'],
    ['all re-exports', 'src/core/x.ts', "export * from '../config/option.ts'", 'does not import room "config"'],
    ['import()', 'src/core/x.ts', "await import('../config/option.ts')", 'does not import room "config"'],
    ['new URL', 'src/core/x.ts', "new URL('../config/option.ts', import.meta.url)", 'does not import room "config"'],
    ['workerUrl', 'src/core/x.ts', "workerUrl(import.meta.url, '../config/option')", 'does not import room "config"'],
    [
      'more than the interface file',
      'src/engine/x.ts',
      "import '../models/shared.ts'",
      'imports only src/models/model.ts of room "models"',
    ],
    [
      'a sibling component',
      'src/encodings/avro/x.ts',
      "import '../json/reader.ts'",
      'siblings share through their room (1.2)',
    ],
    [
      'a component from its room',
      'src/encodings/x.ts',
      "import './json/json.ts'",
      'only components.ts imports it (1.3)',
    ],
    [
      'a component from a shared folder',
      'src/encodings/text/x.ts',
      "import '../json/json.ts'",
      'belongs to a component',
    ],
    [
      'a component from cli',
      'src/cli/x.ts',
      "import '../encodings/json/json.ts'",
      'only components.ts imports it (1.3)',
    ],
    [
      'components.ts from a room',
      'src/server/x.ts',
      "import '../components.ts'",
      'room "server" imports the entry point "src/components.ts"',
    ],
    ['another entry point from cli', 'src/cli/x.ts', "import '../index.ts'", 'imports the entry point "src/index.ts"'],
    [
      'values of the API in the dashboard',
      'src/dashboard/x.ts',
      "import { Api } from '../server/api.ts'",
      'imports types of server/api.ts only',
    ],
    [
      'core in the dashboard',
      'src/dashboard/x.ts',
      "import type { a } from '../core/errors.ts'",
      'imports types of server/api.ts only',
    ],
    ['zod outside of config', 'src/core/x.ts', "import { z } from 'zod'", 'only room "config" imports zod'],
    [
      'an undeclared package',
      'src/core/x.ts',
      "import '@acme/thing/part'",
      'package "@acme/thing" is not among the dependencies',
    ],
    ['a development package', 'src/core/x.ts', "import 'vitest'", 'package "vitest" is not among the dependencies'],
    ['an optional package at the top', 'src/clients/sql/x.ts', "import 'odbc'", 'with await import() at open (1.4)'],
    ['a file that is not there', 'src/core/x.ts', "import './nope.ts'", '"./nope.ts" is not a file'],
    ['a file outside of src', 'src/core/x.ts', "import '../../package.json5'", 'is not a file'],
  ])('reports %s with file and line', (_case, path, statement, message) => {
    const faults = faultsWith({ [path]: `// first line\n${statement}\n` })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(new RegExp(`^${path}:2: `))
    expect(faults[0]).toContain(message)
  })

  it.each([
    ['types of the API in the dashboard', 'src/dashboard/x.ts', "import type { Api } from '../server/api.ts'"],
    ['components.ts in cli', 'src/cli/x.ts', "import '../components.ts'"],
    ['the interface of the engine in server', 'src/server/x.ts', "import '../engine/engine.ts'"],
    ['an optional package at open', 'src/clients/sql/x.ts', "await import('odbc')"],
    ['node modules', 'src/core/x.ts', "import 'node:fs'"],
    [
      'what only looks like an import',
      'src/core/x.ts',
      "const text = \"import '../config/option.ts'\" // import('../config/option.ts')",
    ],
    ['a data file', 'src/core/x.ts', "new URL('../../examples/iris/tree.pmml', import.meta.url)"],
    ['computed imports', 'src/core/x.ts', 'await import(process.argv[2])'],
  ])('allows %s', (_case, path, statement) => {
    expect(faultsWith({ [path]: `${statement}\n` })).toEqual([])
  })

  it('wants components.ts to import main files only', () => {
    const components = "import { json } from './encodings/json/json.ts'\nimport './encodings/avro/inner.ts'\n"
    const faults = faultsWith({ 'src/components.ts': components, 'src/encodings/avro/inner.ts': '' })
    expect(faults).toEqual([
      'src/components.ts:2: "src/encodings/avro/inner.ts" is not the main file of its component, src/encodings/avro/avro.ts (6.1)',
    ])
  })

  it('wants an optional package in one folder', () => {
    const text = "await import('odbc')\n"
    expect(faultsWith({ 'src/clients/sql/x.ts': text, 'src/clients/other/x.ts': text })).toEqual([
      'package.json:1: optional package "odbc" is imported in src/clients/other, src/clients/sql (1.4)',
    ])
  })

  it('wants a reason above 400 lines, names that say something, and rooms of the table', () => {
    const long = 'export {}\n'.repeat(401)
    expect(faultsWith({ 'src/core/long.ts': long })[0]).toContain('src/core/long.ts:1: 401 lines')
    expect(faultsWith({ 'src/core/long.ts': `// A table.\n${long}` })).toEqual([])
    expect(faultsWith({ 'src/core/long.ts': 'export {}\n'.repeat(400) })).toEqual([])
    expect(faultsWith({ 'src/core/utils.ts': '' })[0]).toContain('"utils" does not name what it does (1.8)')
    expect(faultsWith({ 'src/core/helpers/x.ts': '' })[0]).toContain('"helpers" does not name')
    expect(faultsWith({ 'src/kitchen/x.ts': '' })[0]).toContain('"kitchen" is not a room')
  })

  it('reports a file that cannot be parsed', () => {
    expect(faultsWith({ 'src/core/x.ts': 'const = 3\n' })[0]).toMatch(/^src\/core\/x\.ts:1: /)
  })
})
