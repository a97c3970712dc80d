import { choice, integer, type OptionValues } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Artifact, ModelFormat, PrepareContext, PreparedModel, Scorer } from '../model.ts'
import { inferInputs, inferOutputs, verify } from './check.ts'
import { scriptOf } from './realm.ts'
import { type FunctionPayload, FunctionScorer } from './scorer.ts'
import { languages, readModule } from './source.ts'

const options = {
  language: choice(languages, {
    summary: 'language of the source; auto goes by the file extension and then by what parses',
    default: 'auto',
  }),
  timeoutMs: integer(
    {
      summary:
        'longest time that scoring one batch may take; 0 sets no limit, any other value costs about 0.1 ms a batch',
      unit: 'milliseconds',
      default: 0,
    },
    { min: 0, max: 3_600_000 },
  ),
}

/** Resident size of an empty realm in bytes, as measured over 1,000 of them. */
const REALM_BYTES = 400_000

/**
 * Models that are functions: one ES module that exports `score(record)` or `scoreBatch(records)`, and optionally `inputs`,
 * `outputs` (or `signature`), `begin`, `end`, `samples`, `verification`, `isStateful`, `name`, `version`, `description`.
 *
 * The code runs on the scoring thread in a realm of its own, with the language's globals only. That keeps models apart and
 * honest; it is not a security sandbox, so the operator must allow code.
 */
export const javascriptFormat: ModelFormat<typeof options, FunctionPayload> = {
  kind: 'format',
  name: 'javascript',
  summary: 'JavaScript and TypeScript functions, as one ES module that imports nothing',
  stability: 'beta',
  since: '0.1.0',
  isCode: true,
  extensions: ['js', 'mjs', 'ts', 'mts'],
  options,
  prepare,
  open: (prepared) => new FunctionScorer(prepared.payload, prepared.signature),
}

async function prepare(
  artifact: Artifact,
  values: OptionValues<typeof options>,
  context: PrepareContext,
): Promise<PreparedModel<FunctionPayload>> {
  const source = nameFor(artifact)
  checkAllowed(artifact, source, context)
  const module = readModule(artifact.bytes, source, values.language)
  const payload: FunctionPayload = { script: scriptOf(module), source, timeoutMs: values.timeoutMs }
  const scorer = new FunctionScorer(payload, null)
  try {
    return { ...tryOut(scorer), payload, residentBytes: REALM_BYTES + payload.script.code.length * 2 }
  } finally {
    scorer.close()
  }

  function tryOut(instance: FunctionScorer & Scorer): Omit<PreparedModel, 'payload' | 'residentBytes'> {
    const { declaration } = instance
    const rows = declaration.verification
    const samples = [...rows.map((row) => row.input), ...declaration.samples]
    const batch = instance.score(samples)
    return {
      signature: {
        inputs: declaration.inputs ?? inferInputs(samples),
        outputs: declaration.outputs ?? inferOutputs(batch.predictions),
      },
      verification: rows.length === 0 ? null : verify(rows, batch),
      samples,
      isStateful: declaration.isStateful,
      facts: {
        ...declaration.facts,
        language: module.isTypeScript ? 'typescript' : 'javascript',
        function: declaration.scoreBatch ? 'scoreBatch' : 'score',
      },
    }
  }
}

function checkAllowed(artifact: Artifact, source: string, context: PrepareContext): void {
  if (!context.allowsCode) throw new MillraceError('MODEL_CODE_NOT_ALLOWED', { source, format: 'javascript' })
  const size = artifact.bytes.length
  const limit = context.maxArtifactBytes
  if (size > limit) throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size, limit })
}

/** The artifact's name without characters that would break up a stack trace. */
function nameFor(artifact: Artifact): string {
  return artifact.source.replaceAll(/[\p{Cc}()]/gu, '_') || 'model.js'
}
