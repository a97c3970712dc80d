import { expect, test } from 'vitest'
import { type Column, Printer, visible } from '../../src/cli/printer.ts'
import { KeptOutput } from '../support/command-line.ts'

interface Item {
  readonly name: string
  readonly count: number | null
}

const items: readonly Item[] = [
  { name: 'a', count: 5 },
  { name: 'longer', count: null },
]
const columns: readonly Column<Item>[] = [
  { title: 'NAME', of: (item) => item.name },
  { title: 'COUNT', of: (item) => item.count, color: () => 'red' },
]

function printer(settings: { isTerminal?: boolean; isJson?: boolean; isQuiet?: boolean; isColored?: boolean }) {
  const out = new KeptOutput(settings.isTerminal)
  const error = new KeptOutput(settings.isTerminal)
  const { isJson = false, isQuiet = false, isColored = false } = settings
  return { out, error, print: new Printer(out, error, { isJson, isQuiet, isColored }) }
}

test('a table is aligned on a terminal, numbers to the right', async () => {
  const { out, print } = printer({ isTerminal: true })
  await print.table(items, columns)
  expect(out.text).toBe('NAME    COUNT\na           5\nlonger      -\n')
})

test('a table may have more rows than a call takes arguments', async () => {
  const { out, print } = printer({ isTerminal: true })
  await print.table(new Array(200_000).fill(items[0]), columns)
  expect(out.text.startsWith('NAME  COUNT\na         5\n')).toBe(true)
})

test('elsewhere cells are separated by tabs, and with --json the items are one list', async () => {
  const plain = printer({})
  await plain.print.table(items, columns)
  expect(plain.out.text).toBe('NAME\tCOUNT\na\t5\nlonger\t-\n')
  const json = printer({ isJson: true, isTerminal: true })
  await json.print.table(items, columns)
  expect(JSON.parse(json.out.text)).toEqual(items)
})

test('colours do not change the alignment', async () => {
  const { out, print } = printer({ isTerminal: true, isColored: true })
  await print.table(items, columns)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const bare = out.text.replace(/\u001b\[\d+m/g, '')
  expect(bare).not.toBe(out.text)
  expect(bare).toBe('NAME    COUNT\na           5\nlonger      -\n')
})

test('notes are left out when quiet, warnings are not', async () => {
  const { error, print } = printer({ isQuiet: true, isTerminal: true })
  await print.note('note')
  await print.live('live')
  await print.warn('warning')
  expect(error.text).toBe('warning\n')
})

test('JSON holds large integers, bytes and maps', async () => {
  const { out, print } = printer({})
  await print.json({ small: 5n, large: 2n ** 63n, bytes: new Uint8Array([1]), map: new Map([['a', 1]]) })
  expect(JSON.parse(out.text)).toEqual({ small: 5, large: '9223372036854775808', bytes: 'AQ==', map: { a: 1 } })
})

test('no text drives the terminal', () => {
  for (let code = 0; code < 0xa0; code++) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
    expect(visible(`a${String.fromCharCode(code)}b`)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  }
  expect(visible('\u001b[2J')).toBe('\\u001b[2J')
  expect(visible('größe →')).toBe('größe →')
})
