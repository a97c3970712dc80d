import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Guard } from '../../../src/clients/local-kafka/guard.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const guardUrl = new URL('../../../src/clients/local-kafka/guard.ts', import.meta.url).href

/** A process that goes on until it is ended; with `deaf`, until SIGKILL. */
function sleeper(deaf = false) {
  const script = `${deaf ? "process.on('SIGTERM', () => {});" : ''} setInterval(() => {}, 1000); process.stdout.write('up')`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('what is watched is ended when the guard is closed, what was forgotten is not', async () => {
  const [watched, forgotten] = [sleeper(), sleeper()]
  await Promise.all([watched, forgotten].map((child) => once(child.stdout, 'data')))
  const guard = new Guard(60_000)
  for (const child of [watched, forgotten]) guard.watch(child.pid as number)
  guard.forget(forgotten.pid as number)
  const exit = once(watched, 'exit')
  guard.close()
  expect(await exit).toEqual([null, 'SIGTERM'])
  expect([forgotten.exitCode, forgotten.signalCode]).toEqual([null, null])
})

test('a process that is killed takes what it watched with it, with SIGKILL what does not hear, stopped ones too, and its folders', async () => {
  const [deaf, stopped] = [sleeper(true), sleeper()]
  await Promise.all([deaf, stopped].map((child) => once(child.stdout, 'data')))
  stopped.kill('SIGSTOP')
  const exits = [deaf, stopped].map((child) => once(child, 'exit'))
  const folder = join(temporaryFolder(), 'a b ü')
  mkdirSync(join(folder, 'data'), { recursive: true })
  const script = `const { Guard } = await import('${guardUrl}'); const guard = new Guard(100)
    guard.removeAtEnd(${JSON.stringify(folder)})
    guard.watch(${deaf.pid}); guard.watch(${stopped.pid}); process.kill(process.pid, 'SIGKILL')`
  const owner = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { stdio: 'ignore' })
  await once(owner, 'exit')
  expect(await exits[0]).toEqual([null, 'SIGKILL'])
  expect((await exits[1])?.[1]).toMatch(/SIGTERM|SIGKILL/)
  await expect.poll(() => existsSync(folder), { timeout: 30_000 }).toBe(false)
})
