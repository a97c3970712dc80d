import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfigDocument, readConfigDocument } from '../../src/config/document.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { seeded } from '../random.ts'

const text = `name: iris
slots:
  0:
    transport: {type: log, topic: iris}
  1: &out
    transport:
      type: file
  3: *out
list:
  - a: 1
    b: 2
  - c
`

function fault(source: string): { code: string; message: string } {
  try {
    parseConfigDocument(source, 'e.yaml')
  } catch (thrown) {
    if (thrown instanceof MillraceError) return { code: thrown.code, message: thrown.message }
    throw thrown
  }
  throw new Error('no fault')
}

describe('places', () => {
  const document = parseConfigDocument(text, 'e.yaml')

  it.each([
    [[], '1:1'],
    [['name'], '1:1'],
    [['slots', 0], '3:3'],
    [['slots', '0', 'transport', 'topic'], '4:28'],
    [['slots', 3, 'transport', 'type'], '7:7'],
    [['list', 0], '10:5'],
    [['list', 0, 'b'], '11:5'],
    [['list', 1], '12:5'],
  ])('of %j is the name or the item', (path, at) => {
    expect(document.place(path)).toBe(`e.yaml:${at}`)
  })

  it('of what is absent is the place of its nearest parent', () => {
    expect(document.place(['slots', 0, 'transport', 'nope'])).toBe(document.place(['slots', 0, 'transport']))
    expect(document.place(['list', 9, 'x'])).toBe(document.place(['list']))
    expect(document.place(['nope', 'x'])).toBe('e.yaml:1:1')
    expect(parseConfigDocument('', 'e.yaml').place(['x'])).toBe('e.yaml:1:1')
  })
})

describe('values', () => {
  it('are plain data, with aliases followed', () => {
    const { value } = parseConfigDocument(text, 'e.yaml')
    expect(value).toMatchObject({ name: 'iris', slots: { 3: { transport: { type: 'file' } } }, list: [{ a: 1 }, 'c'] })
  })

  it('follow YAML 1.2: words such as yes and dates stay text', () => {
    expect(parseConfigDocument('a: yes\nb: 2026-01-01\nc: 010\nd: ~', 'e.yaml').value).toEqual({
      a: 'yes',
      b: '2026-01-01',
      c: 10,
      d: null,
    })
  })

  it('come from JSON as JSON.parse gives them, tabs and all', () => {
    const value = { a: [1, -2.5e3, 'x\n"y"', null, true, { 'b c': {} }], '': [] }
    for (const indent of [0, 2, '\t']) {
      expect(parseConfigDocument(JSON.stringify(value, null, indent), 'e.json').value).toEqual(value)
    }
  })
})

describe('faults', () => {
  it('have the place where the text stops making sense', () => {
    expect(fault('a: 1\nb: "x')).toMatchObject({ code: 'CONFIG_SYNTAX' })
    expect(fault('a: 1\nb: "x').message).toMatch(/^e\.yaml:2:6 is not valid YAML or JSON: /)
  })

  it.each([
    ['a repeated name', 'a: 1\nb: 2\na: 3', 'e.yaml:3:1', 'the name "a" is repeated'],
    ['a repeated name in JSON', '{"a": 1, "a": 2}', 'e.yaml:1:10', 'the name "a" is repeated'],
    ['a tag', 'a: !!js/function x', 'e.yaml:1:4', 'tag'],
    ['a local tag', 'a: !secret x', 'e.yaml:1:4', 'tag'],
    ['two documents', 'a: 1\n---\nb: 1', 'e.yaml:2:1', 'multiple documents'],
    ['a name that is no text', '? [a]\n: 1', 'e.yaml:1:3', 'expected text'],
    ['__proto__', 'x: {__proto__: {a: 1}}', 'e.yaml:1:5', '__proto__'],
    ['an alias without anchor', 'a: *b', 'e.yaml:1:4', 'has no anchor'],
    ['an alias inside its anchor', 'a: &a [*a]', 'e.yaml:1:8', 'its own anchor'],
  ])('name %s', (_case, source, place, reason) => {
    const { message } = fault(source)
    expect(message).toContain(`${place} is not valid YAML or JSON: `)
    expect(message).toContain(reason)
  })

  it.each([
    ['brackets', '['.repeat(20_000)],
    ['closed brackets', '['.repeat(101) + ']'.repeat(101)],
    ['dashes', '- '.repeat(20_000)],
    ['braces', '{a: '.repeat(20_000)],
  ])('stop nesting of %s at a hundred levels', (_case, source) => {
    expect(fault(source).message).toContain('nested more than 100 levels deep')
  })

  it('allow a hundred levels', () => {
    expect(parseConfigDocument('['.repeat(100) + ']'.repeat(100), 'e').value).toHaveLength(1)
  })

  it('stop documents that grow by aliases', () => {
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++)
      rows.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(fault(rows.join('\n')).message).toContain('alias')
  })

  it('stop at a quarter of a million characters', () => {
    expect(fault(`a: ${'x'.repeat(256 * 1024)}`).message).toContain('at most 262144 are read')
  })

  it('are MillraceErrors whatever the text is (2,000 damaged documents, seed 7)', () => {
    const random = seeded(7)
    const alphabet = '[]{}:,-&*!|>\'"%@`#?\n\t \\ab01\u0000\ufeff~'
    for (let round = 0; round < 2000; round++) {
      const characters = [...text]
      for (let n = Math.ceil(random() * 6); n > 0; n--) {
        const at = Math.floor(random() * characters.length)
        characters.splice(at, Math.floor(random() * 3), alphabet[Math.floor(random() * alphabet.length)] as string)
      }
      try {
        parseConfigDocument(characters.join(''), 'e.yaml').place(['slots', 0, 'transport'])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
        expect((thrown as Error).message).toMatch(/^e\.yaml:\d+:\d+ is not valid YAML or JSON: ./)
      }
    }
  })
})

describe('readConfigDocument', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-document-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('reads a file', async () => {
    const path = join(folder, 'a.yaml')
    writeFileSync(path, 'a: é')
    expect(await readConfigDocument(path)).toMatchObject({ path, value: { a: 'é' } })
  })

  it('names a file that is not there or is not text', async () => {
    const path = join(folder, 'b.yaml')
    await expect(readConfigDocument(path)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    writeFileSync(path, new Uint8Array([0x61, 0xff]))
    await expect(readConfigDocument(path)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})
