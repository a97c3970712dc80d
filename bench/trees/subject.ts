// One ensemble in one process of Node, driven by bench/trees.ts through lines as harness.c is.
//
//   node bench/trees/subject.ts FOLDER FEATURES TARGETS
//   check      answers the largest difference from margins.f64
//   ROWS MS    scores batches of ROWS rows for MS milliseconds, answers nanoseconds per row: elapsed, of the thread's CPU
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Ensemble, EnsembleBuilder, failsBeside, openEnsemble } from '../../src/models/trees/ensemble.ts'

const ALL = 4096
const [folder = '', featuresText = '', targetsText = ''] = process.argv.slice(2)
const features = Number(featuresText)
const targets = Number(targetsText)

const floats = readFileSync(join(folder, 'rows.f32'))
const matrix = Float64Array.from(new Float32Array(floats.buffer, floats.byteOffset, ALL * features))
const wanted = readFileSync(join(folder, 'margins.f64'))
const expected = new Float64Array(wanted.buffer.slice(wanted.byteOffset, wanted.byteOffset + wanted.length))

interface XgboostTree {
  readonly left_children: readonly number[]
  readonly right_children: readonly number[]
  readonly split_indices: readonly number[]
  readonly split_conditions: readonly number[]
  readonly default_left: readonly number[]
}

/** Reads what the models of the benchmark need, no more. */
function fromXgboost(text: string): { readonly ensemble: Ensemble; readonly base: number[] } {
  const { learner } = JSON.parse(text)
  const { trees, tree_info: info } = learner.gradient_booster.model
  const builder = new EnsembleBuilder({ features, targets, precision: 'float32', leafWidth: 1 })
  for (const [t, tree] of (trees as XgboostTree[]).entries()) {
    const fill = (node: number, place: number, depth: number): void => {
      const left = tree.left_children[node] as number
      const value = tree.split_conditions[node] as number
      if (left === -1) {
        builder.leaf(place, depth, value)
        return
      }
      const missing = tree.default_left[node] ? 'holds' : 'fails'
      const holds = builder.test(place, tree.split_indices[node] as number, '<', value, missing)
      fill(left, holds, depth + 1)
      fill(tree.right_children[node] as number, failsBeside(holds, missing), depth + 1)
    }
    fill(0, builder.root(info[t]), 0)
  }
  const base = String(learner.learner_model_param.base_score).replace(/[[\]]/g, '').split(',').map(Number)
  return { ensemble: builder.finish(), base: Array.from({ length: targets }, (_, i) => base[i] ?? (base[0] as number)) }
}

interface LightgbmNode {
  readonly leaf_value?: number
  readonly split_feature: number
  readonly threshold: number
  readonly default_left: boolean
  readonly missing_type: string
  readonly left_child: LightgbmNode
  readonly right_child: LightgbmNode
}

function fromLightgbm(text: string): { readonly ensemble: Ensemble; readonly base: number[] } {
  const builder = new EnsembleBuilder({ features, targets, precision: 'float64', leafWidth: 1 })
  const fill = (node: LightgbmNode, place: number, depth: number): void => {
    if (node.leaf_value !== undefined) {
      builder.leaf(place, depth, node.leaf_value)
      return
    }
    const missing = node.default_left ? 'holds' : 'fails'
    const treatment = node.missing_type === 'None' ? 'missingIsZero' : 'plain'
    const holds = builder.test(place, node.split_feature, '<=', node.threshold, missing, treatment)
    fill(node.left_child, holds, depth + 1)
    fill(node.right_child, failsBeside(holds, missing), depth + 1)
  }
  for (const [t, tree] of JSON.parse(text).tree_info.entries()) fill(tree.tree_structure, builder.root(t % targets), 0)
  return { ensemble: builder.finish(), base: new Array<number>(targets).fill(0) }
}

const isXgboost = existsSync(join(folder, 'model.json'))
const started = performance.now()
const text = readFileSync(join(folder, isXgboost ? 'model.json' : 'dump.json'), 'utf8')
const { ensemble, base } = isXgboost ? fromXgboost(text) : fromLightgbm(text)
const built = performance.now()
const engine = openEnsemble(ensemble)
process.stderr.write(`built ${(built - started).toFixed(0)} ms, opened ${(performance.now() - built).toFixed(1)} ms\n`)
const margins = new Float64Array(ALL * targets)
let next = 0

function scoreBatch(rows: number): void {
  if (next + rows > ALL) next = 0
  for (let row = 0; row < rows; row++) for (let t = 0; t < targets; t++) margins[row * targets + t] = base[t] as number
  engine.add(matrix.subarray(next * features, (next + rows) * features), rows, margins)
  next += rows
}

function time(rows: number, ms: number): string {
  const cpu = process.threadCpuUsage()
  const start = performance.now()
  let done = 0
  let now: number
  do {
    for (let i = 0; i < Math.max(1, 32 / rows); i++) {
      scoreBatch(rows)
      done += rows
    }
    now = performance.now()
  } while (now < start + ms)
  const used = process.threadCpuUsage(cpu)
  return `${(((now - start) * 1e6) / done).toFixed(3)} ${(((used.user + used.system) * 1e3) / done).toFixed(3)}`
}

function check(): string {
  next = 0
  scoreBatch(ALL)
  let largest = 0
  for (const [i, margin] of margins.entries()) largest = Math.max(largest, Math.abs(margin - (expected[i] as number)))
  return String(largest)
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [rows = '', ms = ''] = line.split(' ')
  process.stdout.write(`${rows === 'check' ? check() : time(Number(rows), Number(ms))}\n`)
}
