import { MillraceError } from '../../src/core/errors.ts'
import type { TelemetryEvents, TelemetryName } from '../../src/core/telemetry.ts'

/** The error in the events that have one. */
export const sampleError = new MillraceError('CORE_CLOSED', { subject: 'slot 0' }).toReport()

/** One event of each kind. */
export const sampleEvents: { readonly [N in TelemetryName]: TelemetryEvents[N] } = {
  engineStarted: { engine: 'wine', tasks: 2, guarantee: 'exactly-once' },
  engineRestarting: { engine: 'wine', error: sampleError, attempt: 1, delayMs: 100 },
  engineStopped: { engine: 'wine', reason: 'finished' },
  taskStarted: {
    engine: 'wine',
    task: '0/0',
    position: 12,
    openMs: 5,
    restoreMs: 4,
    catchUpMs: 3,
    totalMs: 12,
  },
  taskRestarting: { engine: 'wine', task: '0/0', error: sampleError, attempt: 1, delayMs: 100 },
  versionMissing: { engine: 'wine', task: '0/0', key: 'wine', model: 'tree', version: '3', digest: 'ab' },
  activationError: { engine: 'wine', task: '0/0', error: sampleError },
  standbyVersionError: { engine: 'wine', task: '0/0', key: 'wine', model: 'tree', version: '3', error: sampleError },
  partitionsMoved: { engine: 'wine', slot: 0, partitions: 3, gained: 1, given: 0, isLost: false },
  assignmentError: { engine: 'wine', slot: 0, error: sampleError, attempt: 1, delayMs: 100 },
  taskStopped: { engine: 'wine', task: '0/0', reason: 'stopped' },
  taskError: { engine: 'wine', task: '0/0', error: sampleError },
  batchScored: { engine: 'wine', task: '0/0', records: 10, predictions: 7, deadLetters: 2, dropped: 1 },
  versionMoved: {
    engine: 'wine',
    key: 'wine',
    model: 'tree',
    version: '3',
    digest: 'ab',
    from: 'loading',
    to: 'candidate',
    reason: '',
  },
  versionActivated: { engine: 'wine', task: '0/0', key: 'wine', model: 'tree', version: '3', position: 12 },
  modelMessageRejected: { engine: 'wine', position: 'models/0@4', error: sampleError },
  serverStarted: { url: 'http://127.0.0.1:8080', isOpen: false },
  serverStopped: { url: 'http://127.0.0.1:8080' },
  requestAnswered: { method: 'GET', route: '/stats', status: 200, durationMs: 1.25 },
  requestError: { method: 'GET', route: '/stats', error: sampleError, stack: '' },
  instanceUnanswered: { address: '10.0.0.2:8090', reason: 'fetch failed' },
}
