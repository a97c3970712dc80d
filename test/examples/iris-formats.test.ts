import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadModel, type RecordValue } from '../../src/index.ts'
import { jsonLines } from '../support/command-line.ts'

const iris = new URL('../../examples/iris/', import.meta.url)
const textOf = (name: string) => readFileSync(new URL(name, iris), 'utf8')
const flowers = jsonLines(textOf('iris.jsonl')) as RecordValue[]
const species = textOf('iris-labelled.csv')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => row.split(',').at(-1))
const refused: readonly unknown[] = ['broken', 'wrong']

interface Message {
  readonly name: string
  readonly format: string
  readonly location: string
  readonly options?: Readonly<Record<string, unknown>>
}

const messages = (jsonLines(textOf('models.jsonl')) as unknown as Message[]).filter(
  ({ name }) => !refused.includes(name),
)

describe('models of one task, in every format', () => {
  test.each(messages.map((message) => [message.name, message] as const))('%s', async (_, message) => {
    const path = fileURLToPath(new URL(message.location, iris))
    const { format, options = {} } = message
    const model = await loadModel(path, { format, options, allowsCode: true })
    expect(model.signature.inputs.map(({ name }) => name).sort()).toEqual([
      'petal_length',
      'petal_width',
      'sepal_length',
      'sepal_width',
    ])
    const results = await model.score(flowers)
    const right = results.filter((result, i) => 'prediction' in result && result.prediction['species'] === species[i])
    expect(right.length).toBeGreaterThan(format === 'javascript' ? 135 : 140)
    for (const result of results) {
      const { prediction } = result as { prediction: RecordValue }
      const names = ['setosa', 'versicolor', 'virginica'].map((name) => `probability(${name})`)
      expect(Object.keys(prediction)).toEqual(expect.arrayContaining([...names, 'species']))
      const sum = names.reduce((total, name) => total + (prediction[name] as number), 0)
      expect(sum).toBeCloseTo(1, 5)
    }
    // Text as CSV has it scores the same, and a field that is no number is told by name.
    const texts = flowers
      .slice(0, 3)
      .map((flower) => Object.fromEntries(Object.entries(flower).map(([k, v]) => [k, String(v)])))
    if (format !== 'javascript') expect(await model.score(texts)).toEqual(results.slice(0, 3))
    const wide = Object.fromEntries(Object.keys(flowers[0] ?? {}).map((name) => [name, 'wide']))
    expect(await model.score([wide])).toMatchObject([{ error: { message: expect.stringMatching(/_(length|width)/) } }])
    await model.close()
  })
})
