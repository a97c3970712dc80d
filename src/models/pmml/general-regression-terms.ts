import { arrayItems, childOf, childrenOf } from './document.ts'
import { equalCells } from './functions.ts'
import type { Machine } from './machine.ts'
import type { Scope } from './scope.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** One factor of a parameter's product: a power of a covariate, or whether a factor has a value. */
export interface TermPlan {
  readonly slot: number
  readonly isFactor: boolean
  readonly value: Cell
  /** Contrast by value, or null for a plain match. */
  readonly contrast: readonly { readonly value: Cell; readonly weight: number }[] | null
  readonly exponent: number
}

/** A factor that a parameter has in the equation of one category only. */
export interface SpecialTerm {
  readonly parameter: number
  readonly label: Cell
  readonly term: TermPlan
}

/** Terms of each parameter (PPMatrix); `labelOf` is null for a regression. */
export function planTerms(
  scope: Scope,
  model: XmlElement,
  index: ReadonlyMap<string, number>,
  labelOf: ((text: string) => Cell) | null,
): { parameters: TermPlan[][]; special: SpecialTerm[] } {
  const { reader } = scope
  const factors = new Map(
    childrenOf(childOf(model, 'FactorList') ?? model, 'Predictor').map((p) => [reader.text(p, 'name'), p]),
  )
  const terms: TermPlan[][] = Array.from(index, () => [])
  const special: SpecialTerm[] = []
  for (const cell of childrenOf(childOf(model, 'PPMatrix') ?? model, 'PPCell')) {
    const category = cell.attributes['targetCategory']
    if (category !== undefined && (labelOf === null || model.attributes['modelType'] !== 'multinomialLogistic'))
      reader.unsupported(cell, `targetCategory="${category}" in a model that has no equation per category`)
    const name = reader.text(cell, 'predictorName')
    const slot = scope.resolve(name, cell)
    const parameter = index.get(reader.text(cell, 'parameterName'))
    if (parameter === undefined)
      reader.fault(cell, `parameter "${cell.attributes['parameterName']}" is not in the ParameterList`)
    const factor = factors.get(name)
    const text = reader.text(cell, 'value')
    const { type } = scope.facts(slot)
    const term: TermPlan = {
      slot,
      isFactor: factor !== undefined,
      value: factor ? reader.cellOrText(text, type) : undefined,
      contrast:
        factor && childOf(factor, 'Matrix') ? contrastOf(scope, factor, text, (t) => reader.cellOrText(t, type)) : null,
      exponent: factor ? 1 : reader.numberIn(cell, text, 'attribute "value"'),
    }
    if (category === undefined || labelOf === null) terms[parameter as number]?.push(term)
    else special.push({ parameter: parameter as number, label: labelOf(category), term })
  }
  return { parameters: terms, special }
}

/** Column of a contrast matrix: the PPCell's value is the category of a row, or else the column's number. */
function contrastOf(
  scope: Scope,
  factor: XmlElement,
  text: string,
  cellOf: (text: string) => Cell,
): TermPlan['contrast'] {
  const { reader } = scope
  const categories = childrenOf(childOf(factor, 'Categories') ?? factor, 'Category').map((c) => reader.text(c, 'value'))
  const matrix = childOf(factor, 'Matrix') as XmlElement
  reader.word(matrix, 'kind', ['any'], 'any')
  const rows = childrenOf(matrix, 'Array').map((a) =>
    arrayItems(a.text).map((item) => reader.numberIn(a, item, 'an item')),
  )
  if (rows.length !== categories.length) reader.fault(matrix, `has ${rows.length} rows, expected ${categories.length}`)
  const column = categories.indexOf(text)
  return categories.map((category, row) => ({ value: cellOf(category), weight: rows[row]?.[column] ?? 0 }))
}

/** The product of a parameter's terms. Factors come first: where one has another value, the covariates are not read. */
export function openParameter(terms: readonly TermPlan[], machine: Machine): () => number {
  const open = (isFactor: boolean) => terms.filter((t) => t.isFactor === isFactor).map((t) => openTerm(t, machine))
  const [factors, covariates] = [open(true), open(false)]
  return () => {
    let product = 1
    for (const factor of factors) product *= factor()
    if (product === 0) return 0
    for (const covariate of covariates) product *= covariate()
    return product
  }
}

function openTerm(term: TermPlan, machine: Machine): () => number {
  if (!term.isFactor) {
    const get = machine.number(term.slot, 'element PPCell')
    const { exponent } = term
    return exponent === 1 ? get : () => get() ** exponent
  }
  const get = machine.getter(term.slot)
  const { contrast, value } = term
  return () => {
    const x = get()
    if (x === undefined) return Number.NaN
    if (contrast) return contrast.find((c) => equalCells(c.value, x))?.weight ?? 0
    return equalCells(x, value) ? 1 : 0
  }
}
