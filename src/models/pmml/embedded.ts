import { childOf, childrenOf, type DocumentReader } from './document.ts'
import { XmlElement } from './xml.ts'

/**
 * Models that stand inside another one without a Segment of their own (PMML 3.0 to 4.4, Model Composition): Regression and DecisionTree
 * in a MiningModel, where each may read the ResultFields of those before it. They are rewritten into segments, so that they are scored
 * like any other model.
 */

/** Names of models that may be embedded. */
export const embedded: ReadonlySet<string> = new Set(['Regression', 'DecisionTree'])

interface Changes {
  readonly name?: string
  readonly attributes?: Readonly<Record<string, string | undefined>>
  readonly children?: readonly XmlElement[]
}

/** An element of the document, or a new one in its place, with another name or content. */
class RewrittenElement extends XmlElement {
  readonly #changes: Changes

  constructor(base: XmlElement, changes: Changes) {
    super(base.document, base.index)
    this.#changes = changes
  }

  override get name(): string {
    return this.#changes.name ?? super.name
  }

  override get attributes(): Readonly<Record<string, string | undefined>> {
    return this.#changes.attributes ?? super.attributes
  }

  override get children(): XmlElement[] {
    return this.#changes.children ? [...this.#changes.children] : super.children
  }

  override childrenNamed(name: string): XmlElement[] {
    return this.#changes.children?.filter((child) => child.name === name) ?? super.childrenNamed(name)
  }

  override childNamed(name: string): XmlElement | null {
    const { children } = this.#changes
    return children ? (children.find((child) => child.name === name) ?? null) : super.childNamed(name)
  }

  override get text(): string {
    return this.#changes.children ? '' : super.text
  }
}

/** A MiningModel as a chain of the models that are embedded in it; itself when there are none. */
export function withSegments(reader: DocumentReader, model: XmlElement): XmlElement {
  const parts = model.children.filter((child) => embedded.has(child.name))
  const [first] = parts
  if (!first) return model
  if (childOf(model, 'Segmentation')) reader.unsupported(first, 'an embedded model beside a Segmentation')
  const segments = parts.map((part) => segmentOf(part, modelOf(part)))
  return replaced(model, parts, segmentationOf(model, 'modelChain', segments))
}

/** The model element that an embedded model is without its place. */
export function modelOf(part: XmlElement): XmlElement {
  const results = childrenOf(part, 'ResultField').map((field) => new RewrittenElement(field, { name: 'OutputField' }))
  const output = childOf(part, 'Output')
  const others = part.children.filter((child) => child.name !== 'ResultField' && child.name !== 'Output')
  const fields = [...(output ? childrenOf(output, 'OutputField') : []), ...results]
  const children = fields.length > 0 ? [rewritten(output ?? part, 'Output', {}, fields), ...others] : others
  return new RewrittenElement(part, { name: part.name === 'Regression' ? 'RegressionModel' : 'TreeModel', children })
}

/** A new element in the place of another one. */
export function rewritten(
  base: XmlElement,
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  children: readonly XmlElement[],
): XmlElement {
  return new RewrittenElement(base, { name, attributes, children })
}

function segmentOf(base: XmlElement, model: XmlElement): XmlElement {
  return rewritten(base, 'Segment', {}, [rewritten(base, 'True', {}, []), model])
}

function segmentationOf(base: XmlElement, multipleModelMethod: string, segments: readonly XmlElement[]): XmlElement {
  return rewritten(base, 'Segmentation', { multipleModelMethod }, segments)
}

/** The model with one element in the place of some. */
function replaced(model: XmlElement, parts: readonly XmlElement[], by: XmlElement): XmlElement {
  const gone = new Set(parts.map((part) => part.index))
  return new RewrittenElement(model, { children: [...model.children.filter((child) => !gone.has(child.index)), by] })
}
