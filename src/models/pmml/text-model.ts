import { childOf, childrenOf, type DocumentReader, itemsOf, numbersOf } from './document.ts'
import { openExpression } from './expressions.ts'
import { numberFrom } from './faults.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { type ExpressionPlan, typeNames } from './plan.ts'
import type { Scope } from './scope.ts'
import { isNumeric } from './types.ts'
import type { XmlElement } from './xml.ts'

const localWeights = ['termFrequency', 'binary', 'logarithmic', 'augmentedNormalizedTermFrequency'] as const
const globalWeights = ['inverseDocumentFrequency', 'none', 'GFIDF', 'normal', 'probabilisticInverse'] as const

/**
 * A TextModel: the documents of a corpus as weighted term vectors. A record is one text, in its only text field, or the number of
 * occurrences of each term, in fields named as the terms; the prediction is the id of the most similar document.
 */
export interface TextModelPlan {
  readonly kind: 'text'
  /** How often each term occurs in the record. */
  readonly terms: readonly ExpressionPlan[]
  readonly local: (typeof localWeights)[number]
  readonly factors: Float64Array // [terms], global weights
  readonly isNormalized: boolean
  readonly similarity: 'cosine' | 'euclidean'
  readonly documents: Float64Array // [documents, terms], row-major, weighted
  readonly ids: readonly string[]
  readonly names: readonly string[]
}

/** Plans a TextModel. */
export function planTextModel(scope: Scope, model: XmlElement): TextModelPlan {
  const { reader } = scope
  const child = (name: string) => childOf(model, name) ?? reader.fault(model, `element ${name} is missing`)
  const dictionary = child('TextDictionary')
  const terms = itemsOf(reader, childOf(dictionary, 'Array') ?? reader.fault(dictionary, 'element Array is missing'))
  const corpus = childrenOf(child('TextCorpus'), 'TextDocument')
  const counts = countsOf(reader, child('DocumentTermMatrix'), corpus.length, terms.length)
  const normalization = childOf(model, 'TextModelNormalization')
  const word = <const W extends string>(attribute: string, words: readonly W[], fallback: W): W =>
    normalization ? reader.word(normalization, attribute, words, fallback) : fallback
  const local = word('localTermWeights', localWeights, 'termFrequency')
  const global = word('globalTermWeights', globalWeights, 'inverseDocumentFrequency')
  const isNormalized = word('documentNormalization', ['none', 'cosine'], 'none') === 'cosine'
  // The name of this element is spelled so in the schema.
  const measure = childOf(model, 'TextModelSimiliarity') ?? childOf(model, 'TextModelSimilarity')
  const similarity = measure ? reader.word(measure, 'similarityType', ['cosine', 'euclidean'], 'cosine') : 'cosine'
  const isScaled = local === 'logarithmic' || global === 'inverseDocumentFrequency' || global === 'probabilisticInverse'
  // The base of the logarithms cancels out of angles and of vectors of length 1, but not out of other distances.
  if (similarity === 'euclidean' && isScaled && !isNormalized)
    reader.unsupported(
      measure as XmlElement,
      'euclidean distances of weights by logarithms, whose base PMML does not tell',
    )
  const factors = factorsOf(counts, corpus.length, terms.length, global)
  const documents = new Float64Array(counts.length)
  for (let d = 0; d < corpus.length; d++) {
    const row = counts.slice(d * terms.length, (d + 1) * terms.length)
    weigh(row, local, factors, isNormalized)
    documents.set(row, d * terms.length)
  }
  return {
    kind: 'text',
    terms: termsOf(scope, model, terms),
    local,
    factors,
    isNormalized,
    similarity,
    documents,
    ids: corpus.map((text) => reader.text(text, 'id')),
    names: corpus.map((text) => text.attributes['name'] ?? ''),
  }
}

const maxCells = 50_000_000

function countsOf(reader: DocumentReader, holder: XmlElement, rows: number, columns: number): Float64Array {
  const matrix = childOf(holder, 'Matrix') ?? reader.fault(holder, 'element Matrix is missing')
  reader.word(matrix, 'kind', ['any'], 'any')
  if (rows * columns > maxCells)
    reader.unsupported(matrix, `${rows} documents of ${columns} terms (at most ${maxCells} cells)`)
  const counts = new Float64Array(rows * columns).fill(reader.number(matrix, 'offDiagDefault', 0))
  if (reader.number(matrix, 'diagDefault', 0) !== reader.number(matrix, 'offDiagDefault', 0))
    reader.unsupported(matrix, 'diagDefault of a matrix of documents')
  const arrays = matrix.children.filter(({ name }) => name === 'Array' || name.endsWith('SparseArray'))
  if (arrays.length > 0 && arrays.length !== rows)
    reader.fault(matrix, `has ${arrays.length} rows, expected one per TextDocument, ${rows}`)
  arrays.forEach((array, row) => {
    const numbers = numbersOf(reader, array)
    if (numbers.length !== columns)
      reader.fault(array, `has ${numbers.length} items, expected one per term, ${columns}`)
    counts.set(numbers, row * columns)
  })
  for (const cell of childrenOf(matrix, 'MatCell')) {
    const [row, column] = [reader.number(cell, 'row'), reader.number(cell, 'col')]
    if (!(row >= 1 && row <= rows && column >= 1 && column <= columns))
      reader.fault(cell, `lies at row ${row}, column ${column}, outside ${rows} by ${columns}`)
    counts[(row - 1) * columns + column - 1] = reader.numberIn(cell, cell.text, 'the cell')
  }
  return counts
}

