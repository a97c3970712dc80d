import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatFor, loadModelFile, readModelFile } from '../../src/cli/model-file.ts'
import { readZip } from '../../src/core/archive.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder, timesSource } from '../support/engine-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { denseModel } from '../support/tensorflow-saved-models.ts'

test('the ending tells the format, and --format overrules it', async () => {
  const { registry } = await testWorld().components()
  const bytes = Buffer.from('what')
  expect(formatFor('a/B.JS', bytes, undefined, registry).name).toBe('javascript')
  expect(formatFor('model.what', bytes, 'javascript', registry).name).toBe('javascript')
  expect(() => formatFor('model.what', bytes, undefined, registry)).toThrow('say it with --format: ')
  expect(() => formatFor('model.what', bytes, 'javascrpt', registry)).toThrow('did you mean "javascript"?')
})

test('what other libraries save and nothing here reads is told with the way to go', async () => {
  const { registry } = await testWorld().components()
  const refused = (path: string, ...bytes: number[]) => {
    const content = Buffer.from([...bytes, ...Buffer.from('and more')])
    return expect(() => formatFor(path, content, undefined, registry))
  }
  refused('model.pkl', 0x80, 4, 0x95).toThrow('model.pkl is a Python pickle, which is not read: ')
  refused('model.joblib', 0x80, 3).toThrow('export the model as PMML or ONNX')
  refused('churn.cbm', 0x43, 0x42, 0x4d, 0x31).toThrow('save it with format="json"')
  refused('dense.h5', 0x89, 0x48, 0x44, 0x46, 0x0d).toThrow('SavedModel')
  refused('model.pkl', 0x80, 9).toThrow('say it with --format: ')
})

test('a file is read with its name and digest, and loaded when code is allowed', async () => {
  const world = testWorld({ cwd: engineFolder() })
  const { registry } = await world.components()
  const { name, digest } = await readModelFile(world, 'rules.js', undefined, registry)
  expect({ name, digest }).toEqual({ name: 'rules', digest: createHash('sha256').update(timesSource(2)).digest('hex') })
  const loaded = await loadModelFile(world, 'rules.js', { allowCode: true }, registry)
  expect(loaded.prepared.signature.outputs.map((output) => output.name)).toEqual(['y'])
  await expect(loadModelFile(world, 'rules.js', { allowCode: false }, registry)).rejects.toThrow('code')
  const options = { languge: 'auto' }
  await expect(loadModelFile(world, 'rules.js', { allowCode: true, options }, registry)).rejects.toThrow('languge')
})

test('a folder is read as an archive of its files', async () => {
  const cwd = temporaryFolder()
  for (const [name, entry] of readZip(denseModel, { maxEntries: 10, maxBytes: 1e6 })) {
    mkdirSync(join(cwd, 'dense', name, '..'), { recursive: true })
    writeFileSync(join(cwd, 'dense', name), entry.read())
  }
  const world = testWorld({ cwd })
  const { registry } = await world.components()
  const { name, digest, format } = await readModelFile(world, 'dense', undefined, registry)
  expect([name, format.name, digest]).toEqual([
    'dense',
    'tensorflow',
    createHash('sha256').update(denseModel).digest('hex'),
  ])
  symlinkSync('/etc/passwd', join(cwd, 'dense', 'link'))
  await expect(readModelFile(world, 'dense', undefined, registry)).rejects.toMatchObject({
    code: 'CLI_FILE_UNUSABLE',
    message: expect.stringContaining('"link" is a link that leads out of the folder'),
  })
})
