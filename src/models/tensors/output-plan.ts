import { closest } from '../../config/closest.ts'
import { json, list } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Dtype, Feature } from '../../schema/signature.ts'
import { quoted } from './cells.ts'
import type { ModelOutput } from './predictions.ts'

/** A class as predictions show it. */
export type Label = string | number | boolean

/** One member of a prediction: which output it is made of, and how. */
export interface OutputPlan {
  readonly name: string
  /** Index of the model's output. */
  readonly output: number
  /**
   * `value`: the output as it is. `column`: one number of its list, or the entry of its map. `class`: the label of the greatest number of a list
   * or map, of a class number, or of a probability. `members`: a list as an object with these names.
   */
  readonly show:
    | { readonly kind: 'value' }
    | { readonly kind: 'column'; readonly column: number | string }
    | { readonly kind: 'class'; readonly classes: readonly Label[] | null; readonly threshold: number }
    | { readonly kind: 'members'; readonly names: readonly string[] }
}

/** The option `outputs` of formats whose models give tensors; see docs/guide/features.md. */
export const outputOptions = {
  outputs: list(json({ summary: 'a name of an output, or `{name, from, classes, threshold, column, members}`' }), {
    summary: 'What predictions are made of, by default all outputs of the model under its own names',
    isOptional: true,
    examples: [[{ name: 'species', from: 'probabilities', classes: ['setosa', 'versicolor', 'virginica'] }]],
  }),
} as const

const keys = ['name', 'from', 'classes', 'threshold', 'column', 'members', 'largest']

/** Members of predictions by the option `outputs`. Throws MODEL_FEATURES_WRONG where they cannot be made of the model's outputs. */
export function planOutputs(
  given: readonly unknown[] | undefined,
  outputs: readonly ModelOutput[],
  source: string,
): readonly OutputPlan[] {
  if (given === undefined || given.length === 0)
    return outputs.map(({ name }, output) => ({ name, output, show: { kind: 'value' } }))
  const plans = given.map((entry, i) => planOutput(entry, outputs, { source, place: `outputs[${i}]` }))
  plans.forEach(({ name }, i) => {
    if (plans.findIndex((plan) => plan.name === name) < i)
      throw wrong({ source, place: `outputs[${i}]` }, `the name "${name}" is given twice`)
  })
  return plans
}

interface Place {
  readonly source: string
  readonly place: string
}

function wrong({ source, place }: Place, reason: string): MillraceError {
  return new MillraceError('MODEL_FEATURES_WRONG', { source, place, reason })
}

function planOutput(given: unknown, outputs: readonly ModelOutput[], place: Place): OutputPlan {
  const entry = typeof given === 'string' ? { name: given } : given
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw wrong(place, `it is ${quoted(given)}, expected the name of an output or an object`)
  const { name, from, ...rest } = entry as Record<string, unknown>
  for (const key of Object.keys(rest))
    if (!keys.includes(key)) throw wrong(place, `"${key}" is unknown${closest(key, keys)}`)
  if (typeof name !== 'string') throw wrong(place, `"name" is ${quoted(name)}, expected text`)
  const names = outputs.map((output) => output.name)
  // A model of one output needs not be told which.
  const wanted = from ?? (names.includes(name) || outputs.length > 1 ? name : names[0])
  const output = names.indexOf(wanted as string)
  if (output < 0) throw wrong(place, `the model has no output ${quoted(wanted)}${closest(String(wanted), names)}`)
  const show = readShow(rest, place)
  checkShow(show, outputs[output] as ModelOutput, place)
  return { name, output, show }
}

