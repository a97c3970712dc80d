import { closest } from '../config/closest.ts'
import type { Registry } from '../config/registry.ts'
import { bytesAt } from '../core/bytes.ts'
import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../core/frames.ts'
import { decodeHeaders } from '../core/headers.ts'
import type { PreparedModel } from '../models/model.ts'
import type { ArtifactStore, CheckpointStore, StateComponent } from '../state/state.ts'
import { streamPartitions, streamSource, transportOf } from '../streams/stream-context.ts'
import { openStreamReader, type StreamReader } from '../streams/stream-reader.ts'
import { openStreamWriter, type StreamWriter } from '../streams/stream-writer.ts'
import type { Activation } from './activation.ts'
import { assembleOutputs, echoOf, StampFactory } from './assemble.ts'
import { taskCheckpoint } from './checkpoint-names.ts'
import type { EnginePlan, PlannedSlot, PlannedStream, PlannedTask } from './engine-plan.ts'
import { openScorer } from './hosted-task.ts'
import { JoinState } from './join-state.ts'
import { reloadVersion } from './load-version.ts'
import { planTasks } from './plan-tasks.ts'
import { BatchScorer, startBatch } from './score-batch.ts'
import { stampNames } from './stamp.ts'

/** What to replay. Positions are those of the data stream. */
export interface ReplayRequest {
  /** Task `<slot>/<partition>`, or null for all. */
  readonly task: string | null
  /** First position, inclusive. */
  readonly from: number
  /** End, exclusive; null = where the engine's checkpoint stands. */
  readonly to: number | null
  /** Compare with what the output streams hold; the first difference is an error. */
  readonly verifies: boolean
  /** Gets the predictions again, batch by batch. */
  readonly onPredictions?: (task: string, slot: number, frames: FrameBatch) => void
}

/** What a replay has scored again. */
export interface ReplayResult {
  readonly records: number
  readonly predictions: number
  readonly faults: number
  /** Predictions that were compared with the output streams and found equal, byte for byte. */
  readonly verified: number
}

const WAIT_MS = 1_000

interface ReplayContext {
  readonly plan: EnginePlan
  readonly registry: Registry
  readonly clock: Clock
  readonly store: CheckpointStore
  readonly artifacts: ArtifactStore
}

/**
 * Scores committed records again, by the versions that scored them then: cut-overs come from the activation log, artifacts from the
 * artifact store, so that the predictions are the same bytes. Reads only; the engine may be running.
 */
export async function replay(
  plan: EnginePlan,
  registry: Registry,
  clock: Clock,
  request: ReplayRequest,
): Promise<ReplayResult> {
  if (!plan.activations)
    throw new MillraceError('ENGINE_REPLAY_IMPOSSIBLE', { engine: plan.name, reason: 'its cut-overs are not kept' })
  const component = registry.get<StateComponent>('state', plan.state.type, 'state')
  const place = { baseFolder: plan.baseFolder, place: 'state' }
  const store = await component.open(plan.state as never, place)
  const artifacts = await component.openArtifacts(plan.state as never, place)
  const context: ReplayContext = { plan, registry, clock, store, artifacts }
  const total = { records: 0, predictions: 0, faults: 0, verified: 0 }
  try {
    const tasks = await planTasks(plan, registry)
    const names = tasks.map(({ name }) => name)
    if (request.task !== null && !names.includes(request.task)) {
      const reason = `there is no task "${request.task}"${closest(request.task, names)}`
      throw new MillraceError('ENGINE_REPLAY_IMPOSSIBLE', { engine: plan.name, reason })
    }
    for (const task of tasks) {
      if (request.task !== null && request.task !== task.name) continue
      const input = plan.inputs.find(({ slot }) => slot === task.slot) as PlannedSlot
      await replayTask(context, { ...task, input }, request, total)
    }
  } finally {
    await store.close()
  }
  return total
}

interface ReplayedTask extends PlannedTask {
  readonly input: PlannedSlot
}

