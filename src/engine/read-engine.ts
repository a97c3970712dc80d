import type { ConfigDocument, ConfigPath } from '../config/document.ts'
import { FaultList } from '../config/faults.ts'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import { MillraceError } from '../core/errors.ts'
import type { StateComponent } from '../state/state.ts'
import { normalise, type StreamDescriptor } from '../streams/descriptor.ts'
import { type EngineOptions, engineOptions } from './engine-document.ts'
import type { EnginePlan, PlannedSlot, PlannedStream } from './engine-plan.ts'
import type { KeySource } from './route.ts'

/** Where an engine document comes from. */
export interface EngineOrigin {
  /** The file with its positions, or null when the value was made by a program. */
  readonly document: ConfigDocument | null
  /** Name for messages when there is no document. */
  readonly source: string
  /** Folder that relative paths start from. */
  readonly baseFolder: string
  /** Takes sentences about what was accepted though it should be changed. */
  readonly warn?: (warning: string) => void
}

/** HTTP server of an engine with REST slots that says nothing about one. */
const DEFAULT_HTTP = { host: '127.0.0.1', port: 8090 }

/** Checks an engine file and normalises it to a plan. Throws one ConfigFaults with everything that is wrong and where. */
export function planEngine(value: unknown, origin: EngineOrigin, registry: Registry): EnginePlan {
  const at = { ...(origin.document ? { document: origin.document } : {}), source: origin.source }
  const options = parseOptions(engineOptions, value, at)
  const reader = new StreamsReader(origin, registry)
  const { type: stateType, ...stateOptions } = choiceOf(options.state)
  const component = reader.collect(['state'], () => {
    if (typeof stateType === 'string')
      return registry.get<StateComponent>('state', stateType, reader.placeOf(['state']))
    return reader.fault(['state'], `expected a state component like {type: log}, got ${JSON.stringify(options.state)}`)
  })
  const state = component
    ? {
        type: component.name,
        ...reader.collect(['state'], () =>
          parseOptions(component.options, stateOptions, { ...at, path: ['state'], besides: ['type'] }),
        ),
      }
    : { type: String(stateType) }
  const slots = readSlots(options, reader)
  const inputs = slots.filter((s) => s.slot % 2 === 0)
  const outputs = slots.filter((s) => s.slot % 2 === 1)
  if (!Object.keys(options.slots).some((slot) => Number(slot) % 2 === 0))
    reader.fault(['slots'], 'no even slot: an engine needs a data stream, for example {"0": "log:iris"}')
  const models = readModels(options, reader)
  if (options.join.type === 'keyed' && options.join.key.type === 'constant')
    reader.fault(
      ['join', 'type'],
      'a keyed join needs the key of each record: join.key says where it is, and is not constant',
    )
  const side = sideStreams(options, (topic) => component?.beside?.(state as never, topic) ?? null, reader)
  const isRest = slots.some((s) => s.descriptor.transport.type === 'rest')
  reader.throwFaults()
  const { allowCode, locations, maxArtifactBytes, loadTimeoutMs } = options.versions
  return {
    name: options.name,
    description: options.description,
    group: options.name,
    baseFolder: origin.baseFolder,
    inputs,
    outputs,
    models,
    ...side,
    join: joinOf(options),
    predictions: options.predictions,
    versions: { allowsCode: allowCode, locations, maxArtifactBytes, loadTimeoutMs, baseFolder: origin.baseFolder },
    state,
    standby: options.standby,
    threads: options.threads ?? null,
    http: options.http ?? (isRest ? DEFAULT_HTTP : null),
  }
}

/** Reads descriptors of the document and gathers their faults. */
class StreamsReader {
  readonly origin: EngineOrigin
  readonly registry: Registry
  readonly #faults: FaultList

  constructor(origin: EngineOrigin, registry: Registry) {
    this.origin = origin
    this.registry = registry
    this.#faults = new FaultList(origin.source, origin.document ?? null)
  }

  read(value: unknown, path: ConfigPath, direction: 'in' | 'out', name?: string): StreamDescriptor | null {
    const { document, source, warn } = this.origin
    const streamOrigin = {
      ...(document ? { document } : {}),
      ...(name ? { name } : {}),
      ...(warn ? { warn } : {}),
      source,
      path,
      direction,
    }
    return this.collect(path, () => normalise(value, streamOrigin, this.registry))
  }

