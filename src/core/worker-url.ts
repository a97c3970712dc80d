import { extname } from 'node:path'
import { setFlagsFromString } from 'node:v8'

let isSettled = false

/**
 * The URL of a worker's entry beside `base`: `.ts` in development, `.js` in the published build.
 *
 * Threads that run TypeScript have Node strip the types, which it does in WebAssembly. When V8 (13.6, Node 24) replaces that
 * module's import wrappers by compiled ones it frees the old code, and now and then ends the process there, with threads coming
 * and going ("Check failed: jit_page.has_value()" below Runtime_TierUpWasmToJSWrapper). So that it never does, the number
 * of calls before the replacement is set out of reach; nothing else of ours runs WebAssembly that calls JavaScript.
 */
export function workerUrl(base: string, name: string): URL {
  const extension = extname(new URL(base).pathname)
  if (extension === '.ts' && !isSettled) {
    setFlagsFromString('--wasm-wrapper-tiering-budget=2147483647')
    isSettled = true
  }
  return new URL(`./${name}${extension}`, base)
}
