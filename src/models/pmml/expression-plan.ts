// Over 400 lines: one function per expression element, all of them calling each other.
import { closest } from '../../config/closest.ts'
import { RegexFault } from '../patterns/regex-parse.ts'
import { TextPattern } from '../patterns/text-pattern.ts'
import { childOf, childrenOf, columnNamed, type DocumentReader, tableRows } from './document.ts'
import { mapKeyOf } from './expressions.ts'
import { readInterval } from './fields.ts'
import { builtIn, builtInNames, resultType } from './functions.ts'
import { planLag } from './lag.ts'
import { comparisons, type ExpressionPlan, type InputPlan, type TextIndexPlan, typeNames } from './plan.ts'
import type { Scope } from './scope.ts'
import { type Cell, cast, NOT_CAST, parseNumber, type TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** Names of elements that are expressions. */
export const expressionNames: ReadonlySet<string> = new Set([
  'Constant',
  'FieldRef',
  'NormContinuous',
  'NormDiscrete',
  'Discretize',
  'MapValues',
  'TextIndex',
  'Apply',
  'Aggregate',
  'Lag',
])

/** Parameters of the user function whose body is planned: name to slot and type. */
export type Parameters = ReadonlyMap<string, { readonly slot: number; readonly type: TypeName | null }>

/** Elements that stand beside an expression. */
const companionNames: ReadonlySet<string> = new Set(['Extension', 'Value', 'Interval', 'ParameterField', 'Decisions'])

/** Plans the expression inside `parent` (a DerivedField, OutputField, function, …). */
export function planExpression(scope: Scope, parent: XmlElement, parameters: Parameters | null): ExpressionPlan {
  for (const child of parent.children) {
    if (expressionNames.has(child.name)) return planOne(scope, child, parameters)
    if (!companionNames.has(child.name)) scope.reader.unsupported(child, `expression ${child.name}`)
  }
  return scope.reader.fault(parent, 'holds no expression')
}

/** Plans one expression element. */
export function planOne(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  return scope.planner.within(element, () => {
    switch (element.name) {
      case 'Constant':
        return planConstant(scope, element)
      case 'FieldRef':
        return planFieldRef(scope, element, parameters)
      case 'NormContinuous':
        return planNormContinuous(scope, element, parameters)
      case 'NormDiscrete':
        return planNormDiscrete(scope, element, parameters)
      case 'Discretize':
        return planDiscretize(scope, element, parameters)
      case 'MapValues':
        return planMapValues(scope, element, parameters)
      case 'TextIndex':
        return planTextIndex(scope, element, parameters)
      case 'Apply':
        return planApply(scope, element, parameters)
      case 'Aggregate':
        return planAggregate(scope, element, parameters)
      default:
        return planLag(scope, element, parameters !== null)
    }
  })
}

/** The type of a constant that does not declare one: integer, double or string by its look. */
function constantType(text: string): TypeName {
  if (/^\s*[+-]?\d{1,18}\s*$/.test(text)) return typeNames.integer
  return parseNumber(text) === null ? typeNames.string : typeNames.double
}

function planConstant(scope: Scope, element: XmlElement): ExpressionPlan {
  const text = element.text
  const type = scope.reader.dataType(element, constantType(text))
  if (scope.reader.flag(element, 'missing', false)) return { kind: 'constant', value: undefined, type }
  return { kind: 'constant', value: scope.reader.cell(element, text, type), type }
}

function slotOf(scope: Scope, element: XmlElement, parameters: Parameters | null): { slot: number; type: TypeName } {
  const name = scope.reader.text(element, 'field')
  const parameter = parameters?.get(name)
  if (parameter) return { slot: parameter.slot, type: parameter.type ?? scope.facts(parameter.slot).type }
  const slot = scope.resolve(name, element)
  return { slot, type: scope.facts(slot).type }
}

function optionalCell(scope: Scope, element: XmlElement, attribute: string, type: TypeName): Cell {
  const text = element.attributes[attribute]
  return text === undefined ? undefined : scope.reader.cellOrText(text, type)
}

function planFieldRef(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { slot, type } = slotOf(scope, element, parameters)
  return { kind: 'field', slot, type, mapMissingTo: optionalCell(scope, element, 'mapMissingTo', type) }
}

/** The slot of a FieldRef outside an expression; one that maps missing values is a slot of its own. */
export function planReference(scope: Scope, element: XmlElement): number {
  const expression = planFieldRef(scope, element, null)
  if (expression.kind !== 'field') return scope.reader.fault(element, 'is no field')
  const { slot, type, mapMissingTo } = expression
  if (mapMissingTo === undefined) return slot
  const facts = scope.facts(slot)
  return scope.planner.slot({ kind: 'derived', name: facts.name, type, from: type, expression }, facts)
}

function planNormContinuous(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { reader } = scope
  const points = childrenOf(element, 'LinearNorm')
  if (points.length < 2) reader.fault(element, `has ${points.length} LinearNorm, expected two or more`)
  points.forEach((point, i) => {
    if (i > 0 && reader.number(point, 'orig') <= reader.number(points[i - 1] as XmlElement, 'orig'))
      reader.fault(
        point,
        `attribute "orig" is ${point.attributes['orig']}, expected more than that of the LinearNorm before it`,
      )
  })
  return {
    kind: 'normContinuous',
    slot: slotOf(scope, element, parameters).slot,
    orig: points.map((point) => reader.number(point, 'orig')),
    norm: points.map((point) => reader.number(point, 'norm')),
    outliers: reader.word(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues'], 'asIs'),
    mapMissingTo: optionalCell(scope, element, 'mapMissingTo', typeNames.double),
    type: typeNames.double,
  }
}

function planNormDiscrete(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { slot, type } = slotOf(scope, element, parameters)
  return {
    kind: 'normDiscrete',
    slot,
    value: scope.reader.cellOrText(scope.reader.text(element, 'value'), type),
    mapMissingTo: optionalCell(scope, element, 'mapMissingTo', typeNames.double),
    type: typeNames.double,
  }
}

function planDiscretize(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const type = scope.reader.dataType(element, typeNames.string)
  const source = slotOf(scope, element, parameters)
  const bins = childrenOf(element, 'DiscretizeBin').map((bin) => {
    const interval = childOf(bin, 'Interval') ?? scope.reader.fault(bin, 'element Interval is missing')
    return {
      interval: readInterval(scope.reader, interval, source.type),
      value: scope.reader.cellOrText(scope.reader.text(bin, 'binValue'), type),
    }
  })
  return {
    kind: 'discretize',
    slot: source.slot,
    bins,
    defaultValue: optionalCell(scope, element, 'defaultValue', type),
    mapMissingTo: optionalCell(scope, element, 'mapMissingTo', type),
    type,
  }
}

function planMapValues(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { reader } = scope
  const type = reader.dataType(element, typeNames.string)
  const output = columnNamed(reader.text(element, 'outputColumn'))
  const pairs = childrenOf(element, 'FieldColumnPair').map((pair) => ({
    ...slotOf(scope, pair, parameters),
    column: columnNamed(reader.text(pair, 'column')),
  }))
  const table = tableRows(reader, element)
  for (const column of table.length > 0 ? [output, ...pairs.map((pair) => pair.column)] : []) {
    if (!table.some((row) => row.has(column))) reader.fault(element, `no row of the table has the column "${column}"`)
  }
  // The first of several rows with a key counts; a row without a key's cell matches nothing.
  const rows = new Map<string, Cell>()
  for (const row of table) {
    const texts = pairs.map((pair) => row.get(pair.column))
    if (texts.includes(undefined)) continue
    const key = pairs.map((pair, i) => mapKeyOf(reader.cellOrText(texts[i] as string, pair.type))).join('')
    if (!rows.has(key)) rows.set(key, cellOrMissing(row.get(output), type))
  }
  return {
    kind: 'mapValues',
    slots: pairs.map((pair) => pair.slot),
    keys: [...rows.keys()],
    values: [...rows.values()],
    defaultValue: cellOrMissing(element.attributes['defaultValue'], type),
    mapMissingTo: cellOrMissing(element.attributes['mapMissingTo'], type),
    type,
  }
}

/** A table's cell; one that its declared type does not hold gives no value. */
function cellOrMissing(text: string | undefined, type: TypeName): Cell {
  const value = text === undefined ? undefined : cast(text, type)
  return value === NOT_CAST ? undefined : value
}

function planApply(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { reader, planner } = scope
  const name = reader.text(element, 'function')
  const args = element.children
    .filter((child) => child.name !== 'Extension')
    .map((child) =>
      expressionNames.has(child.name)
        ? planOne(scope, child, parameters)
        : reader.unsupported(child, `expression ${child.name}`),
    )
  const place = `function "${name}"`
  if (comparing.has(name)) castDates(reader, element, args)
  const missingText = element.attributes['mapMissingTo']
  const defaultText = element.attributes['defaultValue']
  const treatment = reader.word(
    element,
    'invalidValueTreatment',
    ['returnInvalid', 'asIs', 'asMissing'],
    'returnInvalid',
  )
  const literal = (text: string | undefined, type: TypeName | null): Cell =>
    text === undefined ? undefined : reader.cellOrText(text, type ?? constantType(text))
  const defined = planner.functions.get(name)
  if (!defined) {
    const known = builtIn(name)
    if (!known) {
      const hint = closest(name, [...planner.functions.keys(), ...builtInNames()])
      return reader.unsupported(element, hint.startsWith('; did') ? `${place} (${hint.slice(2)})` : place)
    }
    if (args.length < known.min || args.length > known.max) {
      const expected =
        known.min === known.max
          ? `${known.min}`
          : `${known.min} to ${known.max === Number.POSITIVE_INFINITY ? 'any number' : known.max}`
      reader.fault(
        element,
        `${place} has ${args.length} ${args.length === 1 ? 'argument' : 'arguments'}, expected ${expected}`,
      )
    }
    const pattern = args[1]
    if ((known.name === 'matches' || known.name === 'replace') && pattern?.kind === 'constant')
      checkPattern(reader, element, String(pattern.value))
    const type = resultType(known, args)
    return {
      kind: 'apply',
      name: known.name,
      args,
      mapMissingTo: literal(missingText, type),
      defaultValue: literal(defaultText, type),
      invalidAsMissing: treatment === 'asMissing',
      order: orderOf(scope, args),
      domain: known.name === 'isValid' || known.name === 'isNotValid' ? domainOf(scope, args[0]) : null,
      place,
      type,
    }
  }
  return planCall(scope, element, defined, args, (type) => [literal(missingText, type), literal(defaultText, type)])
}

const comparing: ReadonlySet<string> = new Set([...comparisons, 'isIn', 'isNotIn'])

/** Text constants beside a date are dates. */
function castDates(reader: DocumentReader, element: XmlElement, args: ExpressionPlan[]): void {
  const dated = args.map((arg) => arg.type).find((type) => type !== null && /^date|^time/.test(type.type))
  if (!dated) return
  args.forEach((arg, i) => {
    if (arg.kind !== 'constant' || typeof arg.value !== 'string') return
    args[i] = { kind: 'constant', value: reader.cell(element, arg.value, dated), type: dated }
  })
}

/** Domain of the field that isValid asks about, or null for anything but a field of the record. */
function domainOf(scope: Scope, arg: ExpressionPlan | undefined): InputPlan | null {
  if (arg?.kind !== 'field') return null
  const plan = scope.planner.slots[arg.slot]
  if (plan?.kind === 'treated') return plan.treatment
  return scope.planner.inputs.find((input) => input.slot === arg.slot) ?? null
}

/** Refuses a pattern that cannot be run, or not in bounded time. */
function checkPattern(reader: DocumentReader, element: XmlElement, pattern: string): void {
  try {
    new TextPattern(pattern, false)
  } catch (thrown) {
    if (!(thrown instanceof RegexFault)) throw thrown
    const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern
    reader.unsupported(element, `the regular expression "${shown}" (${thrown.message})`)
  }
}

/** The declared order of values when both arguments of a comparison are ordinal. */
function orderOf(scope: Scope, args: readonly ExpressionPlan[]): readonly Cell[] | null {
  const first = args.find((arg) => arg.kind === 'field')
  const facts = first && scope.facts(first.slot)
  return facts?.optype === 'ordinal' ? facts.order : null
}

function planCall(
  scope: Scope,
  element: XmlElement,
  defined: XmlElement,
  args: readonly ExpressionPlan[],
  literals: (type: TypeName | null) => [Cell, Cell],
): ExpressionPlan {
  const { reader, planner } = scope
  const name = reader.text(defined, 'name')
  if (planner.calls.includes(name)) reader.fault(element, `function "${name}" calls itself`)
  const fields = childrenOf(defined, 'ParameterField')
  if (fields.length !== args.length) {
    reader.fault(
      element,
      `function "${name}" has ${args.length} ${args.length === 1 ? 'argument' : 'arguments'}, expected ${fields.length}`,
    )
  }
  const parameters = new Map<string, { slot: number; type: TypeName | null }>()
  const planned = fields.map((field, i) => {
    const value = args[i] as ExpressionPlan
    const declared = field.attributes['dataType'] ? reader.dataType(field) : null
    const type = declared ?? value.type ?? typeNames.string
    const slot = planner.slot(
      { kind: 'given' },
      { name: reader.text(field, 'name'), type, optype: 'continuous', order: null },
    )
    parameters.set(reader.text(field, 'name'), { slot, type })
    return { slot, value, type: declared }
  })
  planner.calls.push(name)
  try {
    const body = planExpression(scope, defined, parameters)
    const declared = defined.attributes['dataType'] ? reader.dataType(defined) : null
    const type = declared ?? body.type
    const [mapMissingTo, defaultValue] = literals(type)
    return {
      kind: 'call',
      parameters: planned,
      body,
      mapMissingTo,
      defaultValue,
      from: body.type,
      type,
      place: `function "${name}"`,
    }
  } finally {
    planner.calls.pop()
  }
}

function planTextIndex(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { reader } = scope
  const name = reader.text(element, 'textField')
  const parameter = parameters?.get(name)
  const slot = parameter?.slot ?? scope.resolve(name, element)
  const term = element.children.find((child) => expressionNames.has(child.name))
  if (!term) return reader.fault(element, 'holds no term')
  const isCaseSensitive = reader.flag(element, 'isCaseSensitive', false)
  for (const name of ['wordSeparatorCharacterRE', 'x-wordRE', 'wordRE']) {
    const pattern = element.attributes[name]
    if (pattern !== undefined) checkPattern(reader, element, pattern)
  }
  const plan: TextIndexPlan = {
    kind: 'textIndex',
    text: { kind: 'field', slot, type: typeNames.string, mapMissingTo: undefined },
    term: planOne(scope, term, parameters),
    weights: reader.word(
      element,
      'localTermWeights',
      ['termFrequency', 'binary', 'logarithmic', 'augmentedNormalizedTermFrequency'],
      'termFrequency',
    ),
    isCaseSensitive,
    maxDistance: reader.number(element, 'maxLevenshteinDistance', 0),
    counts: reader.word(element, 'countHits', ['allHits', 'bestHits'], 'allHits'),
    separator: element.attributes['wordSeparatorCharacterRE'] ?? '\\s+',
    wordPattern: element.attributes['x-wordRE'] ?? element.attributes['wordRE'] ?? null,
    isTokenized: reader.flag(element, 'tokenize', true),
    normalizations: childrenOf(element, 'TextIndexNormalization').map((normalization) => {
      const from = columnNamed(normalization.attributes['inField'] ?? 'string')
      const to = columnNamed(normalization.attributes['outField'] ?? 'stem')
      for (const name of ['tokenize', 'wordSeparatorCharacterRE']) {
        const own = normalization.attributes[name]
        if (own !== undefined && own !== element.attributes[name])
          reader.unsupported(normalization, `${name}="${own}" other than that of its TextIndex`)
      }
      const regex = columnNamed(normalization.attributes['regexField'] ?? 'regex')
      return {
        rows: tableRows(reader, normalization).map((row) => {
          const isRegex = /^(true|1)$/i.test((row.get(regex) ?? '').trim())
          if (isRegex) checkPattern(reader, normalization, row.get(from) ?? '')
          return { from: row.get(from) ?? '', to: row.get(to) ?? '', isRegex }
        }),
        isCaseSensitive: reader.flag(normalization, 'isCaseSensitive', isCaseSensitive),
        isRecursive: reader.flag(normalization, 'recursive', false),
      }
    }),
    type: typeNames.double,
  }
  return plan
}

function planAggregate(scope: Scope, element: XmlElement, parameters: Parameters | null): ExpressionPlan {
  const { reader } = scope
  const group = element.attributes['groupField']
  if (element.attributes['sqlWhere'] !== undefined) reader.unsupported(element, 'sqlWhere')
  const { slot, type } = slotOf(scope, element, parameters)
  const name = reader.word(element, 'function', ['count', 'sum', 'average', 'min', 'max', 'multiset'])
  const result = name === 'count' ? typeNames.integer : name === 'sum' || name === 'average' ? typeNames.double : type
  scope.planner.lists.add(slot)
  const groupSlot = group === undefined ? -1 : scope.resolve(group, element)
  return { kind: 'aggregate', slot, groupSlot, function: name, type: result }
}
