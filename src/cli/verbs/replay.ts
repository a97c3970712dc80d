import { boolean, integer, text } from '../../config/option.ts'
import { bytesAt } from '../../core/bytes.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { readEngineFile } from '../engine-file.ts'
import { openOutputFile } from '../output-file.ts'
import type { Printer } from '../printer.ts'
import { defineVerb, type World } from '../verb.ts'

/** Scores committed records again. */
export const replayVerb = defineVerb({
  name: 'replay',
  summary: 'Score committed records again, each with the version that scored it then',
  description:
    'Versions come from the log of cut-overs and from the artifact store, so that the predictions are the same bytes; --verify compares them with those that were written, and the first difference is an error. Nothing is changed; the engine may be running.',
  operands: [{ name: 'engine file', summary: 'The document that the engine was run with' }],
  options: {
    task: text({ summary: 'Only this task: <slot>/<partition>', isOptional: true, examples: ['0/0'] }),
    from: integer({ summary: 'First position', default: 0 }, { min: 0 }),
    to: integer(
      { summary: 'End of the positions, exclusive; by default that of the last commit', isOptional: true },
      { min: 0 },
    ),
    verify: boolean({ summary: 'Compare with the predictions that were written', default: false }),
    output: text({ summary: 'File for the predictions, one a line; - is standard output', isOptional: true }),
  },
  examples: [
    { command: 'millrace replay engine.yaml --verify', summary: 'prove that everything can be had again' },
    {
      command: 'millrace replay engine.yaml --task 0/0 --from 1000 --to 2000 --output -',
      summary: 'a thousand records',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const { replay } = await import('../../engine/replay.ts')
    const { registry } = await world.components()
    const { plan } = readEngineFile(world, operands[0] as string, registry)
    const output = openOutput(world, print, options.output)
    const result = await replay(plan, registry, world.clock, {
      task: options.task ?? null,
      from: options.from,
      to: options.to ?? null,
      verifies: options.verify,
      ...(output ? { onPredictions: (_task, _slot, frames) => output.write(linesOfBatch(frames)) } : {}),
    }).finally(() => output?.close())
    const { records, predictions, faults, verified } = result
    const compared = options.verify ? `, ${verified} equal to those that were written` : ''
    const sentence = `${records} records replayed: ${predictions} predictions, ${faults} faults${compared}`
    if (options.output === '-') await print.note(sentence)
    else await print.result(result, sentence)
    return 0
  },
})

function linesOfBatch({ values, length }: FrameBatch): Buffer {
  const parts: Uint8Array[] = []
  for (let i = 0; i < length; i++) parts.push(bytesAt(values, i) ?? new Uint8Array(0), Buffer.from('\n'))
  return Buffer.concat(parts)
}

/** Where predictions go; replay hands them over one after another and does not wait. */
function openOutput(world: World, print: Printer, name: string | undefined) {
  if (name === undefined) return null
  if (name === '-') {
    let last = Promise.resolve()
    const write = (bytes: Uint8Array) => {
      last = last.then(() => print.bytes(bytes))
      last.catch(() => {}) // told by close
    }
    return { write, close: () => last }
  }
  return openOutputFile(world, name)
}
