import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { LogFile } from './log-file.ts'
import { type MaintenanceData, type MaintenanceReport, type MaintenanceRequest, upkeep } from './maintenance.ts'
import { Tails } from './tails.ts'
import { Topics } from './topics.ts'

/** Entry of the maintenance thread (see maintenance.ts): answers each request, ends on null. */
function serve({ path, busyTimeoutMs }: MaintenanceData): void {
  // The log may have been closed and deleted while this thread started; opening would make it anew.
  if (!parentPort || !existsSync(path)) return
  const port = parentPort
  const file = new LogFile(path, { clock: systemClock, durability: 'process', busyTimeoutMs })
  const tails = new Tails(file)
  const topics = new Topics(file)
  port.on('message', (request: MaintenanceRequest | null) => {
    if (request === null) {
      file.close()
      port.close()
      return
    }
    let report: MaintenanceReport = { error: null }
    try {
      if (request.hasUpkeep) upkeep(file, tails, topics, request.nowMs)
      // PASSIVE: readers and writers go on; what they hold is copied the next time.
      file.statement('PRAGMA wal_checkpoint(PASSIVE)').get()
    } catch (error) {
      report = { error: MillraceError.from(error, 'log maintenance').toReport() }
    }
    port.postMessage(report)
  })
}

serve(workerData as MaintenanceData)
