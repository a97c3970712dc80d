import type { VerificationReport } from '../../models/model.ts'
import type { Feature } from '../../schema/signature.ts'
import { loadModelFile, loadOptions } from '../model-file.ts'
import { type Column, type Printer, visible } from '../printer.ts'
import { defineVerb } from '../verb.ts'

const SHOWN_DIFFERENCES = 10
const SHOWN_VALUES = 6

/** Shows what is in an artifact. */
export const modelInspectVerb = defineVerb({
  name: 'model inspect',
  summary: 'Load a model file, check it, and show its inputs, outputs, size and facts',
  description:
    'Shows who made the model and when, its parts by nesting and their number, inputs with types, domains and what becomes of missing and invalid values, targets, outputs, and what the file says and scoring passes over. A file that cannot be loaded is an error that names the place in it. The exit status is 1 when the rows that the model ships do not come out as stated.',
  operands: [{ name: 'file', summary: 'The artifact' }],
  options: loadOptions,
  examples: [
    {
      command: 'millrace model inspect tree.pmml',
      summary: 'inputs, outputs, sizes and the result of its own test rows',
    },
    { command: 'millrace model inspect tree.pmml --json', summary: 'the same for programs' },
    { command: 'millrace model inspect rules.js --allow-code', summary: 'a function' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const startMs = world.clock.monotonicMs()
    const file = await loadModelFile(world, operands[0] as string, options, registry)
    const loadMs = Math.round((world.clock.monotonicMs() - startMs) * 10) / 10
    const { path, format, digest, bytes, prepared } = file
    const { signature, facts, verification, residentBytes, description, notes = [] } = prepared
    const sizes = { bytes: bytes.length, residentBytes, loadMs }
    if (print.isJson) {
      await print.json({
        file: path,
        format: format.name,
        digest,
        ...sizes,
        facts,
        signature,
        description,
        verification,
        notes,
      })
    } else {
      const found = Object.entries({ ...facts, ...description?.document })
      // Elements have a table of their own.
      const told = found.filter(([name]) => description?.elements[name] === undefined)
      await printFacts(print, [
        ['file', path],
        ['format', format.name],
        ...told,
        ['size', `${bytesText(bytes.length)}, about ${bytesText(residentBytes)} in memory, loaded in ${loadMs} ms`],
        ['digest', `sha256:${digest}`],
      ])
      if (description) {
        await printSection(print, description.parts, [
          { title: 'MODEL', of: ({ depth, name }) => `${'  '.repeat(depth)}${name}` },
          { title: 'COUNT', of: ({ count }) => count },
          { title: 'KIND', of: ({ detail }) => detail || null },
        ])
        await printSection(print, Object.entries(description.elements), [
          { title: 'ELEMENT', of: ([name]) => name },
          { title: 'COUNT', of: ([, count]) => count },
        ])
      }
      const about = new Map(description?.inputs.map((input) => [input.name, input]))
      await printFeatures(print, 'INPUT', signature.inputs, about)
      await printSection(print, description?.targets ?? [], [
        { title: 'TARGET', of: ({ name }) => name },
        { title: 'OPTYPE', of: ({ optype }) => optype },
        { title: 'VALUES', of: ({ values }) => listText(values) || null },
      ])
      await printFeatures(print, 'OUTPUT', signature.outputs, new Map())
      await printVerification(print, verification)
      for (const note of notes) await print.line(print.paint('yellow', `note: ${visible(note)}`))
    }
    return verification && verification.differences.length > 0 ? 1 : 0
  },
})

/** Facts as aligned lines on a terminal, else as lines with tabs. */
async function printFacts(print: Printer, facts: readonly (readonly [string, string | number])[]): Promise<void> {
  const width = Math.max(...facts.map(([name]) => name.length)) + 1
  for (const [name, value] of facts) {
    const shown = visible(String(value))
    await print.line(print.isTerminal ? `${print.paint('bold', name.padEnd(width))} ${shown}` : `${name}\t${shown}`)
  }
}

/** A table after an empty line; nothing when there are no items. */
async function printSection<T>(print: Printer, items: readonly T[], columns: readonly Column<T>[]): Promise<void> {
  if (items.length === 0) return
  await print.line()
  await print.table(items, columns)
}

type About = ReadonlyMap<string, { readonly optype: string; readonly treatments: readonly string[] }>

async function printFeatures(print: Printer, title: string, features: readonly Feature[], about: About): Promise<void> {
  const isInput = title === 'INPUT'
  const columns: Column<Feature>[] = [
    { title, of: ({ name }) => name },
    { title: 'DTYPE', of: ({ dtype }) => dtype },
  ]
  if (features.some(({ shape }) => shape.length > 0)) columns.push({ title: 'SHAPE', of: shapeText })
  if (about.size > 0) columns.push({ title: 'OPTYPE', of: ({ name }) => about.get(name)?.optype ?? null })
  if (isInput) columns.push({ title: 'REQUIRED', of: ({ isOptional }) => (isOptional ? 'no' : 'yes') })
  if (isInput || features.some(({ domain }) => domain))
    columns.push({ title: 'VALUES', of: (feature) => valuesText(feature) || null })
  if (about.size > 0)
    columns.push({ title: 'TREATMENT', of: ({ name }) => about.get(name)?.treatments.join(', ') || null })
  await printSection(print, features, columns)
}

async function printVerification(print: Printer, verification: VerificationReport | null): Promise<void> {
  if (!verification) return
  const { rows, differences } = verification
  await print.line(`\n${rows} rows to verify it with, ${differences.length} differences`)
  for (const { row, output, expected, actual } of differences.slice(0, SHOWN_DIFFERENCES))
    await print.line(visible(`  row ${row + 1}: output "${output}" is ${actual}, expected ${expected}`))
  const more = differences.length - SHOWN_DIFFERENCES
  if (more > 0) await print.line(`  … ${more} more; millrace model verify shows them`)
}

function shapeText({ shape }: Feature): string {
  return shape.length === 0 ? 'scalar' : `[${shape.map((size) => size ?? '?').join(', ')}]`
}

/** `setosa, versicolor, virginica`, or `[0, 10]`; long lists are cut. */
function valuesText({ domain }: Feature): string {
  if (domain?.values) return listText(domain.values.map(String))
  return (domain?.intervals ?? [])
    .map(
      ({ min, max, isMinOpen, isMaxOpen }) =>
        `${isMinOpen ? '(' : '['}${min ?? '-∞'}, ${max ?? '∞'}${isMaxOpen ? ')' : ']'}`,
    )
    .join(' ')
}

function listText(values: readonly string[]): string {
  if (values.length <= SHOWN_VALUES) return values.join(', ')
  return `${values.slice(0, SHOWN_VALUES).join(', ')}, … (${values.length})`
}

/** `512 bytes`, `1.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`
  return bytes < 1e6
    ? `${Math.round(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`
}
