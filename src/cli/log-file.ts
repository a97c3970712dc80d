import { resolve } from 'node:path'
import { EmbeddedLog } from '../clients/log/log.ts'
import { text } from '../config/option.ts'
import { MillraceError } from '../core/errors.ts'
import type { World } from './verb.ts'

/** Options of every verb that works on an embedded log. */
export const logOptions = {
  path: text({ summary: 'File of the log', default: 'data/millrace.db', examples: ['data/millrace.db'] }),
}

/** Runs `work` on the log at `path` and closes it. A log that is not there is an error, unless `isMade` says to make it. */
export async function withLog<T>(
  world: World,
  path: string,
  isMade: boolean,
  work: (log: EmbeddedLog) => T | Promise<T>,
): Promise<T> {
  const full = resolve(world.cwd, path)
  if (!isMade && !EmbeddedLog.exists(full)) throw new MillraceError('CLI_LOG_MISSING', { path })
  const log = EmbeddedLog.open(full, { clock: world.clock, isMaintained: false })
  try {
    return await work(log)
  } finally {
    log.close()
  }
}

/** The topic, or an error that names the closest one. */
export function existingTopic(log: EmbeddedLog, name: string) {
  const topic = log.topic(name)
  if (topic === null) log.endPosition(name, 0) // throws CLIENT_LOG_TOPIC_UNKNOWN with its hint
  return topic as NonNullable<typeof topic>
}
