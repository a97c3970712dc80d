import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'

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
