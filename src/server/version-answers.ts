import type { EngineReport } from '../engine/engine.ts'
import type { KeyAnswer, VersionAnswer, VersionStateAnswer } from './api.ts'

type KeySnapshot = EngineReport['tasks'][number]['keys'][number]
type Reference = NonNullable<KeySnapshot['active']>
type Known = EngineReport['versions'][number]

/** Every version that the engine has seen, latest message first; a version with several messages stands there once. */
export function versionAnswers(report: EngineReport): VersionAnswer[] {
  const places = placesOf(report)
  const latest = new Map<string, VersionAnswer>()
  for (const known of report.versions) {
    const id = identity(known)
    const { state, tasks } = standing(known, places.get(id) ?? {})
    const { key, model, version, digest, format, description, position, atMs, rejection } = known
    latest.delete(id)
    latest.set(id, {
      key,
      model,
      version,
      digest,
      format,
      description,
      position,
      at: Math.round(atMs),
      state,
      tasks,
      rejection: rejection && { code: rejection.code, message: rejection.message },
    })
  }
  return [...latest.values()].reverse()
}

/** All keys of the report, in order of their names. */
export function keysOf(report: EngineReport): string[] {
  const keys = new Set(Object.keys(report.stats))
  for (const task of report.tasks) for (const { key } of task.keys) keys.add(key)
  return [...keys].sort()
}

/** `model@version` of the active version by key; while a swap is under way, the newer one. */
export function activeVersions(report: EngineReport): Record<string, string> {
  const active: Record<string, string> = {}
  for (const key of keysOf(report)) {
    const snapshot = newestOf(report, key)
    if (snapshot?.active) active[key] = nameOf(snapshot.active)
  }
  return active
}

/** What is known of one key, apart from its statistics, or null when nothing is. */
export function keyAnswer(report: EngineReport, key: string): Omit<KeyAnswer, 'stats'> | null {
  const versions = versionAnswers(report).filter((v) => v.key === key)
  const snapshot = newestOf(report, key)
  if (versions.length === 0 && !snapshot) return null
  return {
    key,
    active: snapshot?.active ? nameOf(snapshot.active) : null,
    isPinned: snapshot?.isPinned ?? false,
    scheduled: (snapshot?.scheduled ?? []).map((s) => ({ version: nameOf(s.reference), from: s.fromMs })),
    versions,
  }
}

/** Number of tasks in which a version has each state. */
type Places = Partial<Record<VersionStateAnswer, number>>

function placesOf(report: EngineReport): Map<string, Places> {
  const places = new Map<string, Places>()
  const put = (reference: Reference | null, state: VersionStateAnswer) => {
    if (!reference) return
    const id = identity(reference)
    const place = places.get(id) ?? {}
    place[state] = (place[state] ?? 0) + 1
    places.set(id, place)
  }
  for (const task of report.tasks) {
    for (const key of task.keys) {
      put(key.active, 'active')
      put(key.waiting, 'held')
      for (const { reference } of key.scheduled) put(reference, 'held')
      for (const reference of key.candidates) put(reference, 'held')
      for (const reference of key.shadows) put(reference, 'shadow')
    }
  }
  return places
}

/** The state that counts most among the tasks: one that scores is active, whatever the others do. */
function standing(known: Known, places: Places): { state: VersionStateAnswer; tasks: number } {
  for (const state of ['active', 'shadow', 'held'] as const) {
    const tasks = places[state]
    if (tasks !== undefined) return { state, tasks }
  }
  return { state: known.rejection ? 'rejected' : 'retired', tasks: 0 }
}

function newestOf(report: EngineReport, key: string): KeySnapshot | null {
  const snapshots = report.tasks.flatMap((task) => task.keys.filter((k) => k.key === key))
  return snapshots.reduce<KeySnapshot | null>(
    (best, s) => (!best || s.activeSinceMs > best.activeSinceMs ? s : best),
    null,
  )
}

function nameOf({ model, version }: Pick<Reference, 'model' | 'version'>): string {
  return `${model}@${version}`
}

function identity({ key, model, version, digest }: Pick<Reference, 'key' | 'model' | 'version' | 'digest'>): string {
  return JSON.stringify([key, model, version, digest])
}
