import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'
import type { Tensor } from '../../src/schema/tensor.ts'
import { difference, type GoldenTensor, tensorOf } from '../support/tensorflow-operators.ts'

const folder = join(import.meta.dirname, 'tensorflow')
const cases = readdirSync(folder)

interface Vector {
  readonly signature?: string
  readonly inputs: Readonly<Record<string, GoldenTensor>>
  readonly outputs: Readonly<Record<string, GoldenTensor>>
}

function read<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as T
}

describe('every stored model of TensorFlow gives what TensorFlow gives', () => {
  test.each(cases)('%s', async (name) => {
    const { tolerance } = read<{ tolerance: { rel: number; abs: number } }>(name, 'origin.json')
    const graph = join(folder, name, 'graph.pb')
    const model = await loadModel(existsSync(graph) ? graph : join(folder, name, 'model'), { format: 'tensorflow' })
    const differences: string[] = []
    for (const { signature, inputs, outputs } of read<Vector[]>(name, 'vectors.json')) {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, tensorOf(key, one)]))
      const found = await model.run(feeds, signature === undefined ? {} : { signature })
      for (const [key, expected] of Object.entries(outputs)) {
        const actual = (found[key] ?? found[key.replace(/:0$/, '')]) as Tensor | undefined
        const why = difference(key, expected, actual, tolerance)
        if (why) differences.push(why)
      }
    }
    await model.close()
    expect(differences).toStrictEqual([])
  })
})

test('there are models of every kind', () => {
  expect(cases.length).toBeGreaterThanOrEqual(25)
  for (const kind of [
    'dense',
    'convolution',
    'lstm',
    'gru',
    'embedding',
    'attention',
    'text',
    'example',
    'image',
    'frozen',
    'loop',
  ])
    expect(
      cases.some((name) => name.includes(kind)),
      kind,
    ).toBe(true)
})
