import { closest } from '../../config/closest.ts'
import { childOf, childrenOf, type DocumentReader } from './document.ts'
import { planExpression } from './expression-plan.ts'
import { type DataField, hasTreatment, planInput, readDataField } from './fields.ts'
import type { LagPlan } from './lag.ts'
import { type ExpressionPlan, type InputPlan, type SlotFacts, type SlotPlan, typeNames } from './plan.ts'
import { TreeStoreBuilder } from './tree-store.ts'
import type { TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** Notes and hints beyond this many would help nobody. */
export const maxNotes = 50

const maxExpressions = 2_000_000
const maxExpressionDepth = 400

/** Slots and dictionaries of a document while it is planned. */
export class Planner {
  readonly reader: DocumentReader
  readonly root: XmlElement
  readonly slots: SlotPlan[] = []
  readonly facts: SlotFacts[] = []
  readonly inputs: InputPlan[] = []
  readonly resets: number[] = []
  readonly lags: LagPlan[] = []
  /** Slots of fields that hold a list, as the model takes a group of rows as one record. */
  readonly lists = new Set<number>()
  /** True when a score depends on the records before. */
  isStateful = false
  readonly trees: TreeStoreBuilder
  readonly columns: { name: string; slot: number; type: TypeName; isList: boolean }[] = []
  /** Elements of each name, for the facts. */
  readonly counts: ReadonlyMap<string, number>
  /** True when an OutputField may ask for the id of a node, rule or segment. */
  readonly needsEntityIds: boolean
  /** Names of all target fields, nested ones included. */
  readonly targets: ReadonlySet<string>
  readonly dataFields = new Map<string, DataField>()
  readonly globals: ReadonlyMap<string, XmlElement>
  readonly functions: ReadonlyMap<string, XmlElement>
  /** Names of user functions whose bodies are being planned (recursion is refused). */
  readonly calls: string[] = []
  /** Names of derived fields that are being planned, outermost first. */
  readonly deriving: string[] = []
  /** What is passed over, one sentence each. */
  readonly notes: string[] = []
  readonly #columnAt = new Map<string, number>()
  #expressions = 0
  #depth = 0

  constructor(reader: DocumentReader, root: XmlElement) {
    this.reader = reader
    this.root = root
    this.counts = root.document.counts()
    this.trees = new TreeStoreBuilder(this.counts.get('Node') ?? 0, this.counts.get('ScoreDistribution') ?? 0)
    this.needsEntityIds = asksForEntities(root)
    this.targets = targetsOf(root)
    const dictionary = childOf(root, 'DataDictionary')
    for (const [name, element] of named(reader, dictionary, 'DataField')) {
      this.dataFields.set(name, readDataField(reader, element))
    }
    const transformations = childOf(root, 'TransformationDictionary')
    this.globals = named(reader, transformations, 'DerivedField')
    this.functions = named(reader, transformations, 'DefineFunction')
  }

  /** A column of the prediction; a later one of the same name takes its place. */
  column(name: string, slot: number, type: TypeName, isList = false): void {
    const column = { name, slot, type, isList }
    const at = this.#columnAt.get(name)
    if (at === undefined) this.#columnAt.set(name, this.columns.push(column) - 1)
    else this.columns[at] = column
  }

  slot(plan: SlotPlan, facts: SlotFacts): number {
    this.slots.push(plan)
    this.facts.push(facts)
    return this.slots.length - 1
  }

  /** A slot that a model or output writes; it is forgotten before each record. */
  written(facts: SlotFacts): number {
    const slot = this.slot({ kind: 'given' }, facts)
    this.resets.push(slot)
    return slot
  }

  /** Counts an expression and its depth against the limits while `plan` runs. */
  within(element: XmlElement, plan: () => ExpressionPlan): ExpressionPlan {
    if (++this.#expressions > maxExpressions) this.reader.fault(element, `there are over ${maxExpressions} expressions`)
    if (++this.#depth > maxExpressionDepth)
      this.reader.fault(element, `expressions nest over ${maxExpressionDepth} deep`)
    try {
      return plan()
    } finally {
      this.#depth--
    }
  }
}

/** What a name means inside one model: its own derived fields, its MiningSchema, outputs so far, then the enclosing model. */
export class Scope {
  readonly planner: Planner
  readonly parent: Scope | null
  readonly mining: ReadonlyMap<string, XmlElement>
  /** Slots of OutputFields, own and of earlier segments. */
  readonly outputs = new Map<string, number>()
  readonly #locals: ReadonlyMap<string, XmlElement>
  readonly #slots = new Map<string, number>()
  /** Slots of data fields; a derived field of the same name goes before them. */
  readonly #inputs = new Map<string, number>()
  readonly #open = new Set<string>()
  readonly #hasTreatments: boolean

  constructor(planner: Planner, parent: Scope | null, model: XmlElement) {
    this.planner = planner
    this.parent = parent
    this.#locals = named(planner.reader, childOf(model, 'LocalTransformations'), 'DerivedField')
    this.mining = named(planner.reader, childOf(model, 'MiningSchema'), 'MiningField')
    this.#hasTreatments = [...this.mining.values()].some(hasTreatment)
    if (parent === null) this.#prepareActive()
  }

  get reader(): DocumentReader {
    return this.planner.reader
  }

  facts(slot: number): SlotFacts {
    return this.planner.facts[slot] as SlotFacts
  }

  /** The slot of a field; an unknown name is a fault of the element that uses it. */
  resolve(name: string, user: XmlElement): number {
    return this.find(name, user) ?? this.#undeclared(name, user)
  }

  /** The same, but an unknown name becomes a fault of the records that read it: predicates of branches that are never taken may hold any. */
  resolveLoosely(name: string, user: XmlElement): number {
    const found = this.find(name, user)
    if (found !== null) return found
    // A document may name any number of such fields, and a search among all names costs.
    const hint = this.planner.notes.length < maxNotes ? closest(name, this.#names()) : ''
    this.planner.notes.push(
      `field "${name}", which ${user.name} at line ${user.line}, column ${user.column} reads, is not declared: records that get there are refused${hint}`,
    )
    const slot = this.planner.slot(
      { kind: 'undeclared', name, hint },
      { name, type: typeNames.string, optype: 'categorical', order: null },
    )
    this.#slots.set(name, slot)
    return slot
  }

  #undeclared(name: string, user: XmlElement): never {
    const cycle = this.#cycleOf(name)
    if (cycle !== null) return this.reader.fault(user, `field "${name}" is derived from itself: ${cycle}`)
    return this.reader.fault(user, `field "${name}" is not declared${closest(name, this.#names())}`)
  }

  /** Derived fields that are being planned, from `name` back to itself, or null. */
  #cycleOf(name: string): string | null {
    const { deriving } = this.planner
    const from = deriving.lastIndexOf(name)
    return from < 0 ? null : [...deriving.slice(from), name].join(' → ')
  }

  /** Names that may be read here. */
  #names(): string[] {
    const own = [...this.#locals.keys(), ...this.outputs.keys()]
    const outer = this.parent
      ? this.parent.#names()
      : [...this.planner.globals.keys(), ...this.planner.dataFields.keys()]
    return [...new Set([...own, ...outer])].filter((name) => !this.#open.has(name))
  }

  /** The slot of a field, or null when nothing has the name. */
  find(name: string, user: XmlElement): number | null {
    const known = this.#slots.get(name)
    if (known !== undefined && !this.#open.has(name)) return known
    const local = this.#locals.get(name)
    if (local && !this.#open.has(name)) return this.#derive(name, local)
    const output = this.outputs.get(name)
    if (output !== undefined) return output
    return this.parent ? this.#findNested(name, user, this.parent) : this.#findGlobal(name, user)
  }

  #findNested(name: string, user: XmlElement, parent: Scope): number | null {
    const mining = this.mining.get(name)
    const global = this.planner.globals.get(name)
    // A global derived field is computed from this model's own treatments of the fields it reads.
    if (global && !mining && this.#hasTreatments && !this.#open.has(name)) return this.#derive(name, global)
    const source = parent.find(name, user)
    if (source === null || !mining || !hasTreatment(mining)) return source
    const field = this.planner.dataFields.get(name) ?? undomained(this.facts(source), mining)
    const treatment = planInput(this.reader, field, mining, -1, { isActive: true })
    const slot = this.planner.slot({ kind: 'treated', source, treatment }, this.facts(source))
    this.#slots.set(name, slot)
    return slot
  }

  #findGlobal(name: string, user: XmlElement): number | null {
    const field = this.planner.dataFields.get(name)
    const global = this.planner.globals.get(name)
    if (global && !(field && this.mining.has(name))) {
      if (this.#open.has(name)) this.#undeclared(name, user)
      return this.#derive(name, global)
    }
    if (!field) return null
    return this.#inputs.get(name) ?? this.#input(name, field, this.mining.get(name) ?? null, false)
  }

  /** Every active field is prepared for each record, as an invalid value refuses the record even if nothing reads it. */
  #prepareActive(): void {
    for (const [name, mining] of this.mining) {
      const field = this.planner.dataFields.get(name)
      const usage = mining.attributes['usageType'] ?? 'active'
      const isTarget = usage === 'predicted' || usage === 'target'
      if (!field) {
        const isKnown =
          isTarget || usage.startsWith('suppl') || this.planner.globals.has(name) || this.#locals.has(name)
        if (!isKnown) {
          const hint = closest(name, [...this.planner.dataFields.keys()])
          this.reader.fault(mining, `field "${name}" is not in the DataDictionary${hint}`)
        }
      } else if (!isTarget && !usage.startsWith('suppl')) {
        this.#input(name, field, mining, true)
      }
    }
  }

  #input(name: string, field: DataField, mining: XmlElement | null, isActive: boolean): number {
    const slot = this.planner.slot({ kind: 'given' }, field.facts)
    this.planner.inputs.push(planInput(this.reader, field, mining, slot, { isActive }))
    this.#inputs.set(name, slot)
    return slot
  }

  #derive(name: string, element: XmlElement): number {
    this.#open.add(name)
    this.planner.deriving.push(name)
    try {
      const type = this.reader.dataType(element, { type: 'double', year: 1970 })
      const expression = planExpression(this, element, null)
      const facts: SlotFacts = {
        name,
        type,
        optype: element.attributes['optype'] === 'ordinal' ? 'ordinal' : isText(type) ? 'categorical' : 'continuous',
        order: this.#orderOf(element, type),
      }
      const slot = this.planner.slot({ kind: 'derived', name, type, from: expression.type, expression }, facts)
      this.#slots.set(name, slot)
      return slot
    } finally {
      this.#open.delete(name)
      this.planner.deriving.pop()
    }
  }

  #orderOf(element: XmlElement, type: TypeName): SlotFacts['order'] {
    const values = childrenOf(element, 'Value').map((v) => this.reader.cellOrText(this.reader.text(v, 'value'), type))
    return values.length > 0 ? values : null
  }
}

/** True when an OutputField may ask for the id of a node, rule or cluster. */
function asksForEntities(root: XmlElement): boolean {
  for (const field of [...root.document.named('OutputField'), ...root.document.named('ResultField')]) {
    if (/entity|cluster|rule/i.test(field.attributes['feature'] ?? '')) return true
  }
  return false
}

/** A field without a domain of its own, such as an output of an earlier segment. */
function undomained(facts: SlotFacts, element: XmlElement): DataField {
  return { facts, element, valid: null, invalid: [], missing: [], intervals: null }
}

function isText(type: TypeName): boolean {
  return type.type === 'string' || type.type === 'boolean'
}

function targetsOf(root: XmlElement): Set<string> {
  const targets = new Set<string>()
  for (const { attributes } of root.document.named('MiningField')) {
    if (/^(target|predicted)$/.test(attributes['usageType'] ?? '')) targets.add(attributes['name'] ?? '')
  }
  return targets
}

/** Children by their names; each may be declared once. */
function named(reader: DocumentReader, parent: XmlElement | null, name: string): Map<string, XmlElement> {
  return reader.unique(parent ? childrenOf(parent, name) : [], (element) => reader.text(element, 'name'))
}
