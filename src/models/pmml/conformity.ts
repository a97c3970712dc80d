import { closest } from '../../config/closest.ts'
import type { DocumentReader } from './document.ts'
import { type AttributeRule, type ChildRule, type ElementRule, grammar, standardModels } from './grammar.ts'
import { type XmlDocument, XmlElement } from './xml.ts'

/** Extensions of the standard that change scores and are honoured, by element. */
const honouredExtensions: ReadonlyMap<string, readonly string[]> = new Map([
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
  check.run()
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

/** What the standard says about the elements of one name, by numbers of the document's names. */
interface NameRule {
  readonly rule: ElementRule
  /** By number of a child's name; null = may not stand there. */
  readonly children: (ChildRule | null | undefined)[]
  /** Bits of places that one child may take. */
  readonly bits: Map<string, number>
  /** True when an element of this name has an attribute to look at. */
  readonly isWatched: boolean
}

class Conformity {
  readonly #reader: DocumentReader
  readonly #document: XmlDocument
  readonly #model: number
  readonly #rules: (NameRule | undefined)[] = []
  readonly #unknown = new Map<string, UnknownAttribute>()

  constructor(reader: DocumentReader, root: XmlElement, model: XmlElement) {
    this.#reader = reader
    this.#document = root.document
    this.#model = model.index
  }

  /** Walks the elements in document order; what has no effect on scores is passed over with all that is in it. */
  run(): void {
    const { names, ends, size } = this.#document.tape
    const extension = this.#document.nameNumber('Extension')
    const parents: number[] = [0]
    const taken: number[] = [0]
    this.#attributes(0, this.#ruleOf(0))
    for (let element = 1; element < size; ) {
      while ((ends[parents.at(-1) as number] as number) <= element) {
        parents.pop()
        taken.pop()
      }
      const parent = parents.at(-1) as number
      const end = ends[element] as number
      if (names[element] === extension || (parent === 0 && this.#isUnused(element))) {
        element = end
        continue
      }
      const around = this.#ruleOf(parent)
      const place = this.#placeOf(around, element)
      if (!place.isMany) {
        const bit = around.bits.get(place.place) as number
        if (((taken.at(-1) as number) & bit) !== 0) this.#repeated(element, parent, place.place)
        taken[taken.length - 1] = (taken.at(-1) as number) | bit
      }
      if (place.effect === 'refused')
        this.#reader.unsupported(this.#element(parent), `element ${this.#document.nameOf(element)}`)
      if (place.effect === 'none') {
        element = end
        continue
      }
      const rule = this.#ruleOf(element)
      if (rule.isWatched) this.#attributes(element, rule)
      if (rule.rule.isOpaque) element = end
      else {
        if (end > element + 1) {
          parents.push(element)
          taken.push(0)
        }
        element++
      }
    }
  }

  notes(): string[] {
    const notes = [...this.#unknown.values()].slice(0, maxNotes).map(({ name, first, rule, count }) => {
      const times = count === 1 ? '' : `, ${count} times`
      return `attribute "${name}" of ${first.name} at line ${first.line}, column ${first.column}${times} is not in PMML and is passed over${near(name, rule)}`
    })
    const more = this.#unknown.size - notes.length
    return more > 0 ? [...notes, `${more} further attributes are not in PMML and are passed over`] : notes
  }

  #element(index: number): XmlElement {
    return new XmlElement(this.#document, index)
  }

  /** Models beside the one that is scored. */
  #isUnused(element: number): boolean {
    return element !== this.#model && standardModels.has(this.#document.nameOf(element))
  }

  #ruleOf(element: number): NameRule {
    const number = this.#document.tape.names[element] as number
    const found = this.#rules[number]
    if (found) return found
    const rule = grammar.get(this.#document.nameOf(element)) as ElementRule
    const single = [...rule.children.values()].filter((child) => !child.isMany).map((child) => child.place)
    const made = {
      rule,
      children: [],
      bits: new Map([...new Set(single)].map((place, i) => [place, 2 ** i])),
      isWatched: this.#document.attributeNames(number).some((name) => isWatched(rule, name)),
    }
    this.#rules[number] = made
    return made
  }

  #placeOf(around: NameRule, element: number): ChildRule {
    const number = this.#document.tape.names[element] as number
    let place = around.children[number]
    if (place === undefined) {
      place = around.rule.children.get(this.#document.nameOf(element)) ?? null
      around.children[number] = place
    }
    return place ?? this.#misplaced(this.#element(element), around.rule)
  }

  #attributes(index: number, { rule }: NameRule): void {
    const element = this.#element(index)
    const { attributes } = element
    for (const name in attributes) {
      if (!isWatched(rule, name)) continue
      const known = rule.attributes.get(name)
      if (known === undefined) this.#note(element, name, rule)
      else if (attributes[name] !== known.harmless) this.#refuse(element, known)
    }
  }

  #refuse(element: XmlElement, { name, harmless }: AttributeRule): never {
    const only = harmless === null ? '' : ` (known: ${harmless})`
    return this.#reader.unsupported(element, `${name}="${element.attributes[name]}"${only}`)
  }

  #note(element: XmlElement, name: string, rule: ElementRule): void {
    const key = `${rule.name} ${name}`
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

  #repeated(index: number, parentIndex: number, place: string): never {
    const parent = this.#element(parentIndex)
    const what = place.startsWith('@') ? `${article(place.slice(1))} ${place.slice(1)}` : `an element ${place}`
    return this.#reader.fault(
      this.#element(index),
      `is one too many: ${parent.name} at line ${parent.line} has ${what} already`,
    )
  }
}

/** True for attributes that the standard does not have or that are refused; namespaces and prefixed ones are neither. */
function isWatched(rule: ElementRule, name: string): boolean {
  if (rule.isOpaque) return false
  const known = rule.attributes.get(name)
  if (known !== undefined) return known.effect === 'refused'
  return !name.startsWith('xml') && !name.includes(':') && !honouredExtensions.get(rule.name)?.includes(name)
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a'
}

/** The attribute that is meant, when one is near. */
function near(name: string, rule: ElementRule): string {
  const hint = closest(name, [...rule.attributes.keys()])
  return hint.startsWith('; did') ? hint : ''
}
