import { parseArgs } from 'node:util'
import { seeded } from '../../test/random.ts'

/** What a generated PMML document classifies, and from what. */
export interface ForestShape {
  /** Continuous fields with the range in which thresholds lie. */
  readonly fields: Readonly<Record<string, readonly [min: number, max: number]>>
  readonly target: string
  readonly labels: readonly string[]
  /** Levels of splits in each tree; a tree has `2 ** depth` leaves. */
  readonly depth: number
  /** Equal seeds give equal documents; different seeds, different thresholds and leaves. */
  readonly seed: number
}

/** The flowers of examples/iris, so that generated documents replace the models there. */
export const irisShape: ForestShape = {
  fields: { sepal_length: [4.3, 7.9], sepal_width: [2, 4.4], petal_length: [1, 6.9], petal_width: [0.1, 2.5] },
  target: 'species',
  labels: ['setosa', 'versicolor', 'virginica'],
  depth: 8,
  seed: 1,
}

/** A PMML random forest of at least `minBytes` bytes: as many trees as that takes, their probabilities averaged. */
export function forestPmml(minBytes: number, shape: ForestShape = irisShape): string {
  const random = seeded(shape.seed)
  const segments: string[] = []
  for (let bytes = 0; bytes < minBytes || segments.length === 0; ) {
    const tree = treeModel(shape, random, '')
    const segment = `<Segment id="${segments.length + 1}"><True/>\n${tree}</Segment>\n`
    segments.push(segment)
    bytes += segment.length
  }
  return documentOf(
    shape,
    `<MiningModel functionName="classification">${miningSchema(shape)}${outputs(shape)}
<Segmentation multipleModelMethod="average">
${segments.join('')}</Segmentation></MiningModel>`,
  )
}

/** A PMML document of one decision tree. */
export function treePmml(shape: ForestShape = { ...irisShape, depth: 4 }): string {
  return documentOf(shape, treeModel(shape, seeded(shape.seed), outputs(shape)))
}

type Random = () => number
type Ranges = ForestShape['fields']

function treeModel(shape: ForestShape, random: Random, output: string): string {
  return `<TreeModel functionName="classification" splitCharacteristic="binarySplit">${miningSchema(shape)}${output}
${node(shape, random, shape.fields, shape.depth, '<True/>')}</TreeModel>
`
}

/** A node that holds where `predicate` does, with what is below it. `ranges` is what is left of each field here. */
function node(shape: ForestShape, random: Random, ranges: Ranges, levels: number, predicate: string): string {
  if (levels === 0) return leaf(shape, random, predicate)
  const names = Object.keys(ranges)
  const field = names[Math.floor(random() * names.length)] as string
  const [min, max] = ranges[field] as readonly [number, number]
  const threshold = Number((min + random() * (max - min)).toFixed(4))
  const split = (operator: string) => `<SimplePredicate field="${field}" operator="${operator}" value="${threshold}"/>`
  const lower = node(shape, random, { ...ranges, [field]: [min, threshold] }, levels - 1, split('lessOrEqual'))
  const upper = node(shape, random, { ...ranges, [field]: [threshold, max] }, levels - 1, split('greaterThan'))
  return `<Node>${predicate}\n${lower}${upper}</Node>\n`
}

function leaf(shape: ForestShape, random: Random, predicate: string): string {
  const counts = shape.labels.map(() => Math.floor(random() * 50))
  const best = counts.indexOf(Math.max(...counts))
  counts[best] = (counts[best] as number) + 1
  const total = counts.reduce((sum, count) => sum + count)
  const shares = counts.map((n, i) => `<ScoreDistribution value="${shape.labels[i]}" recordCount="${n}"/>`)
  return `<Node score="${shape.labels[best]}" recordCount="${total}">${predicate}${shares.join('')}</Node>\n`
}

function miningSchema(shape: ForestShape): string {
  const fields = Object.keys(shape.fields).map((name) => `<MiningField name="${name}"/>`)
  return `<MiningSchema><MiningField name="${shape.target}" usageType="target"/>${fields.join('')}</MiningSchema>`
}

function outputs(shape: ForestShape): string {
  const fields = shape.labels.map(
    (label) =>
      `<OutputField name="probability(${label})" optype="continuous" dataType="double" feature="probability" value="${label}"/>`,
  )
  return `<Output>${fields.join('')}</Output>`
}

function documentOf(shape: ForestShape, model: string): string {
  const values = shape.labels.map((label) => `<Value value="${label}"/>`)
  const fields = Object.keys(shape.fields).map(
    (name) => `<DataField name="${name}" optype="continuous" dataType="double"/>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
<Header><Application name="millrace bench/models/forest.ts"/></Header>
<DataDictionary><DataField name="${shape.target}" optype="categorical" dataType="string">${values.join('')}</DataField>
${fields.join('\n')}</DataDictionary>
${model}
</PMML>
`
}

/** `node bench/models/forest.ts --bytes 5000000 --seed 3 > forest.pmml`; `--bytes 0` gives a single tree. */
function main(): void {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: '5000000' },
      seed: { type: 'string', default: '1' },
      depth: { type: 'string' },
    },
  })
  const bytes = Number(values.bytes)
  const depth = Number(values.depth ?? (bytes === 0 ? 4 : 8))
  const shape = { ...irisShape, seed: Number(values.seed), depth }
  process.stdout.write(bytes === 0 ? treePmml(shape) : forestPmml(bytes, shape))
}

if (import.meta.main) main()
