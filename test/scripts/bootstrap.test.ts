import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** A made-up repository whose `npm` is a script that writes down its arguments and "installs" a Node. */
let root: string
let tools: string

const lockFile = {
  packages: {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  },
}
const fakeNpm = `#!${process.execPath}
const fs = require('node:fs')
fs.appendFileSync('npm-runs', JSON.stringify({ args: process.argv.slice(2), json: process.env.npm_config_json ?? null }) + '\\n')
if (fs.existsSync('npm-breaks')) process.exit(7)
fs.mkdirSync('node_modules/.bin', { recursive: true })
fs.writeFileSync('node_modules/.bin/node', '#!/bin/sh\\nexec ${process.execPath} "$@"\\n', { mode: 0o755 })
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
delete packages['']
delete packages['node_modules/b']
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
`

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
  tools = join(root, 'tools')
  mkdirSync(join(root, 'scripts'))
  mkdirSync(tools)
  copyFileSync(new URL('../../scripts/bootstrap.mjs', import.meta.url), join(root, 'scripts', 'bootstrap.mjs'))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lockFile))
  writeFileSync(join(tools, 'npm'), fakeNpm)
  chmodSync(join(tools, 'npm'), 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const path = [tools, process.env['PATH']].join(delimiter)
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs', ...args], {
    cwd: root,
    env: { ...process.env, PATH: path, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (bytes) => (stderr += bytes))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  /** Resolves when the child has printed `text`. */
  const printed = (text: string) =>
    new Promise<void>((resolve) => {
      const check = () => stdout.includes(text) && resolve()
      child.stdout.on('data', check)
      check()
    })
  child.stdout.on('data', (bytes) => (stdout += bytes))
  return { child, ended, printed }
}

const run = (args: readonly string[], environment?: Record<string, string>) => start(args, environment).ended
const installs = (): { args: string[]; json: string | null }[] =>
  existsSync(join(root, 'npm-runs'))
    ? readFileSync(join(root, 'npm-runs'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []

describe('bootstrap', () => {
  it('installs once, says so in one line, and is quiet ever after', async () => {
    const first = await run(['node', '-e', 'console.log("ran")'])
    expect(first).toMatchObject({ code: 0, stdout: 'ran\n' })
    expect(first.stderr).toMatch(/^millrace: installing the dependencies.*\n$/)
    expect(installs()).toHaveLength(1)
    expect(installs()[0]?.args[0]).toBe('ci')
    expect(await run(['node', '-e', '0'])).toMatchObject({ code: 0, stderr: '' })
    expect(installs()).toHaveLength(1)
  })

  it.each([
    ['has another version', (packages: Record<string, unknown>) => (packages['node_modules/a'] = { version: '1.0.1' })],
    [
      'has one more package',
      (packages: Record<string, unknown>) => (packages['node_modules/c'] = { version: '1.0.0' }),
    ],
    ['has one package less', (packages: Record<string, unknown>) => delete packages['node_modules/a']],
  ])('installs again when the lock file %s', async (_case, change) => {
    await run(['node', '-e', '0'])
    const changed = structuredClone(lockFile)
    change(changed.packages)
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(changed))
    await run(['node', '-e', '0'])
    await run(['node', '-e', '0'])
    expect(installs()).toHaveLength(2)
  })

  it('lets one of several processes install and the others wait for it', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => run(['node', '-e', 'console.log("ran")'])))
    expect(all.map(({ code, stdout }) => [code, stdout])).toEqual(Array(4).fill([0, 'ran\n']))
    expect(installs()).toHaveLength(1)
  })

  it('takes over from a process that died while it installed', async () => {
    const dead = start(['node', '-e', '0'])
    await dead.ended
    rmSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, '.cache', 'install.lock'), String(dead.child.pid))
    expect(await run(['node', '-e', '0'])).toMatchObject({ code: 0 })
    expect(existsSync(join(root, '.cache', 'install.lock'))).toBe(false)
  })

  it('stops with one sentence when npm does, and leaves no lock', async () => {
    writeFileSync(join(root, 'npm-breaks'), '')
    const ended = await run(['node', '-e', 'console.log("ran")'])
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('npm ci did not install the dependencies')
    expect(existsSync(join(root, '.cache', 'install.lock'))).toBe(false)
  })

  it('keeps the flags of the outer npm away from the inner one', async () => {
    await run(['node', '-e', '0'], { npm_config_json: 'true' })
    expect(installs()[0]?.json).toBeNull()
  })

  it('hands on arguments and the exit code, and puts the repository programs first on the path', async () => {
    const script = 'console.log(JSON.stringify(process.argv.slice(1)), process.env.PATH.split(":")[0]); process.exit(5)'
    const { code, stdout } = await run(['node', '-e', script, '--', 'a b', '--json', ''])
    expect(code).toBe(5)
    expect(stdout).toBe(`["a b","--json",""] ${join(root, 'node_modules', '.bin')}\n`)
  })

  it('says which command cannot be started', async () => {
    expect(await run(['no-such-command'])).toMatchObject({ code: 127 })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('forwards %s once and ends as the child does', async (signal) => {
    const script = `let n = 0; process.on('${signal}', () => { n++; setImmediate(() => { console.log('got', n); process.exit(9) }) }); setInterval(() => {}, 1000); console.log('ready')`
    const { child, ended, printed } = start([process.execPath, '-e', script])
    await printed('ready')
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 9, stdout: 'ready\ngot 1\n' })
  })

  it('dies of the signal that killed the child', async () => {
    const { code, signal } = await run([
      process.execPath,
      '-e',
      'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)',
    ])
    expect([code, signal]).toEqual([null, 'SIGTERM'])
  })
})
