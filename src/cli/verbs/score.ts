import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { boolean, choice, integer, list, type OptionValues, text } from '../../config/option.ts'
import { CsvText } from '../../core/csv-text.ts'
import { MillraceError } from '../../core/errors.ts'
import { otherNames } from '../../engine/features.ts'
import type { PreparedModel } from '../../models/model.ts'
import type { Signature } from '../../schema/signature.ts'
import { loadModelFile, loadOptions } from '../model-file.ts'
import { type Printer, visible } from '../printer.ts'
import { Progress } from '../progress.ts'
import { formByEnding, recordFileForms } from '../record-file.ts'
import { type ChunkScorer, openChunkScorer } from '../score/chunk-scorer.ts'
import { GrowingScorer } from '../score/growing-scorer.ts'
import { openRecordSource, type RecordSource } from '../score/record-source.ts'
import { openResultFile } from '../score/result-file.ts'
import { csvColumns } from '../score/row-writer.ts'
import { scoreFile } from '../score/score-file.ts'
import { errorRules, type ScoreJob, type ScoreOutput } from '../score/score-job.ts'
import { ScoreThreads } from '../score/score-threads.ts'
import { defineVerb, type World } from '../verb.ts'

/** More threads than that wait for the one that reads and writes. */
const MAX_DEFAULT_THREADS = 8

const column = text({ summary: 'Name of a column' })

const options = {
  ...loadOptions,
  form: choice(recordFileForms, {
    summary: 'Form of the records; by default what the ending says, or the first character where it says nothing',
    isOptional: true,
  }),
  delimiter: text({
    summary: 'What stands between the cells of CSV, \\t for a tab; by default the one of , ; tab | that the header has',
    isOptional: true,
  }),
  quote: text({ summary: 'What quoted cells of CSV stand in; empty for files without quoting', default: '"' }),
  columns: list(column, { summary: 'Names of the columns of a CSV file that has no header', default: [] }),
  missing: list(text({ summary: 'A text' }), {
    summary:
      'Text that means no value, in any column; by default NA, N/A, NaN, null and \\N in columns of numbers. Empty always does',
    default: [],
  }),
  output: text({ summary: 'File for the predictions; - is standard output', default: '-' }),
  outputForm: choice(recordFileForms, {
    summary: 'Form of the predictions; by default what the ending of --output says, or the form of the records',
    isOptional: true,
  }),
  outputDelimiter: text({ summary: 'Delimiter of the predictions; by default that of the records', isOptional: true }),
  copy: list(column, { summary: 'Column (field) of the records that is put before the predictions', default: [] }),
  echo: boolean({ summary: 'Put all columns of the records before the predictions', default: false }),
  outputs: list(text({ summary: 'Name of an output' }), {
    summary: 'Output of the model that is written; by default all',
    default: [],
  }),
  prefix: text({ summary: 'What the names of outputs begin with', default: '', examples: ['predicted_'] }),
  onError: choice(errorRules, {
    summary: 'A row without a prediction is kept in its place, skipped, or stops the work',
    default: 'keep',
  }),
  errorColumn: text({ summary: 'Column of CSV for the reason why a row has no prediction', isOptional: true }),
  deadLetters: text({
    summary: 'File for rows without a prediction: place, reason and text as JSON lines',
    isOptional: true,
  }),
  threads: integer(
    {
      summary: 'Scoring threads; by default one for each processor once much work turns out to be left',
      isOptional: true,
    },
    { min: 1, max: 256 },
  ),
  progress: boolean({ summary: 'Tell of the progress where there is no terminal', default: false }),
} as const

type Options = OptionValues<typeof options>

