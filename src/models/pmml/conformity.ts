import { closest } from '../../config/closest.ts'
import type { DocumentReader } from './document.ts'
import { type AttributeRule, type ElementRule, grammar, standardModels } from './grammar.ts'
import type { XmlElement } from './xml.ts'

/** Extensions of the standard that change scores and are honoured, by element. */
export const honouredExtensions: ReadonlyMap<string, readonly string[]> = new Map([
  ['TreeModel', ['x-mathContext']],
  ['RegressionModel', ['x-mathContext']],
  ['MiningModel', ['x-mathContext']],
  ['Segmentation', ['x-missingPredictionTreatment', 'x-missingThreshold']],
  ['MiningField', ['x-invalidValueReplacement']],
  ['TextIndex', ['x-wordRE']],
  ['DataField', ['datatype']],
  ['DerivedField', ['datatype']],
])

const maxNotes = 50

/**
 * Compares a document with the grammar of the standard. What could change scores is refused with its place: elements that the standard
 * does not have or not there, a second one where one may be, attributes that are not implemented. Attributes that the standard does not have are
 * passed over, as documents of real producers carry them; the answer names them.
 */
export function checkConformity(reader: DocumentReader, root: XmlElement, model: XmlElement): string[] {
  const check = new Conformity(reader, root, model)
  check.inside(root, grammar.get('PMML') as ElementRule)
  return check.notes()
}

/** The version and the namespace must be of PMML 3.0 to 4.4; a version that is not stated is taken to be one of them. */
export function checkVersion(reader: DocumentReader, root: XmlElement): void {
  const namespace = root.attributes['xmlns']
  if (namespace !== undefined && !/^https?:\/\/(www\.)?dmg\.org\//.test(namespace)) {
    reader.fault(root, `the namespace is "${namespace}", expected that of PMML, such as "http://www.dmg.org/PMML-4_4"`)
  }
  const version = root.attributes['version']
  if (version !== undefined && !/^(3\.[0-2]|4\.[0-4])(\.\d+)*$/.test(version.trim())) {
    reader.unsupported(root, `version="${version}" (known: 3.0 to 4.4)`)
  }
}

/** An attribute that the standard does not have, with the first element that has it. */
interface UnknownAttribute {
  readonly name: string
  readonly first: XmlElement
  readonly rule: ElementRule
  count: number
}

class Conformity {
  readonly #reader: DocumentReader
  readonly #root: XmlElement
  readonly #model: XmlElement
  readonly #unknown = new Map<string, UnknownAttribute>()

  constructor(reader: DocumentReader, root: XmlElement, model: XmlElement) {
    this.#reader = reader
    this.#root = root
    this.#model = model
  }

  /** Checks an element and what is in it; depth is bounded by the reader. */
  inside(element: XmlElement, rule: ElementRule): void {
    this.#attributes(element, rule)
    const { children } = element
    if (rule.isOpaque || children.length === 0) return
    let seen: Set<string> | null = null
    for (const child of children) {
      if (child.name === 'Extension' || this.#isUnused(child, element)) continue
      const place = rule.children.get(child.name)
      if (!place) this.#misplaced(child, rule)
      if (place.effect === 'refused') this.#reader.unsupported(element, `element ${child.name}`)
      if (!place.isMany) {
        seen ??= new Set()
        if (seen.has(place.place)) this.#repeated(child, element, place.place)
        seen.add(place.place)
      }
      if (place.effect === 'honoured') this.inside(child, grammar.get(child.name) as ElementRule)
    }
  }

  /** Models beside the one that is scored. */
  #isUnused(child: XmlElement, parent: XmlElement): boolean {
    return parent.index === this.#root.index && child.index !== this.#model.index && standardModels.has(child.name)
  }

  notes(): string[] {
    const notes = [...this.#unknown.values()].slice(0, maxNotes).map(({ name, first, rule, count }) => {
      const times = count === 1 ? '' : `, ${count} times`
      return `attribute "${name}" of ${first.name} at line ${first.line}, column ${first.column}${times} is not in PMML and is passed over${near(name, rule)}`
    })
    const more = this.#unknown.size - notes.length
    return more > 0 ? [...notes, `${more} further attributes are not in PMML and are passed over`] : notes
  }

  #attributes(element: XmlElement, rule: ElementRule): void {
    const { attributes } = element
    for (const name in attributes) {
      const known = rule.attributes.get(name)
      if (known === undefined) {
        if (!rule.isOpaque) this.#note(element, name, rule)
      } else if (known.effect === 'refused' && attributes[name] !== known.harmless) this.#refuse(element, known)
    }
  }

  #refuse(element: XmlElement, { name, harmless }: AttributeRule): never {
    const only = harmless === null ? '' : ` (known: ${harmless})`
    return this.#reader.unsupported(element, `${name}="${element.attributes[name]}"${only}`)
  }

  #note(element: XmlElement, name: string, rule: ElementRule): void {
    if (name.startsWith('xml') || name.includes(':')) return
    if (honouredExtensions.get(element.name)?.includes(name)) return
    const key = `${element.name} ${name}`
    const found = this.#unknown.get(key)
    if (found) found.count++
    else this.#unknown.set(key, { name, first: element, rule, count: 1 })
  }

  #misplaced(child: XmlElement, parent: ElementRule): never {
    const known = [...parent.children.keys()]
    if (!grammar.has(child.name)) {
      return this.#reader.fault(
        child,
        `is not an element of PMML, it stands in ${parent.name}${closest(child.name, known)}`,
      )
    }
    const allowed = known.length > 0 ? `; allowed there: ${known.join(', ')}` : ', which holds no elements'
    return this.#reader.fault(child, `may not stand in ${parent.name}${allowed}`)
  }

  #repeated(child: XmlElement, parent: XmlElement, place: string): never {
    const what = place.startsWith('@') ? `${article(place.slice(1))} ${place.slice(1)}` : `an element ${place}`
    return this.#reader.fault(child, `is one too many: ${parent.name} at line ${parent.line} has ${what} already`)
  }
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a'
}

/** The attribute that is meant, when one is near. */
function near(name: string, rule: ElementRule): string {
  const hint = closest(name, [...rule.attributes.keys()])
  return hint.startsWith('; did') ? hint : ''
}
