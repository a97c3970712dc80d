import { integer, text } from '../../config/option.ts'
import { type RunFault, runFaults } from '../../engine/run-audit.ts'
import { readEngineFile } from '../engine-file.ts'
import type { Printer } from '../printer.ts'
import { defineVerb } from '../verb.ts'

/** Says what became of every record of a run. */
export const verifyRunVerb = defineVerb({
  name: 'verify-run',
  summary: 'Say of every record of a run what became of it: lost, repeated, reordered, scored by a wrong version',
  description:
    'Reads inputs, activation log, predictions and dead letters of an engine whole, each from its start, and holds them against each other. Exit status 1 when anything is wrong. The engine has drained: what it has not come to yet counts as lost. A transaction that is still open where it wrote is waited for, two minutes at the most. With at-least-once, repeated records are what was promised.',
  operands: [{ name: 'engine file', summary: 'The document that the engine was run with' }],
  options: {
    same: text({ summary: 'Field of the records that predictions repeat: both must be equal', isOptional: true }),
    versionField: text({
      summary: 'Field of the predictions in which a model says its version: it must be the stamped one',
      isOptional: true,
    }),
    maxExamples: integer({ summary: 'Examples shown of each fault', default: 5 }, { min: 0, max: 1_000 }),
  },
  examples: [
    { command: 'millrace verify-run engine.yaml', summary: 'after the engine has drained' },
    {
      command: 'millrace verify-run engine.yaml --same id --json',
      summary: 'and predictions repeat the id of their record',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const { verifyRun } = await import('../../engine/verify-run.ts')
    const { registry } = await world.components()
    const { plan } = readEngineFile(world, operands[0] as string, registry)
    const waiting = new WaitingLine(print)
    const verdict = await verifyRun(plan, registry, world.clock, {
      sameField: options.same ?? null,
      versionField: options.versionField ?? null,
      maxExamples: options.maxExamples,
      onWaiting: (place, waitedMs) => waiting.show(place, waitedMs),
    }).finally(() => waiting.end())
    const { records, predicted, deadLettered, unserved, faults, examples } = verdict
    const named = Object.keys(runFaults) as RunFault[]
    const wrong = named.map((fault) => `${faults[fault]} ${fault}`).join(', ')
    const lines = [
      `${records} records: ${predicted} predictions, ${deadLettered} dead letters, ${unserved} without a version`,
      wrong,
      ...examples.map(({ fault, place, detail }) => `  ${place} ${runFaults[fault]}: ${detail}`),
    ]
    await print.result(verdict, lines.join('\n'))
    return named.every((fault) => faults[fault] === 0) ? 0 : 1
  },
})

/** Says what is being waited for: a live line where there can be one, else a note for each place. */
class WaitingLine {
  readonly #print: Printer
  #place = ''

  constructor(print: Printer) {
    this.#print = print
  }

  async show(place: string, waitedMs: number): Promise<void> {
    const text = `waiting for the end of a transaction at ${place}`
    if (this.#print.hasLiveNotes) await this.#print.live(`${text}, ${Math.round(waitedMs / 1000)} s`)
    else if (place !== this.#place) await this.#print.note(text)
    this.#place = place
  }

  async end(): Promise<void> {
    if (this.#place !== '') await this.#print.live('')
  }
}
