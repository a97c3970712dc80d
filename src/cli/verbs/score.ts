import { boolean, choice, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { readingFields } from '../../engine/features.ts'
import type { PredictionBatch } from '../../models/model.ts'
import type { RecordValue } from '../../schema/value.ts'
import { loadModelFile, loadOptions } from '../model-file.ts'
import { openOutputFile } from '../output-file.ts'
import { Progress } from '../progress.ts'
import { recordFileForm, recordFileForms, recordsOf } from '../record-file.ts'
import { defineVerb } from '../verb.ts'

/** Scores a file without an engine. */
export const scoreVerb = defineVerb({
  name: 'score',
  summary: 'Score the records of a file with a model file, without an engine',
  description:
    'Prints one JSON object for each record, in order: its prediction, or {"error": {"code", "message"}}. The exit status is 1 when a record could not be scored.',
  operands: [
    { name: 'model file', summary: 'The artifact' },
    { name: 'records', summary: 'JSON lines or CSV; - is standard input' },
  ],
  options: {
    ...loadOptions,
    form: choice(recordFileForms, {
      summary: 'Form of the records; by default what the ending says',
      isOptional: true,
    }),
    output: text({ summary: 'File for the predictions; - is standard output', default: '-' }),
    echo: boolean({ summary: 'Put the fields of the record before those of its prediction', default: false }),
  },
  examples: [
    { command: 'millrace score tree.pmml iris.csv', summary: 'predictions as JSON lines' },
    { command: 'millrace score rules.js iris.jsonl --allow-code --echo --output scored.jsonl', summary: 'into a file' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const [modelPath, recordsPath] = operands as [string, string]
    const { format, prepared } = await loadModelFile(world, modelPath, options, registry)
    const scorer = readingFields(await format.open(prepared), {})
    const output = options.output === '-' ? null : openOutputFile(world, options.output)
    const progress = new Progress(print, world.clock)
    let records = 0
    let errors = 0
    try {
      for await (const batch of recordsOf(world, recordsPath, options.form ?? recordFileForm(recordsPath))) {
        const scored = await scorer.score(batch)
        const lines = batch
          .map((record, i) => `${JSON.stringify(resultOf(record, scored, i, options.echo))}\n`)
          .join('')
        if (output === null) await print.bytes(Buffer.from(lines))
        else output.write(lines)
        records += batch.length
        errors += scored.errors?.size ?? 0
        await progress.at(records, 'scored')
      }
    } finally {
      await progress.end()
      scorer.close()
      output?.close()
    }
    if (world.stop.aborted) throw new MillraceError('CLI_STOPPED', { done: `${records} records are scored` })
    await print.note(`scored ${records} records, ${errors} errors`)
    return errors > 0 ? 1 : 0
  },
})

function resultOf(
  record: RecordValue,
  { predictions, errors }: PredictionBatch,
  i: number,
  isEchoed: boolean,
): unknown {
  const error = errors?.get(i)
  const result = error ? { error: { code: error.code, message: error.message } } : predictions[i]
  return isEchoed ? { ...record, ...result } : result
}