  placeOf(path: ConfigPath): string {
    return `${this.origin.source}: ${path.join('.')}`
  }

  /** Runs a step; its faults are kept and the step gives null. */
  collect<T>(path: ConfigPath, step: () => T): T | null {
    return this.#faults.collect(path, step)
  }

  fault(path: ConfigPath, reason: string): void {
    const place = this.origin.document?.place(path) ?? this.placeOf(path)
    this.#faults.add(path, new MillraceError('ENGINE_DOCUMENT_WRONG', { place, reason }))
  }

  throwFaults(): void {
    this.#faults.throwIfAny()
  }
}

function readSlots(options: EngineOptions, reader: StreamsReader): PlannedSlot[] {
  const slots: PlannedSlot[] = []
  for (const [key, value] of Object.entries(options.slots)) {
    const path = ['slots', key]
    if (!/^(0|[1-9]\d{0,2})$/.test(key)) {
      reader.fault(path, `slot "${key}" is not a number from 0 to 999`)
      continue
    }
    const slot = Number(key)
    const descriptor = reader.read(value, path, slot % 2 === 0 ? 'in' : 'out')
    if (descriptor) slots.push({ slot, descriptor, place: reader.placeOf(path) })
  }
  return slots.sort((a, b) => a.slot - b.slot)
}

/** The model stream; a list of models in the file becomes an inline stream of activations. */
function readModels(options: EngineOptions, reader: StreamsReader): EnginePlan['models'] {
  const { models } = options
  if (models === undefined || models === null) return null
  const place = reader.placeOf(['models'])
  if (!Array.isArray(models)) {
    const descriptor = reader.read(models, ['models'], 'in', 'models')
    const encoding =
      typeof models === 'string' || (models as { encoding?: unknown }).encoding === undefined ? 'either' : 'stated'
    return descriptor && { descriptor, place, isList: false, encoding }
  }
  const key = options.join.key.type === 'constant' ? (options.join.key.value ?? options.name) : undefined
  const messages = models.map((model: unknown, i) => {
    if (typeof model !== 'object' || model === null || Array.isArray(model)) {
      reader.fault(
        ['models', i],
        `a model is an object like {name: iris, location: tree.pmml}, got ${JSON.stringify(model)}`,
      )
    }
    return JSON.stringify(key === undefined ? model : { dataType: key, ...(model as object) })
  })
  const transport = { type: 'inline', records: messages }
  const descriptor = reader.read({ name: 'models', transport, encoding: 'json' }, ['models'], 'in')
  return descriptor && { descriptor, place, isList: true, encoding: 'stated' }
}

/** Dead letters and cut-overs: beside the checkpoints where those outlive the process. */
function sideStreams(
  options: EngineOptions,
  beside: (topic: string) => { readonly type: string } | null,
  reader: StreamsReader,
): Pick<EnginePlan, 'deadLetters' | 'activations'> {
  const stream = (value: unknown, at: string): PlannedStream => ({
    descriptor: reader.read(value, [at], 'out', at) as StreamDescriptor,
    place: reader.placeOf([at]),
  })
  const letters = `${options.name}.dead-letters`
  const lettersBeside = {
    name: letters,
    transport: beside(letters) ?? { type: 'discard' },
    encoding: 'raw',
    schema: null,
  }
  const cutOvers = `${options.name}.activations`
  const cutOversBeside = beside(cutOvers)
  return {
    deadLetters: stream(options.deadLetters === undefined ? lettersBeside : options.deadLetters, 'deadLetters'),
    activations: cutOversBeside && stream({ name: cutOvers, transport: cutOversBeside, schema: null }, 'activations'),
  }
}

function joinOf(options: EngineOptions): EnginePlan['join'] {
  const { type, key, noModel, features } = options.join
  const source: KeySource =
    key.type === 'constant' ? { type: 'constant', value: key.value ?? options.name } : (key as KeySource)
  return {
    type,
    source,
    unserved: noModel.type === 'drop' ? 'drop' : 'deadLetter',
    holdMs: noModel.type === 'hold' ? noModel.maxMs : 0,
    features,
  }
}

/** A component's name alone stands for it with its defaults; what is no object has no type. */
function choiceOf(value: unknown): { readonly type?: unknown } {
  if (typeof value === 'string') return { type: value }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
