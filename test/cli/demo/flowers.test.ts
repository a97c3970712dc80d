import { expect, test } from 'vitest'
import { readSpecies } from '../../../src/cli/demo/flowers.ts'

test('every flower of the example has its species by the text of its record', async () => {
  const folder = new URL('../../../examples/iris/', import.meta.url)
  const species = await readSpecies(new URL('iris.jsonl', folder), new URL('iris-labelled.csv', folder))
  expect(species.get('{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}')).toBe(
    'setosa',
  )
  const counts = new Map<string, number>()
  for (const name of species.values()) counts.set(name, (counts.get(name) ?? 0) + 1)
  // Two of the 150 flowers have the same measurements.
  expect(Object.fromEntries(counts)).toEqual({ setosa: 50, versicolor: 50, virginica: 49 })
})
