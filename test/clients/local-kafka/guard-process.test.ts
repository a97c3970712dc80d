import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../../src/clients/local-kafka/guard-process.ts', import.meta.url))

test('it ends when its input ends, also when processes that it heard of are gone and lines are cut', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  const guard = spawn(process.execPath, ['--no-warnings', entry, '60000'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const exit = once(guard, 'exit')
  guard.stdin.write(`+${gone.pid}\n+`)
  guard.stdin.end('12')
  expect(await exit).toEqual([0, null])
})
