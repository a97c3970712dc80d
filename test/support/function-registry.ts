/** Function models, memory, and formats that misbehave while they load: all that loading needs, quick to import on a thread. */
import { Registry } from '../../src/config/registry.ts'
import { javascriptFormat } from '../../src/models/javascript/javascript.ts'
import type { ModelFormat } from '../../src/models/model.ts'
import { memoryState } from '../../src/state/memory/memory.ts'

function format(name: string, prepare: () => Promise<never>): ModelFormat<Record<never, never>> {
  return {
    kind: 'format',
    name,
    summary: 'misbehaves',
    stability: 'experimental',
    since: '0.1.0',
    isCode: false,
    extensions: [],
    options: {},
    prepare,
    open: () => {
      throw new Error('it is never prepared')
    },
  }
}

/** Holds its thread for ever. */
const hangs = format('hangs', async () => {
  for (;;);
})
/** Ends its thread. */
const exits = format('exits', async () => process.exit(7))
/** Ends its thread by an error that nobody catches, as running out of memory does. */
const crashes = format('crashes', () => {
  setImmediate(() => {
    throw new Error('out of everything')
  })
  return new Promise(() => {})
})
/** Rejects with what is no error of ours. */
const fails = format('fails', async () => {
  throw new TypeError('a library complains')
})

export const registry = new Registry([javascriptFormat, memoryState, hangs, exits, crashes, fails])

/** URL of this module, for threads. */
export const registryUrl = import.meta.url
