import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
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
  process.on('message', (request: TrialRequest) => {
    process.send?.({ kind: 'started', id: request.id } satisfies TrialAnswer)
    watch = setInterval(() => checkMemory(request.maxMemoryBytes), watchEveryMs)
    runner.postMessage(request)
  })
  runner.on('message', (answer: TrialAnswer) => {
    clearInterval(watch)
    process.send?.(answer)
  })
  runner.on('error', (thrown: Error) => endWith(thrown.message))
}

/** Ends at once: a thread inside native code would hold up an orderly exit. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
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
