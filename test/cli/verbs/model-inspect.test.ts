import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

test('inputs and outputs are shown, and everything as JSON', async () => {
  const cwd = engineFolder()
  const { status, stdout } = await run(['model', 'inspect', 'rules.js', '--allow-code'], { cwd })
  expect(status).toBe(0)
  expect(stdout).toContain('INPUT\tDTYPE\tSHAPE\tOPTIONAL\tVALUES\nx\tfloat64\tscalar\t')
  expect(stdout).toContain('\ny\tfloat64\tscalar\t')
  const json = await run(['model', 'inspect', 'rules.js', '--allow-code', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({ format: 'javascript', signature: { inputs: [{ name: 'x' }] } })
})

test('a model that cannot be loaded is an error', async () => {
  const cwd = engineFolder()
  expect((await run(['model', 'inspect', 'rules.js'], { cwd })).status).toBe(1)
  writeFileSync(join(cwd, 'bad.js'), 'export const score = 3')
  expect((await run(['model', 'inspect', 'bad.js', '--allow-code'], { cwd })).stderr).toContain('expected a function')
})
