/**
 * What the promise brings, or a rejection with the signal's reason as soon as it aborts: what comes after that goes to `onLate`, so that it
 * can be closed.
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  onLate: (value: T) => void = () => {},
): Promise<T> {
  if (signal === undefined) return await promise
  const aborted = Promise.withResolvers<never>()
  const giveUp = () => aborted.reject(signal.reason)
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([aborted.promise, promise])
  } catch (thrown) {
    if (signal.aborted) promise.then(onLate, () => {})
    throw thrown
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
