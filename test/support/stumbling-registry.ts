/** The shipped components, with a log whose reader breaks with an error that may pass until a file is there. */
import { existsSync, writeFileSync } from 'node:fs'
import { registry as shipped } from '../../src/components.ts'
import { kinds } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { FrameReader, Transport } from '../../src/transports/transport.ts'

const log = shipped.get<Transport>('transport', 'log', 'test')

/** Reads fifty records of topic `in`, then stumbles once in its life. */
const stumbling: Transport = {
  ...log,
  openReader: async (options, context) => {
    const reader = (await log.openReader(options, context)) as FrameReader
    const { path, topic } = options as unknown as { path: string; topic: string }
    const marker = `${path}.stumbled`
    if (topic !== 'in') return reader
    const next: FrameReader['next'] = async (maxRecords, waitMs) => {
      if (reader.position < 50 || existsSync(marker)) return reader.next(maxRecords, waitMs)
      writeFileSync(marker, '')
      const { place } = context
      throw new MillraceError('TRANSPORT_IO', { place, direction: 'reading', subject: topic, reason: 'it stumbles' })
    }
    return new Proxy(reader, {
      get: (target, name) => {
        if (name === 'next') return next
        const member = Reflect.get(target, name) as unknown
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member
      },
    })
  },
}

export const registry = new Registry([
  ...kinds.flatMap((kind) => shipped.list(kind)).filter((component) => component !== log),
  stumbling,
])

/** URL of this module, for threads. */
export const registryUrl = import.meta.url
