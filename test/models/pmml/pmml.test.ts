import { expect, test } from 'vitest'
import { pmmlFormat } from '../../../src/models/pmml/pmml.ts'
import { document, prepare, schema } from './documents.ts'

test('a prepared document crosses threads', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="3"/></RegressionModel>`,
  )
  const prepared = await prepare(xml)
  const direct = await (await pmmlFormat.open(prepared)).score([{ x: 1 }])
  expect(await (await pmmlFormat.open(structuredClone(prepared))).score([{ x: 1 }])).toEqual(direct)
})

test('an artifact above the limit is refused unread', async () => {
  const artifact = { bytes: Buffer.alloc(100), digest: '', source: 'a.pmml' }
  await expect(pmmlFormat.prepare(artifact, {}, { allowsCode: false, maxArtifactBytes: 99 })).rejects.toThrow(
    'a.pmml has 100 bytes, above the limit of 99 bytes',
  )
})
