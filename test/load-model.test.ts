import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadModel } from '../src/index.ts'

const xml = `<PMML version="4.4"><DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary><RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel></PMML>`

test('a model loads from bytes by format name, and answers record by record', async () => {
  const model = await loadModel(Buffer.from(xml), { format: 'pmml' })
  expect(model.signature.inputs.map((input) => input.name)).toEqual(['x'])
  expect(await model.score([{ x: '3' }, { x: 'abc' }, null])).toEqual([
    { prediction: { _target: 7 } },
    {
      error: { code: 'MODEL_INPUT_INVALID', message: 'field "x" has the value "abc", expected a value of type double' },
    },
    { error: { code: 'MODEL_RECORD_ABSENT', message: expect.any(String) } },
  ])
  await model.close()
  await model.close()
})

test('a file tells its format by its extension', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-load-'))
  try {
    writeFileSync(join(folder, 'model.pmml'), xml)
    const model = await loadModel(join(folder, 'model.pmml'))
    expect(await model.score([{ x: 1 }])).toEqual([{ prediction: { _target: 3 } }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what cannot be loaded says why', async () => {
  await expect(loadModel('/nowhere/model.pmml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  await expect(loadModel(Buffer.from(xml), { format: 'pmm' })).rejects.toThrow(
    'no format is named "pmm"; did you mean "pmml"?',
  )
  await expect(loadModel(Buffer.from(xml), { format: 'pmml', options: { a: 1 } })).rejects.toMatchObject({
    code: 'CONFIG_OPTION_WRONG',
  })
})
