import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bytesText } from '../../../src/cli/verbs/model-inspect.ts'
import { KeptOutput, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

test('inputs and outputs are shown, and everything as JSON', async () => {
  const cwd = engineFolder()
  const { status, stdout } = await run(['model', 'inspect', 'rules.js', '--allow-code'], { cwd })
  expect(status).toBe(0)
  expect(stdout).toContain('\nINPUT\tDTYPE\tREQUIRED\tVALUES\nx\tfloat64\t')
  expect(stdout).toContain('\nOUTPUT\tDTYPE\ny\tfloat64\n')
  const json = await run(['model', 'inspect', 'rules.js', '--allow-code', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({ format: 'javascript', signature: { inputs: [{ name: 'x' }] } })
})

test('a model that cannot be loaded is an error', async () => {
  const cwd = engineFolder()
  expect((await run(['model', 'inspect', 'rules.js'], { cwd })).status).toBe(1)
  writeFileSync(join(cwd, 'bad.js'), 'export const score = 3')
  expect((await run(['model', 'inspect', 'bad.js', '--allow-code'], { cwd })).stderr).toContain('expected a function')
})

const iris = join(import.meta.dirname, '../../../examples/iris')

test('a document is told by its parts, elements, domains, targets, size and origin', async () => {
  const { status, stdout } = await run(['model', 'inspect', join(iris, 'forest.pmml')])
  expect(status).toBe(0)
  for (const part of [
    '\npmmlVersion\t4.4\nproducer\tJPMML-SparkML library 3.2.12\nsize\t73 kB, about ',
    '\ndigest\tsha256:8f076109',
    '\nMODEL\tCOUNT\tKIND\nMiningModel\t1\tclassification, average\n  TreeModel\t20\tclassification\n\nELEMENT\tCOUNT\n',
    '\nNode\t227\n',
    '\nINPUT\tDTYPE\tOPTYPE\tREQUIRED\tVALUES\tTREATMENT\nsepal_length\tfloat64\tcontinuous\tno\t-\t-\n',
    '\nTARGET\tOPTYPE\tVALUES\nspecies\tcategorical\tsetosa, versicolor, virginica\n',
  ])
    expect(stdout).toContain(part)
  const terminal = new KeptOutput(true)
  await run(['model', 'inspect', join(iris, 'tree.pmml'), '--no-color'], { stdout: terminal })
  expect(terminal.text).toContain('\npmmlVersion  4.4\n')
  expect(terminal.text).toContain('\n6 rows to verify it with, 0 differences\n')
})

test('rows that do not come out are told, and what is passed over is a note', async () => {
  const wrong = await run(['model', 'inspect', join(iris, 'wrong.pmml')])
  expect(wrong.status).toBe(1)
  expect(wrong.stdout).toMatch(/\n6 rows to verify it with, \d+ differences\n {2}row 1: output "/)
  expect([999, 12_345, 1_234_567, 5e9].map(bytesText)).toEqual(['999 bytes', '12 kB', '1.2 MB', '5.0 GB'])
})
