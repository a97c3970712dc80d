import { expect, test } from 'vitest'
import { Printer } from '../../../src/cli/printer.ts'
import { Progress } from '../../../src/cli/progress.ts'
import { type FileScoring, scoreFile } from '../../../src/cli/score/score-file.ts'
import type { ScoredChunk } from '../../../src/cli/score/score-job.ts'
import { testWorld } from '../../support/command-line.ts'
import { csvJob } from '../../support/score-job.ts'

async function* chunksOf(count: number) {
  for (let i = 0; i < count; i++) yield new Uint8Array([i])
}

/** Chunks of two lines and two records, answered in any order; `faults` of them in the second line. */
function scoring(changes: Partial<FileScoring> & { readonly faulty?: readonly number[] } = {}) {
  const world = testWorld(changes.world ? {} : {})
  const print = new Printer(world.stdout, world.stderr, { isJson: false, isQuiet: false, isColored: false })
  const waiting: (() => void)[] = []
  const scored = (i: number): ScoredChunk => ({
    output: Buffer.from(`${i};`),
    records: 2,
    lines: 2,
    faults: changes.faulty?.includes(i)
      ? [{ line: 1, code: 'MODEL_INPUT_MISSING', message: 'is missing', row: 'r' }]
      : [],
  })
  const scorer = {
    depth: 3,
    score: ([i = 0]: Uint8Array) =>
      new Promise<ScoredChunk>((resolve) => {
        waiting.push(() => resolve(scored(i)))
        // The answers of a handful come last first.
        if (waiting.length === 4 || i === 9) for (const answer of waiting.splice(0).reverse()) answer()
      }),
    close: () => {},
  }
  const letters: string[] = []
  let output = ''
  const results = {
    partial: 'out.partial',
    write: async (bytes: Uint8Array) => void (output += Buffer.from(bytes).toString()),
    close: () => {},
  }
  const deadLetters = {
    ...results,
    write: async (bytes: Uint8Array) => void letters.push(Buffer.from(bytes).toString()),
  }
  const run = scoreFile({
    world,
    print,
    progress: new Progress(print, world.clock),
    job: csvJob(['x']),
    scorer,
    chunks: chunksOf(10),
    path: 'in.csv',
    linesBefore: 1,
    totalBytes: 10,
    results,
    deadLetters,
    ...changes,
  })
  return { run, world, letters, output: () => output }
}

test('chunks are written in order, whichever is scored first', async () => {
  const { run, output } = scoring()
  expect(await run).toMatchObject({ records: 20, errors: 0 })
  expect(output()).toBe('0;1;2;3;4;5;6;7;8;9;')
})

test('faults are counted, told with their line and kept; only some are told', async () => {
  const { run, world, letters } = scoring({ faulty: [0, 1, 2, 3, 4, 5, 6] })
  expect(await run).toMatchObject({ errors: 7 })
  expect(world.stderr.text).toContain('in.csv:3: is missing\nin.csv:5: is missing\n')
  expect(world.stderr.text).toContain('in.csv:11: is missing\n… 2 more\nscored 20 records in ')
  expect(JSON.parse(letters[6] as string)).toEqual({
    position: 'in.csv:15',
    code: 'MODEL_INPUT_MISSING',
    reason: 'is missing',
    record: 'r',
  })
})

test('a fault ends it when told, with what is written so far', async () => {
  const { run, output } = scoring({ faulty: [2], job: csvJob(['x'], {}, { onError: 'stop' }) })
  await expect(run).rejects.toThrow('in.csv:7: is missing; the 5 records before it are in out.partial')
  expect(output()).toBe('0;1;2;')
})
