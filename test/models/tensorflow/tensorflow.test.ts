import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readZip } from '../../../src/core/archive.ts'
import { loadModel } from '../../../src/load-model.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { denseModel } from '../../support/tensorflow-saved-models.ts'

const features = { dtype: 'float32', shape: [1, 2], data: [1, 2] } as const

it('is found by the bytes of an archive, and takes a folder as well', async () => {
  const folder = temporaryFolder()
  for (const [name, entry] of readZip(denseModel, { maxEntries: 10, maxBytes: 1e6 })) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), entry.read())
  }
  for (const source of [denseModel, folder]) {
    const model = await loadModel(source)
    expect(await model.run({ features })).toMatchObject({ score: { dtype: 'float32', data: Float32Array.of(9) } })
    await model.close()
  }
})
