import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

const iris = join(import.meta.dirname, '../../../examples/iris')
const rules = ['model', 'verify', 'rules.js', '--allow-code']

test('the rows that a model ships are checked', async () => {
  const good = await run(['model', 'verify', join(iris, 'tree.pmml')])
  expect(good).toMatchObject({ status: 0, stdout: '6 rows that the model ships: all as stated\n' })
  const wrong = await run(['model', 'verify', join(iris, 'wrong.pmml'), '--max', '2'])
  expect(wrong.status).toBe(1)
  expect(wrong.stdout).toMatch(
    /^6 rows that the model ships: \d+ differences\n\nROW\tOUTPUT\tEXPECTED\tACTUAL\tDIFFERENCE\tRELATIVE\n1\t.*\n.*\n… \d+ more\n$/,
  )
})

test('records are compared with the outputs beside them, or in a file of their own', async () => {
  const cwd = engineFolder()
  writeFileSync(join(cwd, 'both.csv'), 'x,y\n1,2\n2,5\n3,6.0000001\n')
  const both = await run([...rules, '--records', 'both.csv'], { cwd })
  expect(both.status).toBe(1)
  expect(both.stdout).toBe(
    '3 records: 1 differ, in 1 values\n\nROW\tOUTPUT\tEXPECTED\tACTUAL\tDIFFERENCE\tRELATIVE\n2\ty\t5\t4\t1.00e+0\t2.00e-1\n\nOUTPUT\tCOMPARED\tDIFFERENT\tLARGEST DIFFERENCE\ny\t3\t1\t1.00e+0\n',
  )
  expect((await run([...rules, '--records', 'both.csv', '--rel', '0.3'], { cwd })).status).toBe(0)
  writeFileSync(join(cwd, 'expected.jsonl'), '{"y":2}\n{"y":4}\n')
  const split = await run([...rules, '--records', '-', '--expected', 'expected.jsonl', '--json'], {
    cwd,
    stdin: inputOf('{"x":1}\n{"x":2}\n'),
  })
  expect({ status: split.status, report: JSON.parse(split.stdout) as unknown }).toMatchObject({
    status: 0,
    report: { agrees: true, shipped: null, records: { rows: 2, differences: 0 } },
  })
})

test('files that do not belong together, and nothing to compare, are not taken for agreement', async () => {
  const cwd = engineFolder()
  writeFileSync(join(cwd, 'x.csv'), 'x\n1\n2\n')
  writeFileSync(join(cwd, 'y.csv'), 'y\n2\n')
  writeFileSync(join(cwd, 'long.csv'), 'y\n2\n4\n6\n')
  expect(await run([...rules, '--records', 'x.csv'], { cwd })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('none of its columns is an output of the model: y'),
  })
  expect((await run([...rules, '--records', 'x.csv', '--expected', 'y.csv'], { cwd })).stderr).toContain(
    'it has 1 rows and ends before the records do',
  )
  expect((await run([...rules, '--records', 'x.csv', '--expected', 'long.csv'], { cwd })).stderr).toContain(
    'it has 3 rows and goes on after the 2 records',
  )
  expect(await run(rules, { cwd })).toMatchObject({
    status: 1,
    stderr: 'rules.js ships no rows; give some with --records\n',
  })
})