/** Scores a file without an engine. */
export const scoreVerb = defineVerb({
  name: 'score',
  summary: 'Score the records of a file with a model file, without an engine',
  description: [
    'Reads CSV with a header, or JSON lines, and writes one row (line) for each record, in order. A column is read as the field of its name; columns that the model does not know are passed over. A row that cannot be read or scored has empty cells, or {"error": {"code", "message"}} in JSON lines, in its place; the first such rows are told on standard error with their line, and the exit status is 1 (0 with --on-error skip).',
    'An output file has the name <output>.partial until it is whole. Ctrl-C ends the work in order and leaves what is done there.',
  ].join('\n\n'),
  operands: [
    { name: 'model file', summary: 'The artifact' },
    { name: 'records', summary: 'CSV or JSON lines; - is standard input' },
  ],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace score tree.pmml iris.csv > scored.csv', summary: 'CSV in, CSV out' },
    {
      command: 'millrace score tree.pmml iris.csv --echo --prefix predicted_ --output scored.csv',
      summary: 'all columns and the predictions',
    },
    {
      command: 'millrace score tree.pmml orders.csv --copy order_id --output scored.jsonl',
      summary: 'the key of each row and its prediction, as JSON lines',
    },
    {
      command: 'millrace score tree.pmml old.csv --delimiter ";" --missing ? --missing -999',
      summary: 'another delimiter, own marks of missing values',
    },
    {
      command: 'zcat big.csv.gz | millrace score tree.pmml - --on-error skip --dead-letters bad.jsonl --progress',
      summary: 'from a pipe, bad rows to a file of their own',
    },
    { command: 'millrace score rules.js iris.jsonl --allow-code --echo --output scored.jsonl', summary: 'a function' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry, url } = await world.components()
    const [modelPath, path] = operands as [string, string]
    const { format, prepared } = await loadModelFile(world, modelPath, options, registry)
    const source = await openRecordSource(world, {
      path,
      form: options.form ?? formByEnding(path),
      delimiter:
        options.delimiter === undefined ? (/\.tsv$/i.test(path) ? '\t' : undefined) : unescaped(options.delimiter),
      quote: options.quote,
      columns: options.columns,
    })
    const output = outputOf(options, source, prepared.signature)
    const job: ScoreJob = {
      input: source.csv
        ? { form: 'csv', ...source.csv, missing: options.missing.length > 0 ? options.missing : null }
        : { form: 'jsonl' },
      output,
      onError: options.onError,
      keepsRows: options.deadLetters !== undefined,
      readsAnything: format.isCode,
    }
    const named = source.csv?.header ?? source.firstFields
    if (named && !format.isCode)
      await checkColumns(prepared.signature, named, { path, isCsv: source.csv !== null }, print)
    const totalBytes = sizeOf(world, path)
    const here = async () => openChunkScorer(job, format.name, prepared, registry)
    const spread = (threads: number) =>
      new ScoreThreads({ registryUrl: url, format: format.name, prepared, job }, threads)
    const scorer = await chosenScorer(options.threads, prepared, totalBytes, { here, spread, clock: world.clock })
    const results = openResultFile(world, print, options.output)
    const deadLetters = options.deadLetters === undefined ? null : openResultFile(world, print, options.deadLetters)
    let isWhole = false
    try {
      if (output.form === 'csv') await results.write(headerRow(output, source.csv?.header ?? []))
      const tally = await scoreFile({
        world,
        print,
        progress: new Progress(print, world.clock, { isForced: options.progress }),
        job,
        scorer,
        chunks: source.chunks,
        path,
        linesBefore: source.linesBefore,
        totalBytes,
        results,
        deadLetters,
      })
      isWhole = true
      if (print.isJson && options.output !== '-') await print.json(tally)
      return tally.errors > 0 && options.onError !== 'skip' ? 1 : 0
    } finally {
      scorer.close()
      results.close(isWhole)
      deadLetters?.close(true)
    }
  },
})

/** A tab is hard to type. */
function unescaped(delimiter: string): string {
  return delimiter.replaceAll('\\t', '\t')
}

