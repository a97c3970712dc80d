import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { ModelFiles } from './model-files.ts'
import { type ModelChoice, openModel, type TfModel } from './tf-model.ts'
import { translateProgram } from './translate.ts'

/** Outputs that are tried one by one. */
const maxOutputs = 30

/**
 * Opens a model. A graph that names no outputs has all that nobody reads: what of these cannot be translated (a summary, a loss) is left
 * out with a note, unless that is all of them or the option `fetches` names them.
 */
export function openUsable(
  files: ModelFiles,
  choice: ModelChoice,
  source: string,
): { readonly model: TfModel; readonly notes: readonly string[] } {
  const model = openModel(files, choice, source)
  const [graph] = model.signatures
  const outputs = graph?.outputs ?? []
  const isOpen = files.kind === 'graph' && choice.fetches === undefined && outputs.length > 1
  if (!isOpen || outputs.length > maxOutputs || refusalOf(model, source) === null) return { model, notes: [] }
  const notes: string[] = []
  const usable = outputs.flatMap(({ key }) => {
    const refusal = refusalOf(openModel(files, { ...choice, fetches: [key] }, source), source)
    if (refusal !== null) notes.push(`output "${key}" is left out: ${refusal}`)
    return refusal === null ? [key] : []
  })
  return usable.length === 0
    ? { model, notes: [] }
    : { model: openModel(files, { ...choice, fetches: usable }, source), notes }
}

function refusalOf(model: TfModel, source: string): string | null {
  const [result] = model.programs(new Set())
  try {
    if (result === undefined) return 'it has no program'
    if ('error' in result) throw result.error
    translateProgram(result.program, source)
    return null
  } catch (thrown) {
    return thrown instanceof MillraceError ? thrown.message : reasonOf(thrown)
  }
}
