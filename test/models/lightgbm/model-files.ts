import { lightgbmFormat } from '../../../src/models/lightgbm/lightgbm.ts'
import type { LightgbmPlan } from '../../../src/models/lightgbm/plan.ts'
import type { PreparedModel, Scorer } from '../../../src/models/model.ts'

/** Keys of a tree by name; a value is the text after `=`. */
export type TreeKeys = Readonly<Record<string, string | number>>

/** `x0 <= 2 ? 0.5 : -0.5`, missing values go right. */
export const smallTree: TreeKeys = {
  num_leaves: 2,
  num_cat: 0,
  split_feature: 0,
  threshold: 2,
  decision_type: 8,
  left_child: -1,
  right_child: -2,
  leaf_value: '0.5 -0.5',
  shrinkage: 1,
}

/** A model text. Example: `modelText({}, [smallTree])`. A header key that is null is left out. */
export function modelText(
  header: Readonly<Record<string, string | number | null>> = {},
  trees: readonly TreeKeys[] = [smallTree],
  footer = '',
): string {
  const keys = {
    version: 'v4',
    num_class: 1,
    num_tree_per_iteration: 1,
    label_index: 0,
    max_feature_idx: 1,
    objective: 'regression',
    feature_names: 'a b',
    feature_infos: '[0:9] [0:9]',
    tree_sizes: trees.map(() => 100).join(' '),
    ...header,
  }
  const lines = Object.entries(keys).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]))
  const blocks = trees.map((tree, i) => {
    const own = Object.entries(tree).map(([key, value]) => `${key}=${value}`)
    return [`Tree=${i}`, ...own, '', ''].join('\n')
  })
  return `tree\n${lines.join('\n')}\n\n${blocks.join('\n')}end of trees\n\nfeature_importances:\na=1\n${footer}`
}

/** Prepares a model from its text, as a loader would. */
export function prepare(
  text: string | Uint8Array,
  options: Readonly<Record<string, unknown>> = {},
): Promise<PreparedModel<LightgbmPlan>> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const context = { allowsCode: false, maxArtifactBytes: 2 ** 30 }
  return lightgbmFormat.prepare({ bytes, digest: '', source: 'm.txt' }, { startIteration: 0, ...options }, context)
}

/** Prepares and opens a model, by way of a structured clone. */
export async function open(
  text: string | Uint8Array,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Scorer> {
  return lightgbmFormat.open(structuredClone(await prepare(text, options)))
}

/** Predictions of rows as plain numbers. */
export async function predict(
  text: string,
  rows: readonly (readonly number[])[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<number[]> {
  const scorer = await open(text, options)
  return [...(scorer.predict?.(Float64Array.from(rows.flat()), rows.length, { output: 'value' }) ?? [])]
}
