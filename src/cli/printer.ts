import type { Output } from './verb.ts'

const colors = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const
export type Color = keyof typeof colors

/** How one column of a table is made from an item. */
export interface Column<T> {
  readonly title: string
  readonly of: (item: T) => string | number | null
  readonly color?: (item: T) => Color | null
}

/** How results are shown. */
export interface PrinterSettings {
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly isColored: boolean
}

/** Prints what a verb has to say: data to standard output, notes for people to standard error. */
export class Printer {
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly #isColored: boolean
  readonly #stdout: Output
  readonly #stderr: Output

  constructor(stdout: Output, stderr: Output, { isJson, isQuiet, isColored }: PrinterSettings) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.isJson = isJson
    this.isQuiet = isQuiet
    this.#isColored = isColored
  }

  get isTerminal(): boolean {
    return this.#stdout.isTerminal
  }

  /** Where notes appear at once and may be overwritten. */
  get hasLiveNotes(): boolean {
    return this.#stderr.isTerminal && !this.isQuiet && !this.isJson
  }

  /** A line of data. */
  line(text = ''): Promise<void> {
    return this.#stdout.write(`${text}\n`)
  }

  /** Bytes as they are. */
  bytes(content: Uint8Array): Promise<void> {
    return this.#stdout.write(content)
  }

  /** One JSON value on one line. */
  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value, plain))
  }

  /** A result in both forms: the value with --json, else the text. */
  result(value: unknown, text: string): Promise<void> {
    return this.isJson ? this.json(value) : this.line(text)
  }

  /** Items as a JSON list with --json, as an aligned table on a terminal, else as lines with tabs. */
  table<T>(items: readonly T[], columns: readonly Column<T>[]): Promise<void> {
    if (this.isJson) return this.json(items)
    const cells = items.map((item) => columns.map((column) => cellText(column.of(item))))
    const titles = columns.map((column) => column.title)
    if (!this.isTerminal) return this.line([titles, ...cells].map((row) => row.join('\t')).join('\n'))
    const widths = columns.map((_, i) =>
      cells.reduce((width, row) => Math.max(width, widthOf(row[i] as string)), widthOf(titles[i] as string)),
    )
    const isNumeric = columns.map(({ of }) => items.length > 0 && items.every((item) => isNumber(of(item))))
    const rowText = (row: readonly string[], paint: (text: string, i: number) => string) =>
      row
        .map((text, i) => paint(padded(text, widths[i] as number, isNumeric[i] as boolean), i))
        .join('  ')
        .trimEnd()
    const head = rowText(titles, (text) => this.paint('bold', text))
    const body = cells.map((row, r) =>
      rowText(row, (text, c) => this.paint(columns[c]?.color?.(items[r] as T) ?? null, text)),
    )
    return this.line([head, ...body].join('\n'))
  }

  /** A line for people, on standard error; nothing when quiet. */
  async note(text: string): Promise<void> {
    if (!this.isQuiet) await this.#stderr.write(`${text}\n`)
  }

  /** A line on standard error, also when quiet. */
  warn(text: string): Promise<void> {
    return this.#stderr.write(`${text}\n`)
  }

  /** A line that the next live line replaces; only where `hasLiveNotes`. An empty text removes it. */
  async live(text: string): Promise<void> {
    if (this.hasLiveNotes) await this.#stderr.write(`\r\u001b[2K${text}`)
  }

  /** Text in a colour, where colours are shown. */
  paint(color: Color | null, text: string): string {
    return color && this.#isColored ? `\u001b[${colors[color]}m${text}\u001b[0m` : text
  }
}

/** Control characters of a text made visible, so that data cannot drive the terminal. */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) =>
    JSON.stringify(c)
      .slice(1, -1)
      .replace(/^[\u007f-\u009f]/, '\u00b7'),
  )
}

function cellText(value: string | number | null): string {
  if (value === null) return '-'
  if (typeof value !== 'number') return visible(value)
  return Number.isInteger(value) ? String(value) : Number.isNaN(value) ? '-' : value.toPrecision(4)
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value === null
}

function padded(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return isRight ? space + text : text + space
}

/** Columns on a terminal, counting code points. */
function widthOf(text: string): number {
  return [...text].length
}

/** JSON has no bigint and no bytes: numbers as text where they would lose digits, bytes as base64. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Map) return Object.fromEntries(value)
  return value
}
