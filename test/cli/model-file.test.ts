import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatFor, loadModelFile, readModelFile } from '../../src/cli/model-file.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder, timesSource } from '../support/engine-folder.ts'

test('the ending tells the format, and --format overrules it', async () => {
  const { registry } = await testWorld().components()
  const bytes = Buffer.from('what')
  expect(formatFor('a/B.JS', bytes, undefined, registry).name).toBe('javascript')
  expect(formatFor('model.what', bytes, 'javascript', registry).name).toBe('javascript')
  expect(() => formatFor('model.what', bytes, undefined, registry)).toThrow('say it with --format: ')
  expect(() => formatFor('model.what', bytes, 'javascrpt', registry)).toThrow('did you mean "javascript"?')
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
