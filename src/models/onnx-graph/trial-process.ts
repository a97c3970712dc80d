import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { reasonOf } from '../../core/errors.ts'
import { workerUrl } from '../../core/worker-url.ts'
import type { TrialAnswer, TrialRequest } from './trial.ts'

/*
 * Main thread of the trial process. Native code runs on a thread beside it, so that this one stays free to end the process when
 * the parent is gone or when memory runs out.
 */

const watchEveryMs = 20

/** Answers the parent's requests one after another until it is gone. */
function serve(): void {
  preferForKilling()
  const runner = new Worker(workerUrl(import.meta.url, 'trial-runner'), { name: 'millrace-trial' })
  let watch: NodeJS.Timeout | undefined
  process.on('disconnect', end)
  // The runtime's own way out waits for the thread, which may never leave native code.
  process.on('uncaughtException', (thrown) => endWith(reasonOf(thrown)))
  process.on('message', (request: TrialRequest) => {
    answerWith({ kind: 'started', id: request.id })
    watch = setInterval(() => checkMemory(request.maxMemoryBytes), watchEveryMs)
    runner.postMessage(request)
  })
  runner.on('message', (answer: TrialAnswer) => {
    clearInterval(watch)
    answerWith(answer)
  })
  runner.on('error', (thrown: Error) => endWith(thrown.message))
}

/** Ends at once: a thread inside native code would hold up an orderly exit. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** An answer that finds no parent any more is the last thing this process does. */
function answerWith(answer: TrialAnswer): void {
  process.send?.(answer, (thrown: Error | null) => {
    if (thrown) end()
  })
}

function endWith(reason: string): void {
  process.send?.({ kind: 'ending', reason } satisfies TrialAnswer, end)
}

function checkMemory(maxBytes: number): void {
  const bytes = process.memoryUsage.rss()
  if (bytes > maxBytes) endWith(`it takes more than ${Math.floor(maxBytes / 2 ** 20)} MiB of memory`)
}

/** Has Linux kill this process first when the machine runs out of memory. */
function preferForKilling(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Other systems have no such file.
  }
}

serve()
