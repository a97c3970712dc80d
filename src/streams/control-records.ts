import { type BytesColumn, bytesAt, NO_VALUE } from '../core/bytes.ts'

/** What a control record does: `end` ends the stream softly, `set` closes a recordset, `pig` is a barrier that passes through. */
export const controls = ['end', 'set', 'pig'] as const
export type Control = (typeof controls)[number]

/** Tells whether entry `index` is a control record. */
export type ControlDetector = (frames: BytesColumn, index: number) => Control | null

/**
 * The detector of an encoding's control records, or null for encodings that have none.
 *
 * ```
 * json   {"$fastscore": "end"}            further members: id, timestamp, misc
 * utf-8  U+262E "fastscore.end"           then optionally |id|timestamp|misc
 * raw    0xFA "stscore.end"               then optionally 12 bytes id and timestamp, then misc
 * ```
 */
export function controlDetector(encoding: string): ControlDetector | null {
  switch (encoding) {
    case 'json':
      return inJson
    case 'utf-8':
      return prefixed(Buffer.from('\u262efastscore.'), true)
    case 'raw':
      return prefixed(Buffer.from('\xfastscore.', 'latin1'), false)
    default:
      return null
  }
}

const OPEN_BRACE = 0x7b
const QUOTE = 0x22
const DOLLAR = 0x24
/** A longer record is data: its members beside the type are small. */
const MAX_CONTROL_BYTES = 4096

/** Looks at two bytes of an ordinary record: `{` and the first character of its first name. */
function inJson(frames: BytesColumn, index: number): Control | null {
  const { bytes } = frames
  const end = frames.ends[index] as number
  let at = frames.starts[index] as number
  if (end === NO_VALUE) return null
  if (bytes[at] !== OPEN_BRACE && (at = skipSpace(bytes, at, end)) >= end) return null
  if (bytes[at++] !== OPEN_BRACE) return null
  if (bytes[at] !== QUOTE) at = skipSpace(bytes, at, end)
  if (bytes[at] !== QUOTE || bytes[at + 1] !== DOLLAR || end - at > MAX_CONTROL_BYTES) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(bytesAt(frames, index) as Uint8Array).toString())
    const type = (value as { readonly $fastscore?: unknown }).$fastscore
    return controls.find((control) => control === type) ?? null
  } catch {
    return null
  }
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && (bytes[at] as number) <= 0x20) at++
  return at
}

/** Detector of `<prefix><type>`; in text, properties may follow after `|`. */
function prefixed(prefix: Buffer, isText: boolean): ControlDetector {
  const first = prefix[0] as number
  return (frames, index) => {
    const start = frames.starts[index] as number
    const end = frames.ends[index] as number
    if (end === NO_VALUE || frames.bytes[start] !== first || end - start < prefix.length + 3) return null
    const frame = Buffer.from(frames.bytes.buffer, frames.bytes.byteOffset + start, end - start)
    if (frame.compare(prefix, 0, prefix.length, 0, prefix.length) !== 0) return null
    const after = prefix.length + 3
    if (isText && frame.length > after && frame[after] !== 0x7c) return null
    const type = frame.toString('latin1', prefix.length, after)
    return controls.find((control) => control === type) ?? null
  }
}
