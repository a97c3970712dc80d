// Question: how long does the first install take from nothing, and how much is downloaded?
//
//   node bench/install.ts [trials]
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

interface Trial {
  readonly seconds: number
  /** Compressed packages and their descriptions, as npm keeps them. */
  readonly downloadedBytes: number
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
  const sizes = { downloadedBytes: sizeOf(cache), installedBytes: sizeOf(join(folder, 'node_modules')) }
  rmSync(folder, { recursive: true })
  return { seconds, ...sizes }
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
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
for (const { seconds, downloadedBytes, installedBytes } of samples) {
  const megabytes = [downloadedBytes, installedBytes].map((bytes) => (bytes / 1e6).toFixed(0))
  console.log(`${seconds.toFixed(1)} s, ${megabytes[0]} MB downloaded, ${megabytes[1]} MB installed`)
}
