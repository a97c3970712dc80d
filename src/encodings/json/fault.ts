import { MillraceError } from '../../core/errors.ts'
import { type TextBuffer, utf8FaultAt } from '../../core/utf8.ts'

/** The record that a fault is in: bytes `[start, end)`. Positions in messages count from `start`. */
export interface Frame {
  readonly bytes: TextBuffer
  readonly start: number
  readonly end: number // exclusive
}

/** The error for what stands at index `at` where something else was expected. */
export function syntaxFault(frame: Frame, at: number, expected: string, actual?: string): MillraceError {
  const byte = frame.bytes[at] as number
  let found = actual
  if (found === undefined) {
    if (at >= frame.end) found = 'the record ends'
    else found = byte > 32 && byte < 127 ? `character "${String.fromCharCode(byte)}"` : `byte ${hex(byte)}`
  }
  return new MillraceError('ENCODING_JSON_SYNTAX', { actual: found, position: at - frame.start, expected })
}

/** Why the text whose opening quote is at index `p` cannot be read. */
export function textFault(frame: Frame, p: number): MillraceError {
  const { bytes, end } = frame
  for (let i = p + 1; i < end; i++) {
    const c = bytes[i] as number
    if (c < 32) return syntaxFault(frame, i, 'control characters in text to be escaped')
    if (c === 34) break
    if (c >= 128) {
      const size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2
      const fault = utf8FaultAt(bytes, i, Math.min(i + size, end))
      if (fault >= 0) {
        const position = fault - frame.start
        return new MillraceError('ENCODING_TEXT_NOT_UTF8', { byte: hex(bytes[fault] as number), position })
      }
      i += size - 1
    }
    if (c === 92) {
      const size = bytes[i + 1] === 117 ? 6 : 2
      const text = bytes.latin1Slice(i, Math.min(i + size, end))
      if (!/^\\(["\\/bfnrt]|u[0-9a-fA-F]{4})$/.test(text)) {
        return syntaxFault(frame, i, 'an escape such as "\\n" or "\\u0041"')
      }
      i += size - 1
    }
  }
  return syntaxFault(frame, end, 'the closing double quote of the text')
}

/** Why the number at index `p` cannot be read. */
export function numberFault(frame: Frame, p: number): MillraceError {
  const text = frame.bytes.latin1Slice(p, Math.min(frame.end, p + 2000))
  const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(text)?.[0]
  if (number !== undefined && !Number.isFinite(Number(number))) {
    const shown = number.length > 40 ? `${number.slice(0, 37)}...` : number
    return new MillraceError('ENCODING_NUMBER_TOO_LARGE', { text: shown, position: p - frame.start })
  }
  const good = /^-?(0(?=\d)|(0|[1-9]\d*)(\.\d*)?([eE][+-]?)?)?/.exec(text)?.[0] ?? ''
  const expected = good === '0' || good === '-0' ? 'no digit after a leading zero' : 'a digit'
  return syntaxFault(frame, p + good.length, expected)
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}
