import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { EmbeddedLog, type LogOptions } from '../../../src/clients/log/log.ts'
import { LogFile } from '../../../src/clients/log/log-file.ts'
import { Tails } from '../../../src/clients/log/tails.ts'
import { Topics } from '../../../src/clients/log/topics.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The path of a log that is not there yet, in a folder that is removed after the test. */
export function newPath(): string {
  return join(temporaryFolder(), 'log.db')
}

/** A log without upkeep of its own, closed after the test. */
export function openLog(path = newPath(), options: LogOptions = {}): EmbeddedLog {
  const log = EmbeddedLog.open(path, { isMaintained: false, ...options })
  onTestFinished(() => log.close())
  return log
}

/** The inner parts over one file, for tests of a single one of them. */
export function openParts(path = newPath(), busyTimeoutMs = 5000) {
  const file = new LogFile(path, { clock: systemClock, durability: 'process', busyTimeoutMs })
  onTestFinished(() => file.close())
  return { path, file, tails: new Tails(file), topics: new Topics(file) }
}
