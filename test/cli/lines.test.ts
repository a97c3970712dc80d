import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contentOf, linesOf } from '../../src/cli/lines.ts'
import { seeded } from '../random.ts'
import { inputOf, testWorld } from '../support/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function linesIn(stdin: AsyncIterable<Uint8Array>): Promise<string[]> {
  const lines: string[] = []
  for await (const some of linesOf(testWorld({ stdin }), '-'))
    lines.push(...some.map((line) => Buffer.from(line).toString()))
  return lines
}

test('lines are the same however the input is cut into chunks', async () => {
  const next = seeded(7)
  const text = 'one\ntwo\r\n\nthrée\n  \nlast'
  const bytes = Buffer.from(text)
  for (let trial = 0; trial < 100; trial++) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(next() * 6)
      chunks.push(bytes.subarray(at, end))
      at = end
    }
    expect(await linesIn(inputOf(...chunks))).toEqual(['one', 'two', '', 'thrée', '  ', 'last'])
  }
})

test('a final line end makes no line of its own, and no input no lines', async () => {
  expect(await linesIn(inputOf('a\n'))).toEqual(['a'])
  expect(await linesIn(inputOf())).toEqual([])
})

test('a typed line is there before the input goes on', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  async function* typed() {
    yield Buffer.from('first\n')
    await promise
    yield Buffer.from('second\n')
  }
  const lines = linesOf(testWorld({ stdin: typed() }), '-')
  expect((await lines.next()).value.map(String)).toHaveLength(1)
  resolve()
  expect((await lines.next()).done).toBe(false)
})

test('a stop ends a silent input', async () => {
  const stop = new AbortController()
  async function* silent() {
    yield Buffer.from('a\nunfinished')
    stop.abort()
    await new Promise<never>(() => {})
  }
  const found: number[] = []
  for await (const lines of linesOf(testWorld({ stdin: silent(), stop: stop.signal }), '-')) found.push(lines.length)
  expect(found).toEqual([1])
})

test('files are read whole or by line, relative to the folder; one that is not there says so', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.txt'), 'x\ny\n')
  const world = testWorld({ cwd })
  expect(Buffer.from(await contentOf(world, 'a.txt')).toString()).toBe('x\ny\n')
  await expect(contentOf(world, 'b.txt')).rejects.toThrow('cannot read b.txt: there is no such file')
  await expect(contentOf(world, '.')).rejects.toThrow('it is a folder')
})