async function replayTask(
  context: ReplayContext,
  task: ReplayedTask,
  request: ReplayRequest,
  total: { records: number; predictions: number; faults: number; verified: number },
): Promise<void> {
  const { plan, clock, store } = context
  const source = streamSource(task.input.descriptor, context.registry, task.input.place)
  const checkpoint = taskCheckpoint(plan.name, task.name, source)
  const saved = await store.load(checkpoint)
  const end = request.to ?? saved?.positions['data'] ?? 0
  const activations = await readActivations(context, task, checkpoint)
  const reader = await openAt(context, task.input, task.partition)
  await reader.seek(request.from)
  const prefix = reader.placeOf(0).slice(0, -1)
  const state = new JoinState({ cutOver: () => {}, moved: () => {} })
  const scorer = new BatchScorer(plan.join, prefix, clock, () => {})
  const stamps = new StampFactory(plan.predictions.stamp, prefix)
  const outputs = await Promise.all(plan.outputs.map((output) => openOutput(context, output, task, prefix, request)))
  const prepared = new Map<string, PreparedModel>()
  let next = 0
  try {
    for await (const read of batchesOf(reader)) {
      const batch = before(read, end)
      if (batch.length === 0) break
      const decoded = reader.decode(batch)
      const scored = startBatch(batch, decoded.errors)
      let from = 0
      while (from < batch.length) {
        while (activations[next] && (activations[next] as Activation).from <= (batch.positions[from] as number)) {
          await activate(context, state, activations[next++] as Activation, prepared)
        }
        const due = activations[next]?.from ?? Number.POSITIVE_INFINITY
        let to = from + 1
        while (to < batch.length && (batch.positions[to] as number) < due) to++
        await scorer.score(batch, decoded.values, state, scored, from, to)
        from = to
      }
      total.records += batch.length
      const writers = outputs.map((output) => output.writer)
      const echo = plan.predictions.echo ? echoOf(batch, decoded) : null
      const assembled = assembleOutputs(batch, scored, echo, writers, stamps, 0)
      for (const [n, output] of outputs.entries()) {
        const frames = assembled[n] as FrameBatch
        request.onPredictions?.(task.name, output.slot, frames)
        if (output.recorded) total.verified += await compare(frames, output.recorded)
        if (output === outputs[0]) total.predictions += frames.length
      }
      total.faults += scored.faults.length
      if (read.length > batch.length) break
    }
  } finally {
    state.close()
    await reader.close()
    for (const output of outputs) await output.close()
  }
}

async function activate(
  context: ReplayContext,
  state: JoinState,
  activation: Activation,
  prepared: Map<string, PreparedModel>,
): Promise<void> {
  const { version } = activation
  const active = state.active(activation.key)
  if (version === null) {
    if (active) state.command('retire', active.reference)
    return
  }
  const { plan } = context
  if (activation.lacksOptions) {
    const reason = `the activation log does not hold the options of ${version.model}@${version.version}`
    throw new MillraceError('ENGINE_REPLAY_IMPOSSIBLE', { engine: plan.name, reason })
  }
  const { features } = plan.join
  const id = `${version.format}/${version.digest}/${JSON.stringify(version.options)}`
  let model = prepared.get(id)
  if (!model) {
    model = await reloadVersion(version, { ...plan.versions, features }, context.registry, context.artifacts)
    prepared.set(id, model)
  }
  const scorer = await openScorer(context.registry, version, model, features)
  state.place('activate', state.admit(version, model, scorer), null)
}

/** The cut-overs of a task, in order of the positions from which they hold. */
async function readActivations(context: ReplayContext, task: ReplayedTask, checkpoint: string): Promise<Activation[]> {
  const { plan, registry } = context
  const log = plan.activations as PlannedStream
  const partitions = await streamPartitions(log.descriptor, registry, { baseFolder: plan.baseFolder, place: log.place })
  const reader = await openAt(context, log, task.rank % partitions)
  const found: Activation[] = []
  try {
    for await (const batch of batchesOf(reader)) {
      for (const value of reader.decode(batch).values) {
        const activation = value as unknown as Activation | undefined
        if (activation?.checkpoint === checkpoint) found.push(activation)
      }
    }
    return found
  } finally {
    await reader.close()
  }
}

/** What a partition holds now, batch by batch. */
async function* batchesOf(reader: StreamReader): AsyncGenerator<FrameBatch> {
  const end = await reader.end()
  // Where the end is known, records that are under way are waited for; elsewhere what is there comes at once.
  const waitMs = end === null ? 0 : WAIT_MS
  while (end === null || reader.position < end) {
    const batch = await reader.next(1_000, waitMs)
    if (batch === null || (end === null && batch.length === 0)) return
    if (batch.length > 0) yield batch
  }
}

