import { MillraceError } from '../../core/errors.ts'
import { WireFault } from '../../core/protobuf-wire.ts'
import { TextFault } from './message-text.ts'
import { NodeFault } from './node-attributes.ts'
import { Untranslatable } from './untranslatable.ts'

const format = 'tensorflow'

/** What the file says is wrong or contradicts itself. */
export function syntaxFault(source: string, place: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('MODEL_ARTIFACT_SYNTAX', { source, format, place, reason }, cause)
}

/** What the file says is fine, and cannot be scored here. */
export function unsupported(source: string, place: string, what: string): MillraceError {
  return new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source, place, what, format })
}

/** What is larger than this process takes. */
export function overLimit(source: string, place: string, limit: number, what: string): MillraceError {
  return new MillraceError('MODEL_ARTIFACT_LIMIT', { source, place, limit, what })
}

/** How a node is named in messages: `node "conv" (Conv2D)`. */
export function nodePlace({ name, op }: { readonly name: string; readonly op: string }): string {
  return `node ${JSON.stringify(shortened(name))} (${shortened(op)})`
}

/** Runs `run`; why a node has no translation becomes the error that names it. */
export function atNode<T>(source: string, node: { readonly name: string; readonly op: string }, run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof Untranslatable || thrown instanceof NodeFault)
      throw unsupported(source, nodePlace(node), thrown.message)
    throw thrown
  }
}

/** Names come from the file: a very long one is not repeated in full. */
function shortened(name: string): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name
}

/** Runs `read`; plain faults become errors that name the file. */
export function inFile<T>(source: string, place: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw asError(thrown, source, place)
  }
}

/** The error of a plain fault; anything else as it is. */
export function asError(thrown: unknown, source: string, place: string): unknown {
  if (thrown instanceof WireFault)
    return syntaxFault(source, `${place}, ${thrown.place} at byte ${thrown.offset}`, thrown.reason, thrown)
  if (thrown instanceof TextFault)
    return syntaxFault(source, `${place}, line ${thrown.line}, column ${thrown.column}`, thrown.message, thrown)
  if (thrown instanceof NodeFault)
    return syntaxFault(source, nodePlace({ name: thrown.node, op: thrown.op }), thrown.message, thrown)
  return thrown
}
