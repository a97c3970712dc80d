import type { Feature } from '../../schema/signature.ts'
import { loadModelFile, loadOptions } from '../model-file.ts'
import type { Printer } from '../printer.ts'
import { defineVerb } from '../verb.ts'

/** Shows what is in an artifact. */
export const modelInspectVerb = defineVerb({
  name: 'model inspect',
  summary: 'Load a model file, check it, and show its inputs, outputs and facts',
  operands: [{ name: 'file', summary: 'The artifact' }],
  options: loadOptions,
  examples: [
    { command: 'millrace model inspect tree.pmml', summary: 'signature, sizes and the result of its own test rows' },
    { command: 'millrace model inspect rules.js --allow-code --json', summary: 'a function, for programs' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const { path, format, digest, bytes, prepared } = await loadModelFile(
      world,
      operands[0] as string,
      options,
      registry,
    )
    const { signature, facts, verification, residentBytes } = prepared
    const summary = { file: path, format: format.name, digest, bytes: bytes.length, residentBytes, facts }
    if (print.isJson) await print.json({ ...summary, signature, verification })
    else {
      const sizes = `${bytes.length} bytes, about ${residentBytes} in memory`
      await print.line(`${path}: ${format.name}, ${sizes}, sha256:${digest}`)
      for (const [name, value] of Object.entries(facts)) await print.line(`  ${name}: ${value}`)
      await print.line()
      await printFeatures(print, 'INPUT', signature.inputs)
      await print.line()
      await printFeatures(print, 'OUTPUT', signature.outputs)
      if (verification) {
        const { rows, differences } = verification
        await print.line(`\n${rows} rows to verify it with, ${differences.length} differences`)
        for (const { row, output, expected, actual } of differences.slice(0, 10))
          await print.line(`  row ${row}: output "${output}" is ${actual}, expected ${expected}`)
      }
    }
    return verification && verification.differences.length > 0 ? 1 : 0
  },
})

function printFeatures(print: Printer, title: string, features: readonly Feature[]): Promise<void> {
  return print.table(features, [
    { title, of: ({ name }) => name },
    { title: 'DTYPE', of: ({ dtype }) => dtype },
    {
      title: 'SHAPE',
      of: ({ shape }) => (shape.length === 0 ? 'scalar' : `[${shape.map((d) => d ?? '?').join(', ')}]`),
    },
    { title: 'OPTIONAL', of: ({ isOptional }) => (isOptional ? 'yes' : 'no') },
    { title: 'VALUES', of: valuesText },
  ])
}

/** `setosa, versicolor, virginica`, or `[0, 10]`; long lists are cut. */
function valuesText({ domain }: Feature): string {
  if (domain?.values) {
    const shown = domain.values.slice(0, 6).map(String)
    return domain.values.length > 6 ? `${shown.join(', ')}, … (${domain.values.length})` : shown.join(', ')
  }
  return (domain?.intervals ?? [])
    .map(
      ({ min, max, isMinOpen, isMaxOpen }) =>
        `${isMinOpen ? '(' : '['}${min ?? '-∞'}, ${max ?? '∞'}${isMaxOpen ? ')' : ']'}`,
    )
    .join(' ')
}
