import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import type { Registry } from '../config/registry.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import type { PreparedModel } from '../models/model.ts'
import type { ArtifactStore, StateComponent } from '../state/state.ts'
import {
  keepArtifact,
  type LoadedVersion,
  type LoadRequest,
  type LoadSettings,
  loadVersion,
  reloadVersion,
} from './load-version.ts'
import type { VersionReference } from './versions.ts'

/** Shortest time between two collections: a long model stream is not slowed down by them. */
const COLLECT_EVERY_MS = 500

/** What the loader thread is started with. */
export interface LoaderData {
  /** URL of the module that exports `registry`. */
  readonly registryUrl: string
  readonly settings: LoadSettings
  readonly state: { readonly type: string }
}

/** Messages to the loader thread. */
export type LoaderRequest =
  | { readonly id: number; readonly kind: 'load'; readonly request: LoadRequest }
  | { readonly id: number; readonly kind: 'reload'; readonly reference: VersionReference }
  /** `digest` is what the publisher says, or empty. */
  | {
      readonly id: number
      readonly kind: 'keep'
      readonly parts: readonly Uint8Array[]
      readonly digest: string
      readonly model: string
    }

/** Messages from the loader thread. */
export type LoaderAnswer =
  | { readonly id: number; readonly kind: 'loaded'; readonly loaded: LoadedVersion }
  | { readonly id: number; readonly kind: 'reloaded'; readonly prepared: PreparedModel }
  | { readonly id: number; readonly kind: 'kept'; readonly digest: string }
  | { readonly id: number; readonly kind: 'error'; readonly error: ErrorReport }

/** Entry of the loader thread: answers one request after another. */
async function serve(data: LoaderData): Promise<void> {
  const port = parentPort
  if (!port) return
  const { registry } = (await import(data.registryUrl)) as { registry: Registry }
  const state = registry.get<StateComponent>('state', data.state.type, 'state')
  const artifacts = await state.openArtifacts(data.state as never, {
    baseFolder: data.settings.baseFolder,
    place: 'state',
  })
  const collect = collector()
  port.on('message', async (message: LoaderRequest) => {
    try {
      const answer = await answerTo(message, data.settings, registry, artifacts)
      port.postMessage(answer)
    } catch (thrown) {
      const error = MillraceError.from(thrown, 'loading a version').toReport()
      port.postMessage({ id: message.id, kind: 'error', error } satisfies LoaderAnswer)
    }
    collect()
  })
}

async function answerTo(
  message: LoaderRequest,
  settings: LoadSettings,
  registry: Registry,
  artifacts: ArtifactStore,
): Promise<LoaderAnswer> {
  const { id } = message
  switch (message.kind) {
    case 'load':
      return { id, kind: 'loaded', loaded: await loadVersion(message.request, settings, registry, artifacts) }
    case 'reload':
      return { id, kind: 'reloaded', prepared: await reloadVersion(message.reference, settings, registry, artifacts) }
    case 'keep':
      return { id, kind: 'kept', digest: await keepArtifact(message, settings, artifacts) }
    default:
      return message satisfies never
  }
}

/**
 * A full garbage collection of this thread: what loads leave behind goes soon instead of piling up, and
 * nobody waits for it here.
 */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let lastMs = Number.NEGATIVE_INFINITY
  return () => {
    const nowMs = performance.now()
    if (nowMs - lastMs < COLLECT_EVERY_MS) return
    lastMs = nowMs
    collect()
  }
}

await serve(workerData as LoaderData)
