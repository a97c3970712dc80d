#!/usr/bin/env node
// Runs a command on the repository's own Node, after installing dependencies where they are missing or out of date.
// Plain JavaScript for Node 20: it is what makes the newer Node of node_modules available.
// Use: node scripts/bootstrap.mjs <command> [arguments]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const lock = join(root, '.cache', 'install.lock')
const staleAfterMs = 10 * 60 * 1000

if (!isInstalled()) await installOnce()
run(process.argv.slice(2))

/** True when what npm wrote down about node_modules agrees with the lock file, and our Node is there. */
function isInstalled() {
  if (!existsSync(join(bin, 'node'))) return false
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (present === null || wanted === null) return false
  for (const [path, { version, optional, peer }] of Object.entries(wanted)) {
    if (path === '') continue
    const here = present[path]
    if (here ? here.version !== version : !optional && !peer) return false
  }
  return Object.keys(present).every((path) => path in wanted)
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/** Installs unless another process does; then waits for that one. The lock holds the id of the process that installs. */
async function installOnce() {
  mkdirSync(dirname(lock), { recursive: true })
  let isWaiting = false
  while (!tryLock()) {
    if (!isWaiting) say('another process is installing the dependencies, waiting for it')
    isWaiting = true
    await new Promise((resolve) => setTimeout(resolve, 200))
    dropStaleLock()
  }
  const fault = isInstalled() ? null : install()
  rmSync(lock, { force: true })
  if (fault !== null) stop(1, fault)
}

/** Runs npm; the result is null or what went wrong. */
function install() {
  say('installing the dependencies from the npm registry (once, about 235 MB)')
  // On an old Node npm warns about each package that wants a newer one, which is the one that it installs: errors only.
  const args = ['ci', '--include=dev', '--loglevel=error', '--engine-strict=false', '--no-audit', '--no-fund']
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOuterFlag(name))),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (error) return `npm cannot be started: ${error.message}`
  if (status !== 0) return 'npm ci did not install the dependencies, see above'
  if (existsSync(join(bin, 'node'))) return null
  return 'the package "node" was installed without its program: does npm run with --ignore-scripts?'
}

/** npm hands its own flags on as variables; those of the outer command would change what the inner one installs. */
function isOuterFlag(name) {
  return /^npm_config_(json|dry_run|omit|include|only|production|global|location|package_lock_only|workspaces?)$/i.test(
    name,
  )
}

function tryLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Removes the lock of a process that died. It is moved away first, so that of two waiting processes only one does it. */
function dropStaleLock() {
  const mine = `${lock}.${process.pid}`
  try {
    const owner = readFileSync(lock, 'utf8')
    if (owner !== '' && isAlive(Number(owner)) && Date.now() - statSync(lock).mtimeMs < staleAfterMs) return
    if (owner === '' && Date.now() - statSync(lock).mtimeMs < 1000) return // just being written
    renameSync(lock, mine)
    if (readFileSync(mine, 'utf8') !== owner) linkSync(mine, lock) // a live one was moved: put it back
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(mine, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs the command with our programs first on the path; its exit status or signal becomes ours. */
function run([command, ...args]) {
  if (command === undefined) return
  const path = [bin, process.env.PATH ?? ''].join(delimiter)
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32',
  })
  child.on('error', (error) => stop(127, `"${command}" cannot be started: ${error.message}`))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(child, signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
  })
}

/** Ctrl-C reaches everything on the terminal by itself (and npm repeats it to us): forwarding it would make two of one. */
function forward(child, signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return
  child.kill(signal)
}

function say(sentence) {
  process.stderr.write(`millrace: ${sentence}\n`)
}

function stop(status, sentence) {
  say(sentence)
  process.exit(status)
}
