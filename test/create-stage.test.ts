import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createStage } from '../src/index.ts'

test('a stage has the formats of the package and loads them on its thread', async () => {
  const stage = createStage()
  onTestFinished(() => stage.close())
  const data = readFileSync(new URL('../examples/iris/tree.pmml', import.meta.url))
  const reference = await stage.publish({ name: 'tree', version: '1', format: 'pmml', data })
  expect(reference).toMatchObject({ model: 'tree', format: 'pmml', key: 'default' })
  const record = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
  expect(await stage.scoreBatch([record])).toMatchObject([{ prediction: { species: 'setosa' }, model: 'tree' }])
})

test('a stage reads features from fields that its options name', async () => {
  const stage = createStage({ features: { petal_length: 'PetalLength', petal_width: 'PetalWidth' } })
  onTestFinished(() => stage.close())
  const data = readFileSync(new URL('../examples/iris/tree.pmml', import.meta.url))
  await stage.publish({ name: 'tree', format: 'pmml', data })
  const flowers = [
    { sepal_length: 5.1, sepal_width: 3.5, PetalLength: 1.4, PetalWidth: 0.2 },
    { sepal_length: 7.7, sepal_width: 3, PetalLength: 6.1, PetalWidth: 2.5 },
  ]
  const species = (await stage.scoreBatch(flowers)).map((r) => 'prediction' in r && r.prediction['species'])
  expect(species).toEqual(['setosa', 'virginica'])
})
