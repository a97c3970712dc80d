// Tools of Debian packages for tests, without root and without changing the system: what the package needs and this machine has not is
// downloaded by apt, which checks it, and unpacked into the cache folder, where the jars of Kafka are too.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { jarFolder } from '../src/clients/local-kafka/jar-cache.ts'

/** A program that runs. */
export interface Tool {
  readonly command: string
  /** What it needs in its environment besides. */
  readonly env: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

const downloadMs = 180_000

/** The tool on the path or of the cache folder, fetched when it is in neither; else the reason why it cannot be had. */
export function haveTool(name: string, environment: Environment): Tool | string {
  const onPath = { command: name, env: {} }
  if (runs(onPath)) return onPath
  const cache = dirname(jarFolder(environment))
  const folder = join(cache, `${name}-${process.platform}-${process.arch}`)
  if (!existsSync(folder)) {
    const reason = fetchTool(name, cache, folder)
    if (reason !== null) return `there is no ${name} on the path, and it cannot be fetched: ${reason}`
  }
  const unpacked = unpackedTool(name, folder)
  return runs(unpacked) ? unpacked : `${unpacked.command} does not run; remove ${folder} or install ${name}`
}

/** Unpacks the packages into `folder`, whole or not at all; the reason why not, or null. */
function fetchTool(name: string, cache: string, folder: string): string | null {
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, `${name}-`))
  try {
    const missing = missingPackages(name, [], work)
    // Images of containers come without lists of packages.
    const found = typeof missing === 'string' ? ownLists(name, work) : { options: [], packages: missing }
    if (typeof found === 'string') return found
    const download = apt([...found.options, 'download', ...found.packages], work)
    if (download !== null) return download
    const root = join(work, 'root')
    for (const file of readdirSync(work).filter((file) => file.endsWith('.deb'))) {
      const { status, stderr } = spawnSync('dpkg-deb', ['-x', join(work, file), root])
      if (status !== 0) return `dpkg-deb -x ${file}: ${stderr}`
    }
    try {
      renameSync(root, folder)
    } catch (error) {
      if (!existsSync(folder)) throw error // else another process was sooner
    }
    return null
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Fetches lists of packages into the folder. */
function ownLists(name: string, work: string): { readonly options: string[]; readonly packages: string[] } | string {
  const lists = join(work, 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true })
  const files = { 'Dir::State::lists': lists, 'Dir::Cache::pkgcache': '', 'Dir::Cache::srcpkgcache': '' }
  const options = Object.entries(files).flatMap(([option, value]) => ['-o', `${option}=${value}`])
  const reason = apt([...options, 'update'], work)
  const packages = reason ?? missingPackages(name, options, work)
  return typeof packages === 'string' ? packages : { options, packages }
}

/** The package and what it needs, as far as this machine does not have it; or why apt cannot say. */
function missingPackages(name: string, options: readonly string[], work: string): string[] | string {
  const args = [...options, 'install', '--simulate', '--no-install-recommends', name]
  const { status, error, stdout, stderr } = spawnSync('apt-get', args, { cwd: work, timeout: downloadMs })
  if (error || status !== 0) return error?.message ?? String(stderr).trim()
  // Inst librdkafka1 (2.0.2-1 Debian:12.0/stable [amd64])
  return [...String(stdout).matchAll(/^Inst (\S+) /gm)].map((match) => match[1] as string)
}

/** Runs apt-get in the folder; why it ended with an error, or null. */
function apt(args: readonly string[], work: string): string | null {
  const asSelf = ['-o', 'APT::Sandbox::User=', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20']
  const { status, error, stderr } = spawnSync('apt-get', ['-q', ...asSelf, ...args], { cwd: work, timeout: downloadMs })
  return !error && status === 0 ? null : (error?.message ?? String(stderr).trim())
}

function unpackedTool(name: string, folder: string): Tool {
  const libraries = join(folder, 'usr/lib')
  const triplets = existsSync(libraries) ? readdirSync(libraries).map((entry) => join(libraries, entry)) : []
  return { command: join(folder, 'usr/bin', name), env: { LD_LIBRARY_PATH: [libraries, ...triplets].join(delimiter) } }
}

function runs({ command, env }: Tool): boolean {
  return spawnSync(command, ['-V'], { env: { ...process.env, ...env } }).status === 0
}
