import { spawn } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const script = fileURLToPath(new URL('../../support/stdio-copy.ts', import.meta.url))
const lines = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `{"line":${i}}\n`).join(''))

async function run(mode: 'main' | 'worker', input: Buffer | number, readsOutput = true) {
  const stdin = typeof input === 'number' ? input : 'pipe'
  const child = spawn(process.execPath, [script, mode], { stdio: [stdin, 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stderr?.on('data', (bytes) => errors.push(bytes))
  if (readsOutput) child.stdout?.on('data', (bytes) => output.push(bytes))
  else child.stdout?.once('data', () => child.stdout?.destroy())
  child.stdin?.on('error', () => {}) // the child stops reading when nobody reads its output
  if (typeof input !== 'number') child.stdin?.end(input)
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, output: Buffer.concat(output), errors: Buffer.concat(errors).toString() }
}

test('bytes pass from a pipe to a pipe, on the main thread and on a worker', async () => {
  for (const mode of ['main', 'worker'] as const) {
    const { exitCode, output, errors } = await run(mode, lines)
    expect(errors).toBe('')
    expect(exitCode).toBe(0)
    expect(Buffer.compare(output, lines)).toBe(0)
  }
})

test('standard input may be a file', async () => {
  const path = join(temporaryFolder(), 'in')
  writeFileSync(path, lines)
  const { exitCode, output } = await run('main', openSync(path, 'r'))
  expect(exitCode).toBe(0)
  expect(Buffer.compare(output, lines)).toBe(0)
})

test('when whoever reads the output closes it, the writer stops with an error that says so', async () => {
  const { exitCode, errors } = await run('main', Buffer.concat([lines, lines, lines]), false)
  expect(exitCode).toBe(3)
  expect(errors).toContain('TRANSPORT_OUTPUT_CLOSED test.yaml: slots.0: whoever read standard output has closed it')
})
