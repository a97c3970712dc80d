import type { ScoreInput, ScoreJob, ScoreOutput } from '../../src/cli/score/score-job.ts'
import { registry } from '../../src/components.ts'
import type { ModelFormat, PreparedModel } from '../../src/models/model.ts'

/** CSV marks as most files have them. */
export const comma = { delimiter: ',', quote: '"' }

/** A job from CSV with these columns to CSV, with changes. */
export function csvJob(
  header: readonly string[],
  output: Partial<ScoreOutput> = {},
  changes: Partial<Omit<ScoreJob, 'input' | 'output'>> & { readonly input?: ScoreInput } = {},
): ScoreJob {
  return {
    input: { form: 'csv', marks: comma, header, missing: null },
    output: { form: 'csv', marks: comma, copied: [], outputs: ['y'], prefix: '', errorColumn: null, ...output },
    onError: 'keep',
    keepsRows: false,
    readsAnything: false,
    ...changes,
  }
}

/** A function model, prepared. */
export async function preparedFunction(source: string): Promise<PreparedModel> {
  const format = registry.get<ModelFormat>('format', 'javascript', 'test')
  const artifact = { bytes: Buffer.from(source), digest: '', source: 'rules.js' }
  return format.prepare(artifact, { language: 'auto', timeoutMs: 0 }, { allowsCode: true, maxArtifactBytes: 1e6 })
}
