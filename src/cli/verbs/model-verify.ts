import { choice, decimal, integer, list, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { readingFields } from '../../engine/features.ts'
import type { Scorer, VerificationReport } from '../../models/model.ts'
import type { RecordValue } from '../../schema/value.ts'
import { loadModelFile, loadOptions } from '../model-file.ts'
import type { Printer } from '../printer.ts'
import { type CsvReading, recordFileForm, recordFileForms, recordsOf } from '../record-file.ts'
import { defineVerb, type World } from '../verb.ts'
import { comparedOutputs, type Difference, differenceOf, RowComparison, type Tolerance } from '../verify-rows.ts'

/** Checks that a model answers as it should. */
export const modelVerifyVerb = defineVerb({
  name: 'model verify',
  summary:
    'Check that a model file answers as it should: on the rows that it ships, and on records with expected values',
  description: [
    'The rows that a model ships (ModelVerification in PMML, verification in a function) are checked within the precision that they state. Records are scored as millrace score does, and each output for which the file has a column (a field) of its name is compared; the expected values may also be in a file of their own, row by row. A number agrees when it is within --rel of the expected one or within --abs of it; no value agrees with an empty cell.',
    'The exit status is 0 when everything agrees, 1 when something does not, or when there was nothing to compare.',
  ].join('\n\n'),
  operands: [{ name: 'file', summary: 'The artifact' }],
  options: {
    ...loadOptions,
    records: text({ summary: 'CSV or JSON lines to score; - is standard input', isOptional: true }),
    form: choice(recordFileForms, {
      summary: 'Form of the records; by default what the ending says',
      isOptional: true,
    }),
    delimiter: text({ summary: 'Delimiter of CSV, \\t for a tab; by default what the header has', isOptional: true }),
    missing: list(text({ summary: 'A text' }), {
      summary: 'Text that means no value, as for millrace score',
      default: [],
    }),
    expected: text({
      summary: 'File of the expected outputs, row by row; by default they are in the records',
      isOptional: true,
    }),
    rel: decimal({ summary: 'Share of the expected number that the actual one may be off', default: 1e-6 }, { min: 0 }),
    abs: decimal({ summary: 'How far the actual number may be off besides', default: 1e-12 }, { min: 0 }),
    max: integer({ summary: 'Show at most this many', unit: 'differences', default: 20 }, { min: 0, max: 1_000_000 }),
  },
  examples: [
    { command: 'millrace model verify tree.pmml', summary: 'the rows that the file ships' },
    {
      command: 'millrace model verify tree.pmml --records iris-labelled.csv',
      summary: 'a file that has the outputs beside the inputs',
    },
    {
      command: 'millrace model verify tree.pmml --records input.csv --expected output.csv --rel 1e-9',
      summary: 'as JPMML users keep them, in two files',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const path = operands[0] as string
    const { format, prepared } = await loadModelFile(world, path, options, registry)
    const tolerance = { relative: options.rel, absolute: options.abs }
    const own = prepared.verification
    let comparison: RowComparison | null = null
    if (options.records !== undefined) {
      const scorer = readingFields(await format.open(prepared), {})
      try {
        const { records, expected = null, form, max } = options
        const delimiter = options.delimiter?.replaceAll('\\t', '\t')
        const missing = options.missing.length > 0 ? options.missing : undefined
        comparison = await compareFile(world, scorer, {
          records,
          expected,
          form,
          max,
          tolerance,
          csv: { delimiter, missing, keepsNulls: true },
        })
      } finally {
        scorer.close()
      }
    }
    const agrees = (own?.differences.length ?? 0) === 0 && (comparison?.total ?? 0) === 0
    const isEmpty = (own?.rows ?? 0) === 0 && (comparison?.rows ?? 0) === 0
    if (print.isJson) {
      await print.json({
        agrees: agrees && !isEmpty,
        shipped: own,
        records: comparison && {
          rows: comparison.rows,
          differingRows: comparison.differing,
          differences: comparison.total,
          outputs: Object.fromEntries(comparison.outputs),
          shown: comparison.differences,
        },
      })
    } else {
      if (own) await printShipped(print, own, options.max)
      if (comparison) await printComparison(print, comparison)
      if (isEmpty) await print.warn(`${path} ships no rows; give some with --records`)
    }
    return agrees && !isEmpty ? 0 : 1
  },
})

interface Files {
  readonly records: string
  readonly expected: string | null
  readonly form: 'csv' | 'jsonl' | undefined
  readonly tolerance: Tolerance
  readonly max: number
  readonly csv: CsvReading
}

async function compareFile(world: World, scorer: Scorer, files: Files): Promise<RowComparison> {
  const expectedRows = files.expected === null ? null : await allRecords(world, files.expected, files.csv)
  const { inputs, outputs } = scorer.signature
  let comparison: RowComparison | null = null
  let at = 0
  for await (const records of recordsOf(world, files.records, files.form ?? recordFileForm(files.records), {
    ...files.csv,
    inputs,
  })) {
    const expected = expectedRows === null ? records : expectedRows.slice(at, at + records.length)
    at += records.length
    if (expected.length < records.length) throw unequal(files, expectedRows?.length ?? 0, 'ends before the records do')
    comparison ??= opened(expectedRows ?? records)
    const { predictions, errors } = await scorer.score(records)
    for (const [i, wanted] of expected.entries())
      comparison.add(wanted, predictions[i] ?? errors?.get(i)?.message ?? '')
  }
  if (expectedRows !== null && at < expectedRows.length)
    throw unequal(files, expectedRows.length, `goes on after the ${at} records`)
  return comparison ?? new RowComparison([], files.tolerance, files.max)

  function opened(rows: readonly RecordValue[]): RowComparison {
    const names = rows.flatMap((row) => Object.keys(row))
    const compared = comparedOutputs(outputs, inputs, names, files.expected !== null)
    if (compared.length === 0) {
      const place = files.expected ?? files.records
      const reason = `none of its columns is an output of the model: ${outputs.map(({ name }) => name).join(', ')}`
      throw new MillraceError('CLI_INPUT_WRONG', { place, reason })
    }
    return new RowComparison(compared, files.tolerance, files.max)
  }
}

async function allRecords(world: World, path: string, csv: CsvReading): Promise<RecordValue[]> {
  const all: RecordValue[] = []
  for await (const records of recordsOf(world, path, recordFileForm(path), csv)) all.push(...records)
  return all
}

function unequal({ expected }: Files, rows: number, what: string): MillraceError {
  return new MillraceError('CLI_INPUT_WRONG', { place: String(expected), reason: `it has ${rows} rows and ${what}` })
}

async function printShipped(print: Printer, { rows, differences }: VerificationReport, max: number): Promise<void> {
  const verdict =
    differences.length === 0
      ? print.paint('green', 'all as stated')
      : print.paint('red', `${differences.length} differences`)
  await print.line(`${rows} rows that the model ships: ${verdict}`)
  const shown = differences.slice(0, max).map(({ row, ...rest }): Difference => {
    const distance = differenceOf(rest.expected, rest.actual, { relative: 0, absolute: 0 })
    return { ...rest, row: row + 1, absolute: distance?.absolute ?? null, relative: distance?.relative ?? null }
  })
  await printDifferences(print, shown, differences.length)
}

async function printComparison(print: Printer, comparison: RowComparison): Promise<void> {
  const { rows, differing, total, differences, outputs } = comparison
  const verdict =
    total === 0
      ? print.paint('green', 'all as expected')
      : print.paint('red', `${differing} differ, in ${total} values`)
  await print.line(`${rows} records: ${verdict}`)
  await printDifferences(print, differences, total)
  await print.line()
  await print.table(
    [...outputs],
    [
      { title: 'OUTPUT', of: ([name]) => name },
      { title: 'COMPARED', of: ([, tally]) => tally.compared },
      {
        title: 'DIFFERENT',
        of: ([, tally]) => tally.differing,
        color: ([, tally]) => (tally.differing > 0 ? 'red' : null),
      },
      {
        title: 'LARGEST DIFFERENCE',
        of: ([, tally]) => (tally.largestAbsolute > 0 ? tally.largestAbsolute.toExponential(2) : null),
      },
    ],
  )
}

async function printDifferences(print: Printer, shown: readonly Difference[], total: number): Promise<void> {
  if (shown.length === 0) return
  await print.line()
  await print.table(shown, [
    { title: 'ROW', of: ({ row }) => row },
    { title: 'OUTPUT', of: ({ output }) => output },
    { title: 'EXPECTED', of: ({ expected }) => expected || null },
    { title: 'ACTUAL', of: ({ actual }) => actual || null, color: () => 'red' },
    { title: 'DIFFERENCE', of: ({ absolute }) => absolute?.toExponential(2) ?? null },
    { title: 'RELATIVE', of: ({ relative }) => relative?.toExponential(2) ?? null },
  ])
  if (total > shown.length) await print.line(`… ${total - shown.length} more`)
}
