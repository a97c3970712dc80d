/** The shipped components and formats that misbehave while they load, for threads that tests start. */
import { registry as shipped } from '../../src/components.ts'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import type { ModelFormat } from '../../src/models/model.ts'

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

export const registry = new Registry([...kinds.flatMap((kind) => shipped.list(kind)), hangs, exits, crashes, fails])

/** URL of this module, for threads. */
export const registryUrl = import.meta.url