function readShow(rest: Record<string, unknown>, place: Place): OutputPlan['show'] {
  const { classes, threshold, column, members, largest } = rest
  const said = ['classes', 'column', 'members'].filter((key) => rest[key] !== undefined)
  if (said.length > 1)
    throw wrong(place, `it has ${said.map((key) => `"${key}"`).join(' and ')}, of which one is allowed`)
  if (largest !== undefined && largest !== true) throw wrong(place, `"largest" is ${quoted(largest)}, expected true`)
  if (threshold !== undefined && (classes === undefined || typeof threshold !== 'number'))
    throw wrong(place, '"threshold" is a number and needs "classes"')
  if (classes !== undefined || largest) {
    const isLabels =
      classes === undefined ||
      (Array.isArray(classes) &&
        classes.length > 0 &&
        new Set(classes).size === classes.length &&
        classes.every(isLabel))
    if (!isLabels || column !== undefined || members !== undefined)
      throw wrong(place, `"classes" is ${quoted(classes)}, expected a list of different labels`)
    return { kind: 'class', classes: (classes as Label[] | undefined) ?? null, threshold: (threshold as number) ?? 0.5 }
  }
  if (column !== undefined) {
    if (typeof column !== 'string' && !(Number.isSafeInteger(column) && (column as number) >= 0))
      throw wrong(place, `"column" is ${quoted(column)}, expected a number from 0, or a label of a map`)
    return { kind: 'column', column: column as number }
  }
  if (members === undefined) return { kind: 'value' }
  if (
    !Array.isArray(members) ||
    !members.every((one) => typeof one === 'string') ||
    new Set(members).size < members.length
  )
    throw wrong(place, `"members" is ${quoted(members)}, expected a list of different names`)
  return { kind: 'members', names: members }
}

function isLabel(label: unknown): label is Label {
  return typeof label === 'string' || typeof label === 'boolean' || Number.isFinite(label)
}

/** What can be told before the model has run. */
function checkShow(show: OutputPlan['show'], output: ModelOutput, place: Place): void {
  if (show.kind === 'value') return
  const { name, dtype, kind } = output
  const shape = shapeByRecord(output)
  if (kind === 'tensors' || kind === 'parts')
    throw wrong(place, `output "${name}" is a sequence of tensors, which is shown as it is`)
  if (dtype === 'string' && show.kind === 'class')
    throw wrong(place, `output "${name}" gives text, which has no classes`)
  if (kind === 'maps') {
    if (show.kind === 'members') throw wrong(place, `output "${name}" gives maps, whose members have names already`)
    return
  }
  const width = shape === null ? null : shape.length < 2 ? 1 : shape.length === 2 ? (shape[1] ?? null) : -1
  if (width === -1) throw wrong(place, `output "${name}" gives tables, which are shown as they are`)
  if (width === null) return
  if (show.kind === 'column' && (typeof show.column === 'string' || show.column >= width))
    throw wrong(place, `output "${name}" has the columns 0 to ${width - 1}`)
  if (show.kind === 'members' && show.names.length !== width)
    throw wrong(place, `it has ${show.names.length} members and output "${name}" has ${width} columns`)
  if (show.kind === 'class' && show.classes && width > 1 && show.classes.length !== width)
    throw wrong(place, `it has ${show.classes.length} classes and output "${name}" has ${width} columns`)
}

/** The declared shape with records along the first dimension. */
function shapeByRecord({ shape, batchAxis }: ModelOutput): ModelOutput['shape'] {
  if (shape === null || batchAxis === undefined) return shape
  const [first = null, batch = null, ...rest] = shape
  return [batch, first, ...rest]
}

/** The member as an output of the signature. */
export function featureOf({ name, output, show }: OutputPlan, outputs: readonly ModelOutput[]): Feature {
  const declared = outputs[output] as ModelOutput
  const { dtype, kind } = declared
  const shape = shapeByRecord(declared)
  const part = shape === null ? [] : shape.length === 2 && shape[1] === 1 ? [] : shape.slice(1)
  const feature = { name, isOptional: true, shape: [] }
  switch (show.kind) {
    case 'class': {
      const { classes } = show
      if (classes === null) return { ...feature, dtype: kind === 'maps' ? 'any' : 'int64' }
      return { ...feature, dtype: dtypeOf(classes), domain: { values: classes } }
    }
    case 'column':
      return { ...feature, dtype }
    case 'members':
      return { ...feature, dtype: 'any' }
    case 'value':
      return kind === 'maps' || kind === 'tensors' || kind === 'parts' || shape === null
        ? { ...feature, dtype: 'any' }
        : { ...feature, dtype, shape: part }
    default:
      return show satisfies never
  }
}

function dtypeOf(classes: readonly Label[]): Dtype {
  const types = new Set(classes.map((label) => typeof label))
  if (types.size > 1) return 'any'
  if (types.has('string')) return 'string'
  if (types.has('boolean')) return 'boolean'
  return classes.every((label) => Number.isSafeInteger(label)) ? 'int64' : 'float64'
}
