import { choice, integer, type OptionValues, text } from '../../config/option.ts'
import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { ChunkCutter, type FrameList, type Framing } from '../chunk-cutter.ts'
import type { Envelope } from '../envelope.ts'

const options = {
  separator: text({ summary: 'text whose UTF-8 bytes follow each record', default: '\n', examples: ['\r\n', '|'] }),
  lineEndings: choice(['either', 'exact'], {
    summary: 'with separator "\\n", whether "\\r\\n" ends a record too (either) or the "\\r" belongs to it (exact)',
    default: 'either',
  }),
  maxFrameBytes: integer(
    { summary: 'longest record; a longer one is an error', unit: 'bytes', default: 64 * 1024 * 1024 },
    { min: 1, max: 1024 * 1024 * 1024 },
  ),
}

type DelimitedOptions = OptionValues<typeof options>

/** `stream = { record separator } [ record ]`; an empty record directly before the end of the stream is none. */
class DelimitedFraming implements Framing {
  readonly maxFrameBytes: number
  readonly #separator: Buffer
  readonly #dropsReturn: boolean

  constructor({ separator, lineEndings, maxFrameBytes }: DelimitedOptions) {
    this.#separator = separatorOf(separator)
    this.#dropsReturn = separator === '\n' && lineEndings === 'either'
    this.maxFrameBytes = maxFrameBytes
  }

  cut(bytes: Buffer, searched: number, end: number, base: number, frames: FrameList): number {
    const separator = this.#separator
    const size = separator.length
    const needle = size === 1 ? (separator[0] as number) : separator
    // The buffer may be longer than what was written to it.
    const written = bytes.length === end ? bytes : bytes.subarray(0, end)
    let start = 0
    // A separator may have begun in the bytes already searched.
    let from = Math.max(0, searched - size + 1)
    for (;;) {
      const at = written.indexOf(needle as number, from)
      if (at < 0) return start
      if (at - start > this.maxFrameBytes) {
        const parameters = { position: base + start, size: at - start, limit: this.maxFrameBytes }
        throw new MillraceError('ENVELOPE_FRAME_TOO_LARGE', parameters)
      }
      const hasReturn = this.#dropsReturn && at > start && bytes[at - 1] === 13
      frames.add(start, start, hasReturn ? at - 1 : at)
      start = at + size
      from = start
    }
  }

  finish(size: number, _base: number, frames: FrameList): void {
    if (size > 0) frames.add(0, 0, size)
  }
}

function separatorOf(separator: string): Buffer {
  if (separator !== '') return Buffer.from(separator)
  throw new MillraceError('ENVELOPE_OPTION_WRONG', {
    option: 'separator',
    value: 'empty',
    expected: 'at least one byte',
  })
}

/** Records that are each followed by a separator. A record that holds the separator reads back as two: json never writes "\n". */
export const delimitedEnvelope: Envelope<typeof options> = Object.freeze({
  kind: 'envelope',
  name: 'delimited',
  summary: 'each record is followed by a separator, by default a line ending',
  stability: 'stable',
  since: '0.1.0',
  options,
  openCutter: (values: DelimitedOptions, position: number) => new ChunkCutter(new DelimitedFraming(values), position),
  wrap: (values: DelimitedOptions, frames: BytesColumn, writer: BytesWriter) => {
    const separator = separatorOf(values.separator)
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] === NO_VALUE ? start : (frames.ends[i] as number)
      let at = writer.reserve(end - start + separator.length)
      writer.bytes.set(frames.bytes.subarray(start, end), at)
      at += end - start
      for (let k = 0; k < separator.length; k++) writer.bytes[at++] = separator[k] as number
      writer.commit(at)
    }
  },
})
