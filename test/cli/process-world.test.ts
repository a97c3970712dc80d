import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const world = new URL('../../src/cli/process-world.ts', import.meta.url).href
const script = (body: string) => `import { processWorld } from ${JSON.stringify(world)}
const world = processWorld()
${body}`

/** Runs a script; sends SIGINT whenever it prints `again`. */
async function ended(body: string): Promise<{ status: unknown; stdout: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(body)])
  let stdout = ''
  child.stdout.on('data', (data) => {
    stdout += String(data)
    if (String(data).includes('again')) child.kill('SIGINT')
  })
  return { status: await new Promise((resolve) => child.once('close', resolve)), stdout }
}

test('the first Ctrl-C aborts stop, and nothing else', async () => {
  const { status, stdout } = await ended(`
    const alive = setInterval(() => {}, 1000)
    world.stop.addEventListener('abort', () => { console.log('stopped', world.stopNow.aborted); clearInterval(alive) })
    console.log('again')`)
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'again\nstopped false\n' })
})

test('the second ends the process with 130', async () => {
  const { status } = await ended(`
    setInterval(() => {}, 1000)
    world.stop.addEventListener('abort', () => console.log('again'))
    console.log('again')`)
  expect(status).toBe(130)
})

test('the streams, folder and components are those of the process', async () => {
  const { status, stdout } = await ended(`
    const { registry, url } = await world.components()
    await world.stdout.write(JSON.stringify([world.cwd === process.cwd(), world.stdout.isTerminal, registry.has('transport', 'log'), url.endsWith('components.ts')]))
    process.exit()`)
  expect({ status, stdout }).toEqual({ status: 0, stdout: '[true,false,true,true]' })
})

test.skipIf(!existsSync('/dev/full'))(
  'a device without room is an error of the one that writes, not a reader that went away',
  async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        script("await world.stdout.write('x').catch(({ code, message }) => console.error(code, message))"),
      ],
      { stdio: ['ignore', full, 'pipe'] },
    )
    closeSync(full)
    let stderr = ''
    child.stderr?.on('data', (data) => (stderr += String(data)))
    await new Promise((resolve) => child.once('close', resolve))
    expect(stderr).toContain('CLI_FILE_UNUSABLE cannot write standard output: ENOSPC')
  },
)

test('a file that standard output goes to gets everything, in order', async () => {
  const path = join(temporaryFolder(), 'out.txt')
  const file = openSync(path, 'w')
  const body = 'for (let i = 0; i < 5; i++) await world.stdout.write(String(i).repeat(200_000))'
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(body)], {
    stdio: ['ignore', file, 'inherit'],
  })
  closeSync(file)
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe([0, 1, 2, 3, 4].map((i) => `${i}`.repeat(200_000)).join(''))
})
