import { join } from 'node:path'
import { registry } from '../../src/components.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { planEngine } from '../../src/engine/read-engine.ts'

/** Topics of the chaos engine. */
export const topics = {
  records: 'numbers',
  predictions: 'numbers.predictions',
  deadLetters: 'numbers.dead-letters',
  activations: 'numbers.activations',
  models: 'models',
} as const

/** The log file of a chaos run. */
export function logPath(folder: string): string {
  return join(folder, 'millrace.db')
}

/** The engine that is killed: exactly-once on one embedded log, two scoring threads, code models. */
export function chaosPlan(folder: string): EnginePlan {
  const path = logPath(folder)
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
  const document = {
    name: 'numbers',
    slots: { 0: { ...stream(topics.records), batching: { maxRecords: 100 } }, 1: stream(topics.predictions) },
    models: { ...stream(topics.models), encoding: 'json' },
    deadLetters: stream(topics.deadLetters),
    state: { type: 'log', path },
    versions: { allowCode: true },
    threads: 2,
  }
  return planEngine(document, { document: null, source: 'chaos', baseFolder: folder }, registry)
}
