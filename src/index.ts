// Public API: models and stages inside a program, engines, and what components are written against.

// Models without streams.

export { type LoadOptions, loadModel, type Model } from './load-model.ts'
export type { ScoreResult } from './models/model.ts'

// The join as a stage of a program's own streams.

export { createStage } from './create-stage.ts'
export { ScoringStage, type StageHost, type StageModel, type StageOptions, type StageResult } from './engine/stage.ts'

// Engines and their streams.

export { Engine, type EngineParts, type EngineReport, type EngineState } from './engine/engine.ts'
export type { EngineOptions } from './engine/engine-document.ts'
export type { EnginePlan, PlannedSlot, PlannedStream } from './engine/engine-plan.ts'
export type { FeatureFields } from './engine/features.ts'
export type { KnownVersion } from './engine/keeper.ts'
export { type EngineOrigin, planEngine } from './engine/read-engine.ts'
export type { KeySource } from './engine/route.ts'
export type { ModelStats } from './engine/stats.ts'
export type { TaskCounts, TaskReport } from './engine/task.ts'
export { type VersionReference, versionName } from './engine/versions.ts'
export { type EngineSource, type OpenEngineOptions, openEngine, readEngine } from './open-engine.ts'
export { normalise, type StreamDescriptor, type StreamOrigin } from './streams/descriptor.ts'

// Errors and telemetry.

export { ConfigFaults, type Fault } from './config/faults.ts'
export type { CatalogueEntry, Scope } from './core/catalogue/entry.ts'
export { catalogue, type ErrorCode, type ErrorParameters, type ErrorReport, MillraceError } from './core/errors.ts'
export { Telemetry, type TelemetryEvents, type TelemetryListener, type TelemetryName } from './core/telemetry.ts'

// For authors of components: the registry, options, and the interfaces of the rooms.

export { registry } from './components.ts'
export type { Component, Kind } from './config/component.ts'
export type { OptionTable, OptionValues } from './config/option.ts'
export * as option from './config/option.ts'
export { Registry } from './config/registry.ts'
export { type BytesColumn, BytesWriter, bytesAt, columnOf } from './core/bytes.ts'
export { type Clock, systemClock } from './core/clock.ts'
export { type FrameBatch, framesOf } from './core/frames.ts'
export type { Guarantee } from './core/guarantee.ts'
export { decodeHeaders, encodeHeaders } from './core/headers.ts'
export type { Transaction } from './core/transaction.ts'
export type { DecodedBatch, Decoder, Encoder, Encoding, EncodingContext } from './encodings/encoding.ts'
export type { CutFrames, Cutter, Envelope } from './envelopes/envelope.ts'
export type {
  Artifact,
  ModelFormat,
  PredictionBatch,
  PrepareContext,
  PreparedModel,
  Scorer,
  VerificationReport,
} from './models/model.ts'
export type { Schema } from './schema/schema.ts'
export type { Domain, Dtype, Feature, Signature } from './schema/signature.ts'
export type { RecordValue, Value } from './schema/value.ts'
export type { ArtifactStore, CheckpointStore, StateComponent } from './state/state.ts'
export type {
  Chunk,
  ChunkReader,
  ChunkWriter,
  FrameReader,
  FrameWriter,
  SlotChannel,
  SlotRecord,
  Transport,
  TransportContext,
  TransportReader,
  TransportTraits,
  TransportWriter,
} from './transports/transport.ts'
