import { MillraceError } from '../core/errors.ts'

/** The result of `work`, or CLI_STOPPED at the first Ctrl-C: for what leaves nothing half done. The work is then left to itself. */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {}) // nobody hears of it once it is stopped
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const onStop = () => reject(new MillraceError('CLI_STOPPED', { done: 'nothing more is done' }))
  stop.addEventListener('abort', onStop)
  if (stop.aborted) onStop()
  try {
    return await Promise.race([work, stopped])
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}
