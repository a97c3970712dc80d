// Iris as a few rules a person can read. A JavaScript function model: one module, no imports, `score` for each record.
// It takes the fields and gives the outputs of the PMML models beside it, so that either can replace the other.

export const name = 'iris-rules'
export const version = '1'

export const inputs = [
  { name: 'sepal_length', dtype: 'float64', isOptional: true },
  { name: 'sepal_width', dtype: 'float64', isOptional: true },
  { name: 'petal_length', dtype: 'float64' },
  { name: 'petal_width', dtype: 'float64' },
]

export const outputs = [
  { name: 'species', dtype: 'string' },
  { name: 'probability(setosa)', dtype: 'float64' },
  { name: 'probability(versicolor)', dtype: 'float64' },
  { name: 'probability(virginica)', dtype: 'float64' },
]

export function score({ petal_length, petal_width }) {
  if (petal_length < 2.5) return answer('setosa', 1, 0, 0)
  // petals of versicolor and virginica overlap around length × width = 8
  const virginica = 1 / (1 + Math.exp(8 - petal_length * petal_width))
  return answer(virginica > 0.5 ? 'virginica' : 'versicolor', 0, 1 - virginica, virginica)
}

function answer(species, setosa, versicolor, virginica) {
  return {
    species,
    'probability(setosa)': setosa,
    'probability(versicolor)': versicolor,
    'probability(virginica)': virginica,
  }
}

// checked before the model may take over
export const verification = [
  {
    input: { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 },
    expected: { species: 'setosa' },
  },
  {
    input: { sepal_length: 6.4, sepal_width: 3.2, petal_length: 4.5, petal_width: 1.5 },
    expected: { species: 'versicolor' },
  },
  {
    input: { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 },
    expected: { species: 'virginica' },
  },
]
