import { parentPort } from 'node:worker_threads'
import { MillraceError } from '../../core/errors.ts'
import { openSession } from './session.ts'
import type { TrialAnswer, TrialRequest, TrialResult } from './trial.ts'

/** Makes a session, runs it and gives it back. */
export async function runTrial({ model, options, source, runs }: TrialRequest): Promise<TrialResult> {
  const session = await openSession(model, options, source)
  try {
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      runs: runs.map((feeds) => {
        try {
          return { outputs: session.runNow(feeds) }
        } catch (thrown) {
          return { error: MillraceError.from(thrown, 'a trial').toReport() }
        }
      }),
    }
  } finally {
    session.release()
  }
}

parentPort?.on('message', (request: TrialRequest) => {
  runTrial(request).then(
    (result) => parentPort?.postMessage({ kind: 'done', id: request.id, result } satisfies TrialAnswer),
    (thrown: unknown) => {
      const error = MillraceError.from(thrown, 'a trial').toReport()
      parentPort?.postMessage({ kind: 'error', id: request.id, error } satisfies TrialAnswer)
    },
  )
})
