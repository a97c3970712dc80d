import { childAmong, childOf, childrenOf } from './document.ts'
import { eliminationOrder, type Factor } from './elimination.ts'
import { rewritten } from './embedded.ts'
import { planExpression } from './expression-plan.ts'
import type { ExpressionPlan } from './plan.ts'
import { Scope } from './scope.ts'
import type { Cell, TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A BayesianNetworkModel, as far as its inputs and target depend on each other (PMML 4.3, Bayesian Network). */
export interface BayesianNetworkPlan {
  readonly kind: 'bayesianNetwork'
  readonly variables: readonly VariablePlan[]
  /** Conditional probabilities of discrete nodes. */
  readonly factors: readonly Factor[]
  /** Continuous nodes whose values are inputs: how likely these are under each combination of the parents' values. */
  readonly observed: readonly ContinuousPlan[]
  /** Variables to sum out, first to last. */
  readonly order: readonly number[]
  /** The target itself, or the parents of a continuous target. */
  readonly kept: readonly number[]
  /** A continuous target, or null. */
  readonly target: ContinuousPlan | null
}

/** A discrete variable. */
export interface VariablePlan {
  /** Slot of the value, or -1 when it is never an input. */
  readonly slot: number
  readonly values: readonly Cell[]
  /** True for parents that are no nodes: without their value there is no result. */
  readonly isGiven: boolean
}

/** A continuous node. */
export interface ContinuousPlan {
  /** Slot of the value, or -1 for the target. */
  readonly slot: number
  readonly parents: readonly number[]
  /** One for each combination of the parents' values, the last parent's changing fastest. */
  readonly rows: readonly DistributionPlan[]
}

export type DistributionPlan =
  | { readonly kind: 'normal'; readonly mean: ExpressionPlan; readonly variance: ExpressionPlan }
  | { readonly kind: 'uniform'; readonly lower: ExpressionPlan; readonly upper: ExpressionPlan }

/** Entries of a table at the most, of one node or on the way to an answer. */
const maxTable = 1 << 20
/** Nodes at the most: ordering them takes time with the square of their number. */
const maxNodes = 2000

/** Plans a BayesianNetworkModel with one target. */
export function planBayesianNetwork(scope: Scope, model: XmlElement, targets: readonly string[]): BayesianNetworkPlan {
  const { reader } = scope
  if (targets.length !== 1) reader.unsupported(model, `a Bayesian network with ${targets.length} target fields`)
  return new NetworkPlanner(scope, model, targets[0] as string).plan()
}

class NetworkPlanner {
  readonly #scope: Scope
  readonly #model: XmlElement
  readonly #target: string
  readonly #nodes = new Map<string, XmlElement>()
  readonly #inputs: ReadonlySet<string>
  readonly #variables: VariablePlan[] = []
  /** Variables by name; those of parents that are no nodes by node and name. */
  readonly #numbers = new Map<string, number>()

  constructor(scope: Scope, model: XmlElement, target: string) {
    this.#scope = scope
    this.#model = model
    this.#target = target
    const { reader } = scope
    const holder =
      childOf(model, 'BayesianNetworkNodes') ?? reader.fault(model, 'element BayesianNetworkNodes is missing')
    for (const node of holder.children.filter(({ name }) => name === 'DiscreteNode' || name === 'ContinuousNode')) {
      const name = reader.text(node, 'name')
      if (this.#nodes.has(name)) reader.fault(node, `there is a node "${name}" already`)
      this.#nodes.set(name, node)
    }
    if (this.#nodes.size > maxNodes)
      reader.unsupported(holder, `a network of ${this.#nodes.size} nodes (at most ${maxNodes})`)
    const active = [...scope.mining].filter(([, field]) => (field.attributes['usageType'] ?? 'active') === 'active')
    this.#inputs = new Set(active.map(([name]) => name))
  }

  plan(): BayesianNetworkPlan {
    const { reader } = this.#scope
    const target = this.#nodes.get(this.#target)
    if (!target) return reader.fault(this.#model, `target field "${this.#target}" is no node of the network`)
    // What is neither the target nor an input, nor depended on by one of them, sums to one.
    const relevant = this.#ancestry([this.#target, ...this.#inputs].filter((name) => this.#nodes.has(name)))
    const discrete = relevant.filter((name) => this.#isDiscrete(name))
    for (const name of discrete) this.#addVariable(name)
    const factors = discrete.map((name) => this.#factor(name))
    const continuous = relevant.filter((name) => !this.#isDiscrete(name))
    for (const name of continuous) {
      if (name !== this.#target && !this.#inputs.has(name))
        reader.unsupported(this.#node(name), `the continuous node "${name}", which is neither an input nor the target`)
    }
    const observed = continuous.filter((name) => name !== this.#target).map((name) => this.#continuous(name))
    const own = this.#isDiscrete(this.#target) ? null : this.#continuous(this.#target)
    const kept = own ? own.parents : [this.#numbers.get(this.#target) as number]
    const scopes = [...factors.map((f) => f.variables), ...observed.map((node) => node.parents)]
    const sizes = this.#variables.map(({ values }) => values.length)
    const { order, largest } = eliminationOrder(sizes, scopes, kept, maxTable)
    if (largest > maxTable)
      reader.unsupported(this.#model, `a network whose answers need a table of over ${maxTable} numbers`)
    return { kind: 'bayesianNetwork', variables: this.#variables, factors, observed, order, kept, target: own }
  }

  #node(name: string): XmlElement {
    return this.#nodes.get(name) as XmlElement
  }

  #isDiscrete(name: string): boolean {
    return this.#node(name).name === 'DiscreteNode'
  }

  /** Nodes and all that they depend on, parents first. */
  #ancestry(names: readonly string[]): string[] {
    const done = new Set<string>()
    const open = new Set<string>()
    const visit = (name: string): void => {
      if (done.has(name)) return
      if (open.has(name)) this.#scope.reader.fault(this.#node(name), `node "${name}" depends on itself`)
      open.add(name)
      for (const parent of this.#dependencies(name)) visit(parent)
      open.delete(name)
      done.add(name)
    }
    for (const name of names) visit(name)
    return [...done]
  }

  #dependencies(name: string): string[] {
    const node = this.#node(name)
    const stack = node.children.filter((child) => child.name !== 'DerivedField')
    const found = new Set<string>()
    for (let element = stack.pop(); element; element = stack.pop()) {
      const used =
        element.name === 'ParentValue'
          ? element.attributes['parent']
          : element.name === 'FieldRef'
            ? element.attributes['field']
            : undefined
      if (used !== undefined && this.#nodes.has(used)) found.add(used)
      stack.push(...element.children)
    }
    return [...found]
  }

  #typeOf(name: string): TypeName {
    return this.#scope.planner.dataFields.get(name)?.facts.type ?? { type: 'string', year: 1970 }
  }

  #addVariable(name: string): void {
    const { reader } = this.#scope
    const node = this.#node(name)
    const first = childrenOf(node, 'DiscreteConditionalProbability')[0] ?? node
    const type = this.#typeOf(name)
    const values = childrenOf(first, 'ValueProbability').map((p) => reader.cellOrText(reader.text(p, 'value'), type))
    if (values.length === 0) reader.fault(node, 'states no probabilities')
    const isInput = this.#inputs.has(name) && name !== this.#target
    this.#numbers.set(name, this.#variables.length)
    this.#variables.push({ slot: isInput ? this.#scope.resolve(name, node) : -1, values, isGiven: false })
  }

  /** The variable of a parent, which may be a field or a DerivedField of the node instead of another node. */
  #parent(node: XmlElement, element: XmlElement, rows: readonly XmlElement[]): number {
    const { reader, planner } = this.#scope
    const name = reader.text(element, 'parent')
    if (this.#nodes.has(name)) {
      if (this.#isDiscrete(name)) return this.#numbers.get(name) as number
      return reader.unsupported(element, `the continuous node "${name}" as a parent with values`)
    }
    const key = `${node.index} ${name}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const derived = childrenOf(node, 'DerivedField')
    const own = rewritten(node, 'LocalTransformations', {}, derived)
    const inner = new Scope(planner, this.#scope, rewritten(node, node.name, {}, [own]))
    for (const field of derived) this.#checkFields(field)
    const slot = inner.resolve(name, element)
    const { type } = inner.facts(slot)
    const texts = rows.flatMap((row) => childrenOf(row, 'ParentValue').filter((p) => p.attributes['parent'] === name))
    const values = new Set(texts.map((p) => reader.cellOrText(reader.text(p, 'value'), type)))
    this.#numbers.set(key, this.#variables.length)
    this.#variables.push({ slot, values: [...values], isGiven: true })
    return this.#variables.length - 1
  }

  /** Rows of a conditional table in the order of the parents' values. */
  #rows(node: XmlElement, rows: readonly XmlElement[]): { parents: number[]; ordered: XmlElement[] } {
    const { reader } = this.#scope
    const first = rows[0] as XmlElement
    const parents = childrenOf(first, 'ParentValue').map((element) => this.#parent(node, element, rows))
    if (parents.length === 0) reader.fault(first, 'element ParentValue is missing')
    const names = childrenOf(first, 'ParentValue').map((element) => element.attributes['parent'])
    const size = parents.reduce((n, v) => n * (this.#variables[v] as VariablePlan).values.length, 1)
    if (size > maxTable) reader.unsupported(node, `a table of ${size} combinations (at most ${maxTable})`)
    const ordered = new Array<XmlElement | undefined>(size)
    for (const row of rows) {
      const given = new Map(childrenOf(row, 'ParentValue').map((p) => [p.attributes['parent'], p]))
      if (given.size !== names.length) reader.fault(row, `names ${given.size} parents, expected ${names.length}`)
      let at = 0
      parents.forEach((v, i) => {
        const { values } = this.#variables[v] as VariablePlan
        const element = given.get(names[i]) ?? reader.fault(row, `names no value of parent "${names[i]}"`)
        const text = reader.text(element, 'value')
        const index = values.findIndex((value) => String(value) === text || value === Number(text))
        if (index < 0) reader.fault(element, `"${text}" is not a value of parent "${names[i]}"`)
        at = at * values.length + index
      })
      if (ordered[at]) reader.fault(row, 'states a combination of parent values that was stated before')
      ordered[at] = row
    }
    for (const row of ordered)
      if (!row) reader.fault(node, `states ${rows.length} of ${size} combinations of parent values`)
    return { parents, ordered: ordered as XmlElement[] }
  }

  #factor(name: string): Factor {
    const { reader } = this.#scope
    const node = this.#node(name)
    const own = this.#numbers.get(name) as number
    const { values } = this.#variables[own] as VariablePlan
    const conditional = childrenOf(node, 'DiscreteConditionalProbability')
    const { parents, ordered } =
      conditional.length > 0 ? this.#rows(node, conditional) : { parents: [], ordered: [node] }
    const table = new Float64Array(ordered.length * values.length)
    if (table.length > maxTable) reader.unsupported(node, `a table of ${table.length} numbers (at most ${maxTable})`)
    const type = this.#typeOf(name)
    ordered.forEach((row, r) => {
      let total = 0
      for (const element of childrenOf(row, 'ValueProbability')) {
        const value = reader.cellOrText(reader.text(element, 'value'), type)
        const at = values.indexOf(value)
        if (at < 0) reader.fault(element, `"${value}" is not a value of node "${name}"`)
        const probability = reader.number(element, 'probability')
        if (!(probability >= 0 && probability <= 1))
          reader.fault(element, `attribute "probability" is ${probability}, expected a number from 0 to 1`)
        table[r * values.length + at] = probability
        total += probability
      }
      if (!(total > 0)) reader.fault(row, 'states no probability above 0')
    })
    return { variables: [...parents, own], values: table }
  }

  #continuous(name: string): ContinuousPlan {
    const node = this.#node(name)
    const conditional = childrenOf(node, 'ContinuousConditionalProbability')
    const { parents, ordered } =
      conditional.length > 0 ? this.#rows(node, conditional) : { parents: [], ordered: [node] }
    const slot = name === this.#target ? -1 : this.#scope.resolve(name, node)
    return { slot, parents, rows: ordered.map((row) => this.#distribution(row)) }
  }

  #distribution(row: XmlElement): DistributionPlan {
    const { reader } = this.#scope
    const holders = childrenOf(row, 'ContinuousDistribution')
    const holder = holders[0] ?? reader.fault(row, 'element ContinuousDistribution is missing')
    if (holders[1]) reader.unsupported(holders[1], 'a second distribution')
    const element = childAmong(holder, distributions) ?? reader.fault(holder, 'holds no distribution')
    this.#checkFields(element)
    const part = (name: string): ExpressionPlan =>
      planExpression(this.#scope, childOf(element, name) ?? reader.fault(element, `element ${name} is missing`), null)
    switch (element.name) {
      case 'NormalDistributionForBN':
        return { kind: 'normal', mean: part('Mean'), variance: part('Variance') }
      case 'UniformDistributionForBN':
        return { kind: 'uniform', lower: part('Lower'), upper: part('Upper') }
      default:
        // The standard does not say whether Mean is that of the logarithm, or the mode of a triangle.
        return reader.unsupported(element, element.name)
    }
  }

  /** What a distribution is computed from must be an input: the record may carry the true value of other fields. */
  #checkFields(element: XmlElement): void {
    const stack = [element]
    for (let at = stack.pop(); at; at = stack.pop()) {
      const field = at.attributes['field']
      if (field !== undefined && this.#nodes.has(field) && !this.#inputs.has(field))
        this.#scope.reader.unsupported(at, `a distribution that depends on node "${field}", which is not an input`)
      stack.push(...at.children)
    }
  }
}

const distributions: ReadonlySet<string> = new Set([
  'NormalDistributionForBN',
  'UniformDistributionForBN',
  'LognormalDistributionForBN',
  'TriangularDistributionForBN',
])
