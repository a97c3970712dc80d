import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forestPmml, irisShape, treePmml } from '../../bench/models/forest.ts'
import { registry } from '../../src/components.ts'
import { loadModel } from '../../src/load-model.ts'
import type { ModelFormat } from '../../src/models/model.ts'
import { parseCsv } from './csv.ts'

const folder = join(import.meta.dirname, '../../examples/iris')
const flowers = parseCsv(readFileSync(join(folder, 'iris-labelled.csv'), 'utf8'))
const fields = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
const outputs = ['species', 'probability(setosa)', 'probability(versicolor)', 'probability(virginica)']

test.each(['tree.pmml', 'forest.pmml', 'logistic.pmml', 'boosted.pmml', 'rules.js'])(
  'examples/iris/%s takes the four fields, gives the four outputs and is right nine times in ten',
  async (name) => {
    const model = await loadModel(join(folder, name), { allowsCode: true })
    expect(model.signature.inputs.map((input) => input.name).sort()).toStrictEqual([...fields].sort())
    const results = await model.score(flowers)
    const predictions = results.map((result) => ('prediction' in result ? result.prediction : {}))
    for (const prediction of predictions) expect(Object.keys(prediction)).toEqual(expect.arrayContaining(outputs))
    const right = predictions.filter((prediction, i) => prediction['species'] === flowers[i]?.['species'])
    expect(right.length).toBeGreaterThanOrEqual(135)
  },
)

test('examples/iris/broken.pmml is refused with the operator that PMML does not have, and its place', async () => {
  await expect(loadModel(join(folder, 'broken.pmml'))).rejects.toThrow(/line 71.*lessOrEquals/)
})

test('examples/iris/wrong.pmml contradicts its own verification rows', async () => {
  const verificationOf = async (name: string) => {
    const bytes = readFileSync(join(folder, name))
    const format = registry.get<ModelFormat>('format', 'pmml', 'test')
    const context = { allowsCode: false, maxArtifactBytes: 1e7 }
    return (await format.prepare({ bytes, digest: '', source: name }, {}, context)).verification
  }
  expect((await verificationOf('tree.pmml'))?.differences).toStrictEqual([])
  expect((await verificationOf('wrong.pmml'))?.differences.length).toBeGreaterThan(3)
})

test('the generators of the benchmarks give different valid models for different seeds, equal ones for equal seeds', async () => {
  const records = flowers.slice(40, 110)
  const answers = new Set<string>()
  for (const seed of [1, 2, 3]) {
    expect(treePmml({ ...irisShape, seed })).toBe(treePmml({ ...irisShape, seed }))
    for (const text of [treePmml({ ...irisShape, seed }), forestPmml(100_000, { ...irisShape, depth: 6, seed })]) {
      const model = await loadModel(Buffer.from(text), { format: 'pmml' })
      const results = await model.score(records)
      for (const result of results) expect(Object.keys('prediction' in result ? result.prediction : {})).toHaveLength(4)
      answers.add(JSON.stringify(results))
    }
  }
  expect(answers.size).toBe(6)
  expect(forestPmml(5_000_000).length).toBeLessThan(5_200_000)
})
