import { dirname, resolve } from 'node:path'
import { registry } from './components.ts'
import { readConfigDocument } from './config/document.ts'
import type { Clock } from './core/clock.ts'
import type { Telemetry } from './core/telemetry.ts'
import { workerUrl } from './core/worker-url.ts'
import { Engine } from './engine/engine.ts'
import type { EnginePlan } from './engine/engine-plan.ts'
import { planEngine } from './engine/read-engine.ts'

/** How to read an engine document. */
export interface EngineSource {
  /** Folder that relative paths start from; by default that of the file, or the working directory. */
  readonly baseFolder?: string
  /** Takes sentences about what was accepted though it should be changed. */
  readonly warn?: (warning: string) => void
}

/** How to open an engine. */
export interface OpenEngineOptions extends EngineSource {
  readonly clock?: Clock
  readonly telemetry?: Telemetry
}

/** Reads and checks an engine file, or the same as a value; throws one ConfigFaults with everything that is wrong and where. */
export async function readEngine(document: string | object, source: EngineSource = {}): Promise<EnginePlan> {
  const warn = source.warn ? { warn: source.warn } : {}
  if (typeof document !== 'string') {
    const origin = { document: null, source: 'engine', baseFolder: source.baseFolder ?? process.cwd(), ...warn }
    return planEngine(document, origin, registry)
  }
  const parsed = await readConfigDocument(document)
  const baseFolder = source.baseFolder ?? dirname(resolve(document))
  return planEngine(parsed.value, { document: parsed, source: document, baseFolder, ...warn }, registry)
}

/** Makes an engine of a file or a value, with the components of this package. It runs when `start` is called. */
export async function openEngine(document: string | object, options: OpenEngineOptions = {}): Promise<Engine> {
  const { clock, telemetry } = options
  return new Engine({
    plan: await readEngine(document, options),
    registry,
    registryUrl: workerUrl(import.meta.url, 'components').href,
    ...(clock ? { clock } : {}),
    ...(telemetry ? { telemetry } : {}),
  })
}
