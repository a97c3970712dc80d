import { javascriptFormat } from '../../../src/models/javascript/javascript.ts'
import type { FunctionPayload } from '../../../src/models/javascript/scorer.ts'
import type { Artifact, PrepareContext, PreparedModel, Scorer } from '../../../src/models/model.ts'

const allowed: PrepareContext = { allowsCode: true, maxArtifactBytes: 1_000_000 }

/** Bytes or text as an artifact. */
export function artifactOf(text: string | Uint8Array, source = 'models/test.js'): Artifact {
  return { bytes: typeof text === 'string' ? Buffer.from(text) : text, digest: '', source }
}

/** Prepares a model as a loader thread does. */
export function prepare(
  text: string | Uint8Array,
  { source = 'models/test.js', timeoutMs = 0, context = allowed } = {},
): Promise<PreparedModel<FunctionPayload>> {
  return javascriptFormat.prepare(artifactOf(text, source), { language: 'auto', timeoutMs }, context)
}

/** A scorer as a scoring thread gets it: what was prepared has crossed threads. */
export async function load(text: string, settings: { source?: string; timeoutMs?: number } = {}): Promise<Scorer> {
  return javascriptFormat.open(structuredClone(await prepare(text, settings)))
}
