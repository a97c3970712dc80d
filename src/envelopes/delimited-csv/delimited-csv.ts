import { boolean, choice, integer, type OptionValues, text } from '../../config/option.ts'
import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { blankAt, type CsvMarks, csvMarks, walkRows } from '../../core/csv-scan.ts'
import { MillraceError } from '../../core/errors.ts'
import { ChunkCutter, type FrameList, type Framing } from '../chunk-cutter.ts'
import type { Envelope } from '../envelope.ts'

const LF = 10
const CR = 13

const options = {
  hasHeader: boolean({
    summary: 'Whether the first row of what is read is a header, which is passed over',
    default: true,
  }),
  lineEnding: choice(['\n', '\r\n'], { summary: 'What ends a row that is written; both are read', default: '\n' }),
  delimiter: text({ summary: 'Text between two cells, as the encoding has it', default: ',' }),
  quote: text({ summary: 'Character around quoted cells, as the encoding has it', default: '"' }),
  maxFrameBytes: integer(
    {
      summary: 'Longest row; a quote that is open for longer is given up on, and its line is a row',
      unit: 'bytes',
      default: 1024 * 1024,
    },
    { min: 1, max: 1024 * 1024 * 1024 },
  ),
}

type CsvOptions = OptionValues<typeof options>

/** `stream = [ header ] { row ( LF | CR LF ) } [ row ]` (core/csv-scan.ts has the grammar of rows); blank lines are no rows. */
class CsvFraming implements Framing {
  /** The cutter's own limit ends the stream; here a row that is too long is a bad record at most. */
  readonly maxFrameBytes = 2 ** 30
  readonly #maxRowBytes: number
  readonly #marks: CsvMarks
  #skipsHeader: boolean
  #isStart: boolean

  constructor({ hasHeader, delimiter, quote, maxFrameBytes }: CsvOptions, position: number) {
    const marks = csvMarks({ delimiter, quote })
    if (marks === null) {
      const value = `${JSON.stringify(delimiter)} and ${JSON.stringify(quote)}`
      const expected = 'two different texts without line ends, the quote one character or empty'
      throw new MillraceError('ENVELOPE_OPTION_WRONG', { option: 'delimiter, quote', value, expected })
    }
    this.#marks = marks
    this.#maxRowBytes = maxFrameBytes
    this.#isStart = position === 0
    this.#skipsHeader = position === 0 && hasHeader
  }

  cut(bytes: Buffer, _searched: number, end: number, _base: number, frames: FrameList): number {
    let start = 0
    for (;;) {
      start = walkRows(bytes, start, end, this.#marks, (from, to) => this.#add(bytes, from, to, frames))
      if (end - start <= this.#maxRowBytes) return start
      const line = bytes.indexOf(LF, start)
      if (line < 0 || line >= end) return start
      this.#add(bytes, start, line, frames)
      start = line + 1
    }
  }

  finish(size: number, _base: number, frames: FrameList): void {
    if (size > 0 && !this.#skipsHeader) frames.add(0, 0, size)
  }

  #add(bytes: Buffer, from: number, to: number, frames: FrameList): void {
    let start = from
    if (this.#isStart) {
      this.#isStart = false
      if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3
    }
    if (start === to || blankAt(bytes, start, to) > 0) return
    if (this.#skipsHeader) this.#skipsHeader = false
    else frames.add(from, start, bytes[to - 1] === CR ? to - 1 : to)
  }
}

/** Rows of CSV, where line ends inside quotes do not end a row. */
export const delimitedCsvEnvelope: Envelope<typeof options> = Object.freeze({
  kind: 'envelope',
  name: 'delimited-csv',
  summary: 'rows of CSV: line ends inside quoted cells belong to them, a header and blank lines are passed over',
  stability: 'beta',
  since: '0.1.0',
  options,
  openCutter: (values: CsvOptions, position: number) => new ChunkCutter(new CsvFraming(values, position), position),
  wrap: ({ lineEnding }: CsvOptions, frames: BytesColumn, writer: BytesWriter) => {
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] === NO_VALUE ? start : (frames.ends[i] as number)
      let at = writer.reserve(end - start + 2)
      writer.bytes.set(frames.bytes.subarray(start, end), at)
      at += end - start
      if (lineEnding === '\r\n') writer.bytes[at++] = CR
      writer.bytes[at++] = LF
      writer.commit(at)
    }
  },
})
