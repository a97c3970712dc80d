import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const millrace = (cwd: string, args: readonly string[], input = '') =>
  spawnSync(process.execPath, [main, ...args], { cwd, input, encoding: 'utf8' })

test('a process has the status of its verb and keeps data and errors apart', () => {
  const cwd = temporaryFolder()
  expect(millrace(cwd, ['send', '--topic', 't', '--create', '--quiet'], 'a\nb')).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  })
  expect(millrace(cwd, ['receive', '--topic', 't', '--no-follow'])).toMatchObject({ status: 0, stdout: 'a\nb\n' })
  const failed = millrace(cwd, ['receive', '--topic', 'none'])
  expect(failed).toMatchObject({ status: 1, stdout: '' })
  expect(failed.stderr.split('\n')).toHaveLength(2)
  expect(millrace(cwd, ['receive', '--topik', 'none']).status).toBe(2)
})

test('a reader that goes away ends a verb quietly', async () => {
  const cwd = temporaryFolder()
  millrace(cwd, ['send', '--topic', 't', '--create'], 'x'.repeat(100).concat('\n').repeat(20_000))
  const child = spawn(process.execPath, [main, 'receive', '--topic', 't', '--no-follow'], { cwd })
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += String(data)))
  child.stdout.once('data', () => child.stdout.destroy())
  const status = await new Promise((resolve) => child.once('close', resolve))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('the first Ctrl-C ends a verb that waits', async () => {
  const cwd = temporaryFolder()
  millrace(cwd, ['send', '--topic', 't', '--create'], 'a\n')
  const child = spawn(process.execPath, [main, 'receive', '--topic', 't'], { cwd })
  child.stdout.once('data', () => child.kill('SIGINT'))
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
})
