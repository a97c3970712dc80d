import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import type { MaintenanceData, MaintenanceReport } from '../../../src/clients/log/maintenance.ts'
import { texts } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

it('answers each request and ends on null', async () => {
  const log = openLog(newPath())
  log.createTopic('t', { retentionMs: 10 })
  log.append('t', 0, texts(['old'], { timestampsMs: [1] }))
  const workerData: MaintenanceData = { path: log.path, busyTimeoutMs: 1000 }
  const url = new URL('../../../src/clients/log/maintenance-thread.ts', import.meta.url)
  const worker = new Worker(url, { workerData, execArgv: [] })
  onTestFinished(async () => void (await worker.terminate()))
  const answer = () => new Promise<MaintenanceReport>((resolve) => worker.once('message', resolve))
  worker.postMessage({ nowMs: 5, hasUpkeep: true })
  expect(await answer()).toEqual({ error: null })
  expect(log.startPosition('t', 0)).toBe(0)
  worker.postMessage({ nowMs: 1000, hasUpkeep: false })
  expect(await answer()).toEqual({ error: null })
  expect(log.startPosition('t', 0)).toBe(0)
  worker.postMessage({ nowMs: 1000, hasUpkeep: true })
  expect(await answer()).toEqual({ error: null })
  expect(log.startPosition('t', 0)).toBe(1)
  const ended = new Promise<number>((resolve) => worker.once('exit', resolve))
  worker.postMessage(null)
  expect(await ended).toBe(0)
})

it('does not make a log anew that was deleted while it started', async () => {
  const path = newPath()
  const url = new URL('../../../src/clients/log/maintenance-thread.ts', import.meta.url)
  const worker = new Worker(url, { workerData: { path, busyTimeoutMs: 1000 } satisfies MaintenanceData, execArgv: [] })
  worker.postMessage({ nowMs: 5, hasUpkeep: true })
  expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0)
  expect(existsSync(path)).toBe(false)
})
