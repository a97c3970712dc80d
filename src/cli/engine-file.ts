import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type ConfigDocument, parseConfigDocument } from '../config/document.ts'
import type { Registry } from '../config/registry.ts'
import { MillraceError } from '../core/errors.ts'
import type { EnginePlan } from '../engine/engine-plan.ts'
import { planEngine } from '../engine/read-engine.ts'
import { fileError } from './lines.ts'
import type { World } from './verb.ts'

/** An engine file with the changes of the command line. */
export interface EngineFile {
  readonly plan: EnginePlan
  readonly warnings: readonly string[]
}

/** Parts of the plan that the command line may replace. */
export interface EngineChanges {
  /** `0=log:orders` or `1=out.yaml`: a slot and a literal, or the file of a descriptor. */
  readonly slots?: readonly string[]
  readonly threads?: number | undefined
  /** `host:port`, `port` or `:port`. */
  readonly http?: string | undefined
}

/** Reads and checks an engine file; all faults come at once, with line and column. */
export function readEngineFile(
  world: World,
  path: string,
  registry: Registry,
  changes: EngineChanges = {},
): EngineFile {
  const document = readDocument(world, path)
  const warnings: string[] = []
  const changed = changedDocument(world, document, changes)
  const baseFolder = dirname(resolve(world.cwd, path))
  const origin = { document: changed, source: path, baseFolder, warn: (text: string) => warnings.push(text) }
  return { plan: planEngine(changed.value, origin, registry), warnings }
}

/** Reads a document; faults name the path as the user gave it. */
export function readDocument(world: World, path: string): ConfigDocument {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(resolve(world.cwd, path)))
  } catch (thrown) {
    throw fileError('read', path, thrown)
  }
  return parseConfigDocument(text, path)
}

/** The document with other slots, threads and address. What is not an object is left to the check of the plan. */
function changedDocument(world: World, document: ConfigDocument, changes: EngineChanges): ConfigDocument {
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return document
  const given = value as { readonly slots?: object }
  const slots = (changes.slots ?? []).map((text) => slotChange(world, text))
  return {
    ...document,
    value: {
      ...given,
      ...(slots.length === 0 ? {} : { slots: { ...given.slots, ...Object.fromEntries(slots) } }),
      ...(changes.threads === undefined ? {} : { threads: changes.threads }),
      ...(changes.http === undefined ? {} : { http: addressOf(changes.http) }),
    },
  }
}

function slotChange(world: World, text: string): [string, unknown] {
  const [, slot, stream] = /^(\d{1,3})=([\s\S]+)$/.exec(text) ?? []
  if (slot === undefined || stream === undefined) {
    const reason = `option "--slot" is ${JSON.stringify(text)}, expected <number>=<literal or file>, for example 0=log:iris`
    throw new MillraceError('CLI_OPTION_WRONG', { reason })
  }
  return [slot, streamValue(world, stream)]
}

/** A stream as the command line gives it: a literal (`log:orders`), JSON, or the path of a descriptor's file. */
export function streamValue(world: World, stream: string): unknown {
  if (/^\s*\{/.test(stream)) return parseConfigDocument(stream, 'command line').value
  if (/^[a-z][a-z-]+:/.test(stream)) return stream
  if (!/[./\\]/.test(stream) && !existsSync(resolve(world.cwd, stream))) {
    const reason = `there is no such file; as a literal the topic is log:${stream}`
    throw new MillraceError('CLI_FILE_UNUSABLE', { action: 'read', path: stream, reason })
  }
  return readDocument(world, stream).value
}

function addressOf(text: string): { readonly host?: string; readonly port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535) {
    const reason = `option "--http" is ${JSON.stringify(text)}, expected host:port, for example 127.0.0.1:8090`
    throw new MillraceError('CLI_OPTION_WRONG', { reason })
  }
  return host ? { host, port: Number(port) } : { port: Number(port) }
}
