import type { Booster } from './booster.ts'
import { readJson } from './json-document.ts'
import { isBinary, readBinary } from './read-binary.ts'
import { boosterOfDocument } from './read-document.ts'
import { DocumentReader, deferredKeys } from './tree-document.ts'
import { readUbj } from './ubj-document.ts'

/** Reads a file of XGBoost, whichever of its three encodings it has. Lists may be views of the bytes. */
export function readBooster(given: Uint8Array, source: string): Booster {
  const bytes = withoutClassCount(given)
  if (isUbj(bytes))
    return boosterOfDocument(
      readUbj(bytes, source, deferredKeys),
      'ubj',
      new DocumentReader(source, 'UBJSON of XGBoost'),
    )
  if (firstCharacter(bytes) === '{')
    return boosterOfDocument(
      readJson(bytes, source, deferredKeys),
      'json',
      new DocumentReader(source, 'JSON of XGBoost'),
    )
  if (isBinary(bytes)) return readBinary(bytes, source)
  const reader = new DocumentReader(source, 'a model of XGBoost')
  return reader.fault('byte 0', strangerText(bytes))
}

/** True when the bytes look like a model of XGBoost in one of its encodings. */
export function recognisesXgboost(given: Uint8Array): boolean {
  const bytes = withoutClassCount(given)
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1')
  if (isUbj(bytes))
    return ['learner', 'version', 'Config', 'Model'].includes(/[A-Za-z]+/.exec(start.slice(2))?.[0] ?? '')
  return /^(\xef\xbb\xbf)?\s*\{\s*"(learner|version|Config|Model)"\s*:/.test(start)
    ? hasLearner(bytes)
    : isBinary(bytes)
}

/**
 * XGBoost4J-Spark 0.8 to 2.1 writes the number of classes, a big-endian i32, before the booster of a classifier
 * (`data/XGBoostClassificationModel` of a saved model).
 */
function withoutClassCount(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0 || isBinary(bytes)) return bytes
  const rest = bytes.subarray(4)
  return isUbj(rest) || firstCharacter(rest) === '{' || isBinary(rest) ? rest : bytes
}

/** `version` may come first in documents of others. */
function hasLearner(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.includes('"learner"') && buffer.includes('"gradient_booster"')
}

/** UBJSON objects begin with a length or with nothing, JSON objects with a quote or space. */
function isUbj(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && 'iUIlLN$#'.includes(String.fromCharCode(bytes[1] ?? 0))
}

function firstCharacter(bytes: Uint8Array): string {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let at = start
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return String.fromCharCode(bytes[at] ?? 0)
}

function strangerText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty'
  if (firstCharacter(bytes) === '[')
    return 'the file is a dump of trees, without what scoring needs; save the model with save_model'
  if (bytes[0] === 0x80 && (bytes[1] as number) <= 5)
    return 'the file is a pickle of Python; save the model with save_model'
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1')
  if (/^(booster\[0\]|0:\[|0:leaf=)/.test(text))
    return 'the file is a dump of trees, without what scoring needs; save the model with save_model'
  return 'the file is neither JSON nor UBJSON nor the binary form of XGBoost'
}