function openAt(context: ReplayContext, stream: PlannedStream, partition: number): Promise<StreamReader> {
  const { plan, registry, clock } = context
  const streamContext = { clock, baseFolder: plan.baseFolder, partition, group: '', place: stream.place, channel: null }
  const batching = { maxRecords: 1_000, maxDelayMs: 0 }
  return openStreamReader({ ...stream.descriptor, start: 'earliest', loop: false, batching }, registry, streamContext)
}

/** The output's encoder, and a reader of what it holds when it is to be compared. */
async function openOutput(
  context: ReplayContext,
  output: PlannedSlot,
  task: ReplayedTask,
  prefix: string,
  request: ReplayRequest,
) {
  const { plan, registry, clock } = context
  const transport = transportOf(output.descriptor, registry, output.place)
  const { carriesHeaders } = transport.traits(output.descriptor.transport)
  const discarding = {
    ...output.descriptor,
    transport: { type: 'discard' },
    envelope: null,
  } as PlannedSlot['descriptor']
  const streamContext = {
    clock,
    baseFolder: plan.baseFolder,
    partition: task.partition,
    group: '',
    place: output.place,
    channel: null,
  }
  const encoder = await openStreamWriter(discarding, registry, streamContext)
  const writer: StreamWriter = { ...encoder, carriesHeaders }
  const recorded = request.verifies ? await openRecorded(context, output, task, prefix, request.from) : null
  const close = async () => {
    await encoder.close()
    await recorded?.close()
  }
  return { slot: output.slot, writer, recorded, close }
}

/** Predictions of one task out of its output stream, in order. */
interface RecordedPredictions {
  next(): Promise<{ readonly value: Uint8Array; readonly headers: Uint8Array | null; readonly place: string } | null>
  close(): Promise<void>
}

async function openRecorded(
  context: ReplayContext,
  output: PlannedSlot,
  task: ReplayedTask,
  prefix: string,
  from: number,
): Promise<RecordedPredictions> {
  const { plan, registry } = context
  const partitions = await streamPartitions(output.descriptor, registry, {
    baseFolder: plan.baseFolder,
    place: output.place,
  })
  const reader = await openAt(context, output, task.partition % partitions)
  const batches = batchesOf(reader)
  let batch: FrameBatch | null = null
  let at = 0
  return {
    async next() {
      for (;;) {
        if (!batch || at === batch.length) {
          const step = await batches.next()
          at = 0
          if (step.done) return null
          batch = step.value
        }
        const i = at++
        const headers = batch.headers && bytesAt(batch.headers, i)
        const position = decodeHeaders(headers).get(stampNames.position)?.toString()
        if (position !== undefined && !(position.startsWith(prefix) && Number(position.slice(prefix.length)) >= from))
          continue
        return {
          value: bytesAt(batch.values, i) as Uint8Array,
          headers,
          place: reader.placeOf(batch.positions[i] as number),
        }
      }
    },
    close: () => reader.close(),
  }
}

/** Compares replayed predictions with the recorded ones; returns how many were equal. */
async function compare(frames: FrameBatch, recorded: RecordedPredictions): Promise<number> {
  for (let i = 0; i < frames.length; i++) {
    const was = await recorded.next()
    const headers = frames.headers && bytesAt(frames.headers, i)
    const isEqual =
      was !== null &&
      Buffer.compare(was.value, bytesAt(frames.values, i) as Uint8Array) === 0 &&
      (headers === null || Buffer.compare(was.headers ?? new Uint8Array(0), headers) === 0)
    if (isEqual) continue
    const position = headers
      ? (decodeHeaders(headers).get(stampNames.position)?.toString() ?? '')
      : String(frames.positions[i])
    throw new MillraceError('ENGINE_REPLAY_DIFFERS', { position, output: was?.place ?? 'its end' })
  }
  return frames.length
}

/** The records of a batch before position `end`. */
function before(batch: FrameBatch, end: number): FrameBatch {
  let length = batch.length
  while (length > 0 && (batch.positions[length - 1] as number) >= end) length--
  return sliceFrames(batch, 0, length)
}
