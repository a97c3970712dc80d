// Question: what does it cost, per number, to make a tensor of records and a prediction of a tensor?
//
//   node bench/tensors.ts
import { openFeatures, openMatrix, planFeatures } from '../src/models/tensors/feature-mapping.ts'
import { openPredictions, planPredictions } from '../src/models/tensors/predictions.ts'
import type { RecordValue } from '../src/schema/value.ts'
import { compare, median, type Samples } from './trial.ts'

const columns = Array.from({ length: 11 }, (_, i) => `feature ${i}`)
const batches = [1, 256]
const rounds = 21

/** Nanoseconds per number, median of rounds of 3 ms or so, after warm-up. */
function nsPer(numbers: number, work: () => void): number {
  const calls = Math.max(1, Math.round(1_000_000 / numbers))
  for (let i = 0; i < calls; i++) work()
  return median(
    Array.from({ length: rounds }, () => {
      const start = performance.now()
      for (let i = 0; i < calls; i++) work()
      return ((performance.now() - start) * 1e6) / (calls * numbers)
    }),
  )
}

function records(count: number, cell: (i: number, k: number) => number | string): RecordValue[] {
  return Array.from({ length: count }, (_, i) => Object.fromEntries(columns.map((name, k) => [name, cell(i, k)])))
}

function read(dtype: 'float32' | 'int64', cell: (i: number, k: number) => number | string): Samples {
  const { plan } = planFeatures(undefined, [{ name: 'x', dtype, shape: [null, columns.length], columns }], 'bench')
  const reader = openFeatures(plan, { isReused: true })
  return Object.fromEntries(
    batches.map((rows) => {
      const batch = records(rows, cell)
      return [`ns_${rows}`, nsPer(rows * columns.length, () => reader.read(batch))]
    }),
  )
}

function matrix(): Samples {
  const { plan } = planFeatures(
    undefined,
    [{ name: 'x', dtype: 'float64', shape: [null, columns.length], columns }],
    'bench',
  )
  const reader = openMatrix(plan)
  return Object.fromEntries(
    batches.map((rows) => {
      const batch = records(rows, (i, k) => i * 0.5 + k)
      return [`ns_${rows}`, nsPer(rows * columns.length, () => reader.read(batch))]
    }),
  )
}

function lists(): Samples {
  const width = 784
  const { plan } = planFeatures(undefined, [{ name: 'x', dtype: 'float32', shape: [null, width] }], 'bench')
  const reader = openFeatures(plan, { isReused: true })
  const buffer = new Float32Array(64 * width)
  const views = Array.from({ length: 64 }, (_, i) => ({ x: buffer.subarray(i * width, (i + 1) * width) }))
  const copies = views.map(({ x }) => ({ x: x.slice() }))
  const plain = views.map(({ x }) => ({ x: Array.from(x, (_, k) => k * 0.5) }))
  const time = (batch: readonly RecordValue[]) => nsPer(64 * width, () => reader.read(batch))
  return { ns_views: time(views), ns_typed: time(copies), ns_plain: time(plain) }
}

function write(): Samples {
  const { plan } = planPredictions(
    [{ name: 'class', from: 'p', classes: ['a', 'b', 'c'] }, 'p'],
    [{ name: 'p', dtype: 'float32', shape: [null, 3] }],
    'bench',
  )
  const writer = openPredictions(plan)
  return Object.fromEntries(
    batches.map((rows) => {
      const data = Float32Array.from({ length: rows * 3 }, (_, i) => ((i * 7919) % 1000) / 1001)
      const outputs = { p: { dtype: 'float32', shape: [rows, 3], data } } as const
      const predictions: (RecordValue | null)[] = new Array(rows).fill(null)
      return [`ns_${rows}`, nsPer(rows * 3, () => writer.write(outputs, { rows, index: null }, predictions))]
    }),
  )
}

await compare(
  import.meta.filename,
  'tensors',
  {
    'float32 columns': async () => read('float32', (i, k) => i * 0.5 + k),
    'int64 columns': async () => read('int64', (i, k) => i + k),
    'text columns': async () => read('float32', (i, k) => String(i * 0.5 + k)),
    matrix: async () => matrix(),
    'lists of 784': async () => lists(),
    predictions: async () => write(),
  },
  5,
)
