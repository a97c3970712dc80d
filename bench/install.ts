// Question: how long does the first install take from nothing, and how much is downloaded?
//
//   node bench/install.ts [trials]
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

interface Trial {
  readonly seconds: number
  /** Packages, compressed as they travel. */
  readonly packageBytes: number
  /** Descriptions of packages; npm keeps them uncompressed, they travel compressed. */
  readonly descriptionBytes: number
  readonly installedBytes: number
}

/** `npm ci` in an empty folder with an empty cache. */
function trial(): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-install-'))
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(folder, file))
  const cache = join(folder, 'cache')
  const start = performance.now()
  const { status, stderr } = spawnSync('npm', ['ci', '--cache', cache, '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(stderr)
  const packageBytes = sizeOf(cache, isCompressed)
  const descriptionBytes = sizeOf(cache) - packageBytes
  const installedBytes = sizeOf(join(folder, 'node_modules'))
  rmSync(folder, { recursive: true })
  return { seconds, packageBytes, descriptionBytes, installedBytes }
}

/** Bytes of the files below a folder; a file with two names counts once. */
function sizeOf(folder: string, isCounted: (path: string) => boolean = () => true): number {
  const sizes = new Map<number, number>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !isCounted(path)) continue
    const { ino, size } = statSync(path)
    sizes.set(ino, size)
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/** True for gzip. */
function isCompressed(path: string): boolean {
  return readFileSync(path).subarray(0, 2).toString('hex') === '1f8b'
}

const samples = Array.from({ length: Number(process.argv[2] ?? 3) }, trial)
const results = {
  question: 'time and size of the first install, from nothing',
  at: new Date().toISOString(),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: { cpu: cpus()[0]?.model, cpus: cpus().length, memoryBytes: totalmem() },
  versions: { node: process.version, npm: execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim() },
  samples,
}
writeFileSync(join(root, 'bench/results/install.json'), `${JSON.stringify(results)}\n`)
for (const { seconds, ...sizes } of samples) {
  const megabytes = Object.entries(sizes).map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(0)} MB`)
  console.log(`${seconds.toFixed(1)} s, ${megabytes.join(', ')}`)
}
