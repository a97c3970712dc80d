// A process whose worker thread strips types often enough for V8 to replace the wrappers of the WebAssembly that does it.
// With an argument the thread's address comes from workerUrl, without one it does not.
import { stripTypeScriptTypes } from 'node:module'
import { isMainThread, Worker } from 'node:worker_threads'
import { workerUrl } from '../../src/core/worker-url.ts'

if (isMainThread) {
  new Worker(process.argv[2] ? workerUrl(import.meta.url, 'strip-types') : new URL(import.meta.url))
} else {
  for (let i = 0; i < 1500; i++) stripTypeScriptTypes(`const x: number = ${i}`)
}
