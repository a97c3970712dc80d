import { extname } from 'node:path'

/** The URL of a worker's entry beside `base`: `.ts` in development, `.js` in the published build. */
export function workerUrl(base: string, name: string): URL {
  return new URL(`./${name}${extname(new URL(base).pathname)}`, base)
}
