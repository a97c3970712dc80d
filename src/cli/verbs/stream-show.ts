import { choice } from '../../config/option.ts'
import { normalise } from '../../streams/descriptor.ts'
import { showFastscore, showStream } from '../../streams/show.ts'
import { readDocument } from '../engine-file.ts'
import { defineVerb, type World } from '../verb.ts'

/** Prints the normal form of a stream descriptor. */
export const streamShowVerb = defineVerb({
  name: 'stream show',
  summary: 'Check a stream descriptor and print its normal form, with every default filled in and secrets masked',
  operands: [{ name: 'stream', summary: 'A file, or a literal such as log:orders' }],
  options: {
    spelling: choice(['own', 'fastscore'], { summary: 'Spelling of the output', default: 'own' }),
  },
  examples: [
    { command: 'millrace stream show log:orders', summary: 'what a literal stands for' },
    {
      command: 'millrace stream show orders.json --spelling fastscore',
      summary: "as FastScore's stream verify prints it",
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const { registry } = await world.components()
    const warnings: string[] = []
    const descriptor = normalise(...streamOf(world, operands[0] as string, (text) => warnings.push(text)), registry)
    for (const warning of warnings) await print.note(`warning: ${warning}`)
    const shown = options.spelling === 'own' ? showStream(descriptor, registry) : showFastscore(descriptor, registry)
    await (print.isJson ? print.json(shown) : print.line(JSON.stringify(shown, null, 2)))
    return 0
  },
})

type StreamSource = [value: unknown, origin: Parameters<typeof normalise>[1]]

/** A descriptor by file or by literal, with where it stands. */
function streamOf(world: World, text: string, warn: (warning: string) => void): StreamSource {
  if (/^[a-z][a-z-]+:/.test(text)) return [text, { source: text, warn }]
  const document = readDocument(world, text)
  return [document.value, { document, source: text, warn }]
}
