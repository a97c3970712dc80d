import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { node } from '../support/example-process.ts'
import { checkLibraryOutput } from '../support/library-output.ts'

test('a program scores with a model, with a stage while models change, and through a Web stream', async () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const { status, stdout, stderr } = await node(root, ['--conditions=millrace-source', 'examples/library/score.ts'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  await checkLibraryOutput(stdout)
})
