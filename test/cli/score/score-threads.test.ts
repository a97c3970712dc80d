import { expect, test } from 'vitest'
import { ScoreThreads } from '../../../src/cli/score/score-threads.ts'
import { timesSource } from '../../support/engine-folder.ts'
import { csvJob, preparedFunction } from '../../support/score-job.ts'

const registryUrl = new URL('../../../src/components.ts', import.meta.url).href

test('threads answer every chunk, with what one thread would', async () => {
  const prepared = await preparedFunction(timesSource(3))
  const threads = new ScoreThreads({ registryUrl, format: 'javascript', prepared, job: csvJob(['x']) }, 2)
  const answers = await Promise.all(
    Array.from({ length: 7 }, (_, i) => threads.score(new Uint8Array(Buffer.from(`${i}\nno\n`)))),
  )
  expect(answers.map(({ output }) => Buffer.from(output).toString())).toEqual(
    Array.from({ length: 7 }, (_, i) => `${i * 3}\n\n`),
  )
  expect(answers[6]?.faults).toMatchObject([{ line: 1 }])
  expect(threads.depth).toBe(4)
  threads.close()
})

test('a thread that cannot start is an error of every chunk', async () => {
  const prepared = await preparedFunction(timesSource(3))
  const threads = new ScoreThreads(
    {
      registryUrl: 'data:text/javascript,throw new Error("no registry")',
      format: 'javascript',
      prepared,
      job: csvJob(['x']),
    },
    1,
  )
  await expect(threads.score(new Uint8Array(2))).rejects.toThrow('a scoring thread ended: no registry')
  await expect(threads.score(new Uint8Array(2))).rejects.toThrow('a scoring thread ended')
  threads.close()
})

test('threads that are closed answer what they have, then end', async () => {
  const prepared = await preparedFunction(timesSource(3))
  const threads = new ScoreThreads({ registryUrl, format: 'javascript', prepared, job: csvJob(['x']) }, 1)
  const answers = [1, 2, 3].map((i) => threads.score(new Uint8Array(Buffer.from(`${i}\n`))))
  threads.close()
  expect((await Promise.all(answers)).map(({ output }) => Buffer.from(output).toString())).toEqual([
    '3\n',
    '6\n',
    '9\n',
  ])
  // The thread ends by itself, after which a chunk is refused.
  for (;;) {
    const refused = await Promise.race([
      threads.score(new Uint8Array(2)).then(
        () => null,
        (error: Error) => error,
      ),
      nextTurn(),
    ])
    if (refused instanceof Error) {
      expect(refused.message).toContain('exit code 0')
      return
    }
  }
})

function nextTurn(): Promise<null> {
  return new Promise((done) => setImmediate(() => done(null)))
}
