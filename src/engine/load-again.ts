import { MillraceError } from '../core/errors.ts'
import type { LoadedVersion, LoadRequest } from './load-version.ts'

/** How long to wait before a version is loaded again whose error may pass: it must not be rejected here and active elsewhere. */
const DELAYS_MS = [1_000, 2_000, 4_000, 8_000]
/** Loads that ran out of time, or ended the loader, are tried again so often: they cost the loader's time-out each. */
const LOADER_RETRIES = 1

/** What loading again needs. */
export interface LoadParts {
  readonly load: (request: LoadRequest) => Promise<LoadedVersion>
  /** `Clock.sleep`. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>
}

/** Loads a version; where the error may pass (a server that is away, a loader that is busy) some times more, unless the signal aborts. */
export async function loadAgain(
  request: LoadRequest,
  { load, sleep }: LoadParts,
  signal: AbortSignal,
): Promise<LoadedVersion> {
  for (let failures = 0; ; failures++) {
    try {
      return await load(request)
    } catch (thrown) {
      const delayMs = DELAYS_MS[failures]
      if (signal.aborted || delayMs === undefined || !mayPass(thrown, failures)) throw thrown
      await sleep(delayMs, signal)
      if (signal.aborted) throw thrown
    }
  }
}

/** True when an error of loading may be over soon; `failures` were there before. */
function mayPass(thrown: unknown, failures: number): boolean {
  if (!(thrown instanceof MillraceError)) return false
  const isOfLoader = thrown.code === 'ENGINE_LOAD_TIMEOUT' || thrown.code === 'ENGINE_LOADER_DIED'
  return isOfLoader ? failures < LOADER_RETRIES : thrown.isRetryable
}
