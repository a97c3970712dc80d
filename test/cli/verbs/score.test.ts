import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { inputOf, jsonLines, KeptOutput, run, testWorld } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

const score = (cwd: string, input: string, ...args: string[]) =>
  run(['score', 'rules.js', '-', '--allow-code', ...args], { cwd, stdin: inputOf(input) })
const csv = (cwd: string, input: string, ...args: string[]) => score(cwd, input, '--form', 'csv', ...args)

test('every record has its prediction, in order and in the form of the records', async () => {
  const cwd = engineFolder()
  expect(await score(cwd, '{"x":1}\n{"x":2}\n')).toMatchObject({ status: 0, stdout: '{"y":2}\n{"y":4}\n' })
  expect(await csv(cwd, 'x,z\n3,a\n')).toMatchObject({ status: 0, stdout: 'y\n6\n' })
  expect((await csv(cwd, 'x,z\n3,a\n', '--echo', '--output-form', 'jsonl')).stdout).toBe('{"x":3,"z":"a","y":6}\n')
  expect((await score(cwd, '{"x":1,"id":"a"}\n', '--output-form', 'csv', '--copy', 'id')).stdout).toBe('id,y\na,2\n')
})

test('columns are copied, prefixed and written with another delimiter', async () => {
  const cwd = engineFolder()
  const input = 'x;y;id\n3;old;"a;b"\n'
  expect((await csv(cwd, input, '--copy', 'id', '--copy', 'x')).stdout).toBe('id;x;y\n"a;b";3;6\n')
  expect((await csv(cwd, input, '--echo', '--prefix', 'p_', '--output-delimiter', ',')).stdout).toBe(
    'x,y,id,p_y\n3,old,a;b,6\n',
  )
  expect((await csv(cwd, input, '--echo')).stderr).toContain(
    'column "y" would stand there twice, as it is an output too; name the outputs otherwise with --prefix predicted_',
  )
  expect((await csv(cwd, '3\n4\n', '--columns', 'x')).stdout).toBe('y\n6\n8\n')
})

test('a record that cannot be scored keeps its place, and the status tells', async () => {
  const { status, stdout, stderr } = await score(engineFolder(), '{"x":1}\n{"x":"no number"}\n{"x":2}\n')
  expect(status).toBe(1)
  expect(jsonLines(stdout)).toEqual([
    { y: 2 },
    { error: { code: expect.any(String), message: expect.any(String) } },
    { y: 4 },
  ])
  expect(stderr).toMatch(
    /^-:2: field "x" gets .*\nscored 3 records in .* s \(\d+ a second\), 1 without a prediction\n$/,
  )
})

const bad = 'x,id\n1,a\n"2\n",b,c\n\n3,d\n'

test('bad rows are told with their line, skipped, kept in a file, or the end', async () => {
  const cwd = engineFolder()
  expect(await csv(cwd, bad)).toMatchObject({ status: 1, stdout: 'y\n2\n\n6\n' })
  const skipped = await csv(cwd, bad, '--on-error', 'skip', '--dead-letters', 'bad.jsonl')
  expect(skipped).toMatchObject({ status: 0, stdout: 'y\n2\n6\n' })
  expect(skipped.stderr).toContain('-:3: record is not a CSV row: it has 3 cells, expected 2 as the header has\n')
  expect(jsonLines(readFileSync(join(cwd, 'bad.jsonl'), 'utf8'))).toEqual([
    { position: '-:3', code: 'ENCODING_CSV_SYNTAX', reason: expect.stringContaining('3 cells'), record: '"2\n",b,c' },
  ])
  const stopped = await csv(cwd, bad, '--on-error', 'stop', '--output', 'out.csv')
  expect(stopped).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('the 1 records before it are in out.csv.partial'),
  })
  expect(readFileSync(join(cwd, 'out.csv.partial'), 'utf8')).toBe('y\n2\n')
  expect(existsSync(join(cwd, 'out.csv'))).toBe(false)
})

test('predictions go to a file in the form of its ending, and the counts to programs', async () => {
  const cwd = engineFolder()
  const { status, stdout } = await score(cwd, '{"x":1}\n', '--output', 'out.csv', '--json')
  expect({ status, tally: JSON.parse(stdout) as unknown }).toMatchObject({
    status: 0,
    tally: { records: 1, errors: 0 },
  })
  expect(readFileSync(join(cwd, 'out.csv'), 'utf8')).toBe('y\n2\n')
})

test('what the command line asks for must be there', async () => {
  const cwd = engineFolder()
  expect((await csv(cwd, 'x\n1\n', '--copy', 'id')).stderr).toContain('option "--copy" has "id", but the columns are x')
  expect((await csv(cwd, 'x\n1\n', '--outputs', 'z')).stderr).toContain(
    'option "--outputs" has "z", expected some of y',
  )
  expect((await score(cwd, '{}', '--output-form', 'csv', '--echo')).stderr).toContain('needs a header')
})

test('columns that the model misses are told; with none of them it is the wrong file', async () => {
  const cwd = engineFolder()
  const tree = join(import.meta.dirname, '../../../examples/iris/tree.pmml')
  writeFileSync(join(cwd, 'some.csv'), 'petal_length,petal_width\n1.4,0.2\n')
  writeFileSync(join(cwd, 'none.csv'), 'a,b\n1,2\n')
  const some = await run(['score', tree, 'some.csv'], { cwd })
  expect(some.stdout).toMatch(/^species,.*\nsetosa,/)
  expect(some.stderr).toContain(
    'warning: some.csv has no column "sepal_length", "sepal_width"; the model takes them as missing',
  )
  writeFileSync(join(cwd, 'none.jsonl'), '{"a":1}\n')
  expect((await run(['score', tree, 'none.jsonl'], { cwd })).stderr).toContain(
    'warning: the first record of none.jsonl has none of the fields that the model reads, "sepal_length", "sepal_width"',
  )
  const network = join(import.meta.dirname, '../../../examples/iris/network.onnx')
  expect((await run(['score', network, 'some.csv'], { cwd })).stderr).toContain(
    `it has petal_length, petal_width; --options '{"features": [...]}' says which columns make "measurements"`,
  )
  expect(await run(['score', tree, 'none.csv'], { cwd })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('it has none of the columns'),
  })
})

test('Ctrl-C leaves what is done, whole rows, under the name of the partial file', async () => {
  const cwd = engineFolder()
  const stop = new AbortController()
  async function* endless() {
    yield Buffer.from('x\n1\n2')
    yield Buffer.from('\n3')
    stop.abort()
    yield Buffer.from('\n4\n')
  }
  const world = testWorld({ cwd, stdin: endless(), stop: stop.signal, stderr: new KeptOutput() })
  const args = ['score', 'rules.js', '-', '--allow-code', '--form', 'csv', '--output', 'out.csv']
  expect(await runCommandLine(verbs, args, world)).toBe(1)
  expect(world.stderr.text).toContain('stopped before the end: 2 records are scored, in out.csv.partial')
  expect(readFileSync(join(cwd, 'out.csv.partial'), 'utf8')).toBe('y\n2\n4\n')
})