/** Weights of terms by how they are spread over the documents (PMML-TextModel, globalTermWeights). */
function factorsOf(
  counts: Float64Array,
  documents: number,
  terms: number,
  global: (typeof globalWeights)[number],
): Float64Array {
  return Float64Array.from({ length: terms }, (_, term) => {
    let [holding, sum, squares] = [0, 0, 0]
    for (let d = 0; d < documents; d++) {
      const count = counts[d * terms + term] as number
      if (count > 0) holding++
      sum += count
      squares += count * count
    }
    if (holding === 0) return 0
    switch (global) {
      case 'none':
        return 1
      case 'inverseDocumentFrequency':
        return Math.log(documents / holding)
      case 'GFIDF':
        return sum / holding
      case 'normal':
        return 1 / Math.sqrt(squares)
      case 'probabilisticInverse':
        return holding === documents ? 0 : Math.log((documents - holding) / holding)
    }
  })
}

/** Turns counts into weights, in place. */
function weigh(row: Float64Array, local: TextModelPlan['local'], factors: Float64Array, isNormalized: boolean): void {
  const most = row.reduce((a, b) => Math.max(a, b), 0)
  let squares = 0
  for (let i = 0; i < row.length; i++) {
    const weight = localWeight(row[i] as number, local, most) * (factors[i] as number)
    row[i] = weight
    squares += weight * weight
  }
  if (isNormalized && squares > 0) for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / Math.sqrt(squares)
}

function localWeight(count: number, local: TextModelPlan['local'], most: number): number {
  if (count <= 0) return 0
  switch (local) {
    case 'termFrequency':
      return count
    case 'binary':
      return 1
    case 'logarithmic':
      return Math.log1p(count)
    case 'augmentedNormalizedTermFrequency':
      return 0.5 * (1 + count / most)
  }
}

function termsOf(scope: Scope, model: XmlElement, terms: readonly string[]): ExpressionPlan[] {
  const { reader } = scope
  const actives = [...scope.mining].filter(([, field]) => (field.attributes['usageType'] ?? 'active') === 'active')
  const slots = actives.map(([name, field]) => ({ name, slot: scope.resolve(name, field) }))
  const texts = slots.filter(({ slot }) => scope.facts(slot).type.type === 'string')
  const [text] = texts
  if (text && texts.length === 1) {
    return terms.map((term) => ({
      kind: 'textIndex',
      text: { kind: 'field', slot: text.slot, type: typeNames.string, mapMissingTo: undefined },
      term: { kind: 'constant', value: term, type: typeNames.string },
      weights: 'termFrequency',
      isCaseSensitive: false,
      maxDistance: 0,
      counts: 'allHits',
      separator: '\\s+',
      wordPattern: null,
      isTokenized: true,
      normalizations: [],
      type: typeNames.double,
    }))
  }
  const byName = new Map(slots.map(({ name, slot }) => [name, slot]))
  return terms.map((term) => {
    const slot = byName.get(term)
    if (slot === undefined || !isNumeric(scope.facts(slot).type.type))
      return reader.fault(model, `has neither one text field nor a numeric field for the term "${term}"`)
    return { kind: 'field', slot, type: scope.facts(slot).type, mapMissingTo: 0 }
  })
}

/** Opens a TextModel: documents are ranked by how similar they are to the record, the earlier one first on a tie. */
export function openTextModel(model: ModelPlan, plan: TextModelPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const getters = plan.terms.map((term) => openExpression(term, machine))
  const row = new Float64Array(getters.length)
  const affinities = new Float64Array(plan.ids.length)
  const lengths = plan.ids.map((_, d) => lengthOf(plan.documents.subarray(d * row.length, (d + 1) * row.length)))
  const sign = plan.similarity === 'cosine' ? -1 : 1
  outcome.entityIds = plan.ids
  outcome.entityNames = plan.names
  const run = (): void => {
    outcome.clear()
    outcome.affinities = null
    for (let i = 0; i < row.length; i++) row[i] = numberFrom((getters[i] as () => number)(), 'element TextModel')
    if (row.some(Number.isNaN)) return
    weigh(row, plan.local, plan.factors, plan.isNormalized)
    const length = lengthOf(row)
    // A record without any term has no angle to a document.
    if (plan.similarity === 'cosine' && length === 0) return
    for (let d = 0; d < affinities.length; d++) {
      affinities[d] =
        plan.similarity === 'cosine'
          ? cosine(row, plan.documents, d) / (length * (lengths[d] as number) || 1)
          : distance(row, plan.documents, d)
    }
    const ranks = plan.ids
      .map((_, d) => d)
      .sort((a, b) => sign * ((affinities[a] as number) - (affinities[b] as number)))
    const best = ranks[0]
    if (best === undefined) return
    outcome.affinities = affinities
    outcome.entities = ranks.map((d) => plan.ids[d] as string)
    outcome.entity = plan.ids[best]
    outcome.cell = plan.ids[best]
    outcome.display = plan.names[best] || undefined
  }
  return { outcome, run }
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
}

function cosine(row: Float64Array, documents: Float64Array, document: number): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (documents[document * row.length + i] as number)
  return sum
}

function distance(row: Float64Array, documents: Float64Array, document: number): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    const difference = (row[i] as number) - (documents[document * row.length + i] as number)
    sum += difference * difference
  }
  return Math.sqrt(sum)
}