function outputOf(options: Options, source: RecordSource, signature: Signature): ScoreOutput {
  const chosen = options.outputForm ?? formByEnding(options.output) ?? (source.csv ? 'csv' : 'jsonl')
  const names = signature.outputs.map((output) => output.name)
  const outputs = options.outputs.length > 0 ? options.outputs : names
  const unknown = outputs.find((name) => !names.includes(name))
  if (unknown !== undefined) wrong(`option "--outputs" has "${unknown}", expected some of ${names.join(', ')}`)
  if (chosen === 'csv' && outputs.length === 0)
    wrong('the model does not say which outputs it has; write JSON lines with --output-form jsonl')
  const header = source.csv?.header ?? null
  const absent = options.copy.find((name) => header !== null && !header.includes(name))
  if (absent !== undefined) wrong(`option "--copy" has "${absent}", but the columns are ${header?.join(', ')}`)
  if (options.echo && header === null && chosen === 'csv')
    wrong('option "--echo" needs a header to know the columns of CSV; name them with --copy')
  const copied = options.echo ? null : options.copy
  const output: ScoreOutput = {
    form: chosen,
    marks: {
      delimiter: unescaped(
        options.outputDelimiter ?? (/\.tsv$/i.test(options.output) ? '\\t' : (source.csv?.marks.delimiter ?? ',')),
      ),
      quote: options.quote === '' ? '"' : options.quote,
    },
    copied,
    outputs,
    prefix: options.prefix,
    errorColumn: options.errorColumn ?? null,
  }
  const columns = csvColumns(output, header ?? [])
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  if (chosen === 'csv' && twice !== undefined && !header?.includes(twice))
    wrong(`column "${twice}" would stand there twice`)
  const clash = outputs.find((name) => (copied ?? header ?? []).includes(options.prefix + name))
  if (chosen === 'csv' && clash !== undefined)
    wrong(
      `column "${options.prefix}${clash}" would stand there twice, as it is an output too; name the outputs otherwise with --prefix predicted_`,
    )
  return output
}

function headerRow(output: ScoreOutput, header: readonly string[]): Uint8Array {
  const row = new CsvText(output.marks)
  for (const [i, name] of csvColumns(output, header).entries()) {
    if (i > 0) row.delimiter()
    row.cell(name)
  }
  row.endRow()
  return row.take()
}

/** A CSV that has none of the inputs is the wrong file; some may be missing, and that is told. Of JSON lines only the first is known. */
async function checkColumns(
  { inputs }: Signature,
  header: readonly string[],
  { path, isCsv }: { readonly path: string; readonly isCsv: boolean },
  print: Printer,
): Promise<void> {
  const absent = inputs.filter((input) => ![input.name, ...otherNames(input)].some((name) => header.includes(name)))
  if (absent.length === 0) return
  const names = absent.map(({ name }) => `"${name}"`)
  const shown = names.length > 8 ? `${names.slice(0, 8).join(', ')}, … (${names.length})` : names.join(', ')
  const isNone = absent.length === inputs.length
  if (!isCsv) {
    // Records may lack what is optional: only one that has nothing at all is suspicious.
    const found = header.slice(0, 12).map(visible).join(', ')
    if (isNone)
      await print.note(
        `warning: the first record of ${path} has none of the fields that the model reads, ${shown}; it has ${found}`,
      )
    return
  }
  if (isNone) {
    const list = absent.find(({ shape }) => shape.some((size) => size !== null && size > 1))
    const hint = list ? `; --options '{"features": [...]}' says which columns make "${list.name}"` : ''
    throw new MillraceError('CLI_INPUT_WRONG', {
      place: path,
      reason: `it has none of the columns that the model reads, ${shown}; it has ${header.slice(0, 12).join(', ')}${hint}`,
    })
  }
  await print.note(
    `warning: ${path} has no column ${shown}; the model takes ${names.length === 1 ? 'it' : 'them'} as missing`,
  )
}

interface Places {
  readonly here: () => Promise<ChunkScorer>
  readonly spread: (threads: number) => ChunkScorer
  readonly clock: World['clock']
}

/** Scores here, on as many threads as were asked for, or here until much work turns out to be left. */
async function chosenScorer(
  threads: number | undefined,
  { isStateful }: PreparedModel,
  totalBytes: number | null,
  { here, spread, clock }: Places,
): Promise<ChunkScorer> {
  // What a stateful model answers depends on the records before.
  if (threads === 1 || isStateful) return here()
  if (threads !== undefined) return spread(threads)
  const processors = Math.min(availableParallelism(), MAX_DEFAULT_THREADS)
  if (processors === 1 || totalBytes === null) return here()
  return new GrowingScorer({ here: await here(), threads: () => spread(processors), totalBytes, clock })
}

function sizeOf(world: World, path: string): number | null {
  if (path === '-') return null
  const stats = statSync(resolve(world.cwd, path), { throwIfNoEntry: false })
  return stats?.isFile() ? stats.size : null
}

function wrong(reason: string): never {
  throw new MillraceError('CLI_OPTION_WRONG', { reason })
}
