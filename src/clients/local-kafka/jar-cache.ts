import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../core/clock.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { type JarEntry, kafkaRelease } from './jar-list.ts'
import type { Environment } from './java.ts'

/** Where jars come from unless the user names another repository. */
export const mavenCentral = 'https://repo1.maven.org/maven2'

/** What fetching works with. */
export interface JarFetch {
  /** Folder that the jars are kept in. */
  readonly folder: string
  /** Base URL of a Maven repository. */
  readonly repository: string
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY of it are heeded. */
  readonly env: Environment
  readonly clock: Clock
  /** Called as jars arrive, at most once per jar and megabyte. */
  readonly onProgress?: (progress: JarProgress) => void
  /** Ends fetching, with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/** How far fetching is. */
export interface JarProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  /** The jar that moved on. */
  readonly jar: string
}

const attempts = 4
const lanes = 4
const idleMs = 60_000
const maxRedirects = 5
const progressBytes = 1 << 20

/** The folder of this user that jars of this release are kept in, shared by all checkouts. */
export function jarFolder(env: Environment): string {
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache')
  return join(cache, 'millrace', `kafka-${kafkaRelease}`)
}

/** The repository that the environment names with MILLRACE_MAVEN_REPOSITORY, or Maven Central. */
export function repositoryOf(env: Environment): string {
  return env['MILLRACE_MAVEN_REPOSITORY'] || mavenCentral
}

/**
 * Makes sure that every jar of the list is in the folder with the digest of the list, fetching those that are not, and returns
 * their paths. What was fetched in part is gone on with; several processes may do so at once.
 */
export async function haveJars(list: readonly JarEntry[], fetch: JarFetch): Promise<string[]> {
  await mkdir(fetch.folder, { recursive: true })
  const totalBytes = list.reduce((sum, { bytes }) => sum + bytes, 0)
  let doneBytes = 0
  const advance = (jar: string, bytes: number) => {
    doneBytes += bytes
    fetch.onProgress?.({ doneBytes, totalBytes, jar })
  }
  const waiting = [...list]
  const lane = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      const path = jarPath(fetch.folder, entry)
      if ((await digestOf(path)) === entry.sha256) doneBytes += entry.bytes
      else await fetchJar(entry, path, fetch, (bytes) => advance(fileName((entry as JarEntry).coordinates), bytes))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return list.map((entry) => jarPath(fetch.folder, entry))
}

/** Where a jar of the list is kept. */
export function jarPath(folder: string, { coordinates }: JarEntry): string {
  return join(folder, fileName(coordinates))
}

function fileName(coordinates: string): string {
  const [, artifact, version] = coordinates.split(':')
  return `${artifact}-${version}.jar`
}

/** Layout of Maven repositories: `org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar`. */
function urlOf(repository: string, coordinates: string): string {
  const [group, artifact, version] = coordinates.split(':') as [string, string, string]
  const path = [...group.split('.'), artifact, version, fileName(coordinates)].join('/')
  return `${repository.replace(/\/+$/, '')}/${path}`
}

async function fetchJar(
  entry: JarEntry,
  path: string,
  fetch: JarFetch,
  advance: (bytes: number) => void,
): Promise<void> {
  const url = urlOf(fetch.repository, entry.coordinates)
  const part = await adoptPart(path)
  for (let attempt = 1; ; attempt++) {
    try {
      await download(url, part, entry.bytes, fetch, advance)
      break
    } catch (error) {
      fetch.signal?.throwIfAborted()
      if (attempt === attempts || isFinal(error)) {
        throw new MillraceError('CLIENT_LOCAL_KAFKA_FETCH', { url, reason: reasonOf(error) }, error)
      }
      await fetch.clock.sleep(500 * 2 ** attempt, fetch.signal)
    }
  }
  const actual = await digestOf(part)
  if (actual !== entry.sha256) {
    await rm(part, { force: true })
    throw new MillraceError('CLIENT_LOCAL_KAFKA_DIGEST', { url, actual: `${actual}`, expected: entry.sha256 })
  }
  await rename(part, path)
}

/** The name of this process's unfinished file; one that a process which has ended left behind gets that name, so that its bytes are gone on with. */
async function adoptPart(path: string): Promise<string> {
  const own = `${path}.${process.pid}.part`
  const folder = join(path, '..')
  for (const name of await readdir(folder)) {
    const other = join(folder, name)
    const owner = other.startsWith(`${path}.`) ? Number(/\.(\d+)\.part$/.exec(name)?.[1]) : Number.NaN
    if (!Number.isInteger(owner) || owner === process.pid || isAlive(owner)) continue
    try {
      await rename(other, own) // whoever renames it has it; the others begin anew
      return own
    } catch {}
  }
  return own
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** An answer that no repetition changes. */
class FinalAnswer extends Error {}

function isFinal(error: unknown): boolean {
  return error instanceof FinalAnswer
}

/** Appends to `part` what it does not hold of the file at `url`. */
async function download(
  url: string,
  part: string,
  bytes: number,
  fetch: JarFetch,
  advance: (bytes: number) => void,
): Promise<void> {
  const have = (await sizeOf(part)) ?? 0
  if (have >= bytes) {
    if (have > bytes) await rm(part, { force: true })
    else return
  }
  const from = have < bytes ? have : 0
  const answer = await get(url, from > 0 ? { range: `bytes=${from}-` } : {}, fetch)
  const { statusCode = 0 } = answer
  if (statusCode !== 200 && statusCode !== 206) {
    answer.destroy()
    const reason = `it answers ${statusCode}`
    throw statusCode >= 500 || statusCode === 429 || statusCode === 408 ? new Error(reason) : new FinalAnswer(reason)
  }
  await append(answer, part, { start: statusCode === 206 ? from : 0, end: bytes }, advance)
}

/** Writes what arrives at once, so that none of it is lost when the connection breaks. */
function append(
  answer: http.IncomingMessage,
  part: string,
  { start, end }: { start: number; end: number /* exclusive */ },
  advance: (bytes: number) => void,
): Promise<void> {
  const file = openSync(part, start > 0 ? 'a' : 'w')
  let at = start
  let told = start
  return new Promise<void>((resolve, reject) => {
    answer.on('data', (chunk: Buffer) => {
      if (at + chunk.length > end) {
        answer.destroy(new FinalAnswer(`it is longer than the ${end} bytes of the list`))
        return
      }
      try {
        for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done)
      } catch (error) {
        answer.destroy(error as Error) // such as a full disk
        return
      }
      at += chunk.length
      if (at - told < progressBytes) return
      advance(at - told)
      told = at
    })
    answer.once('error', reject)
    answer.once('close', () => (at === end ? resolve() : reject(new Error(`it ended after ${at} of ${end} bytes`))))
  }).finally(() => {
    closeSync(file)
    advance(at - told)
  })
}

async function get(url: string, headers: Record<string, string>, fetch: JarFetch): Promise<http.IncomingMessage> {
  let target = url
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const answer = await getOnce(target, headers, fetch)
    const { statusCode = 0 } = answer
    const location = answer.headers.location
    if (![301, 302, 303, 307, 308].includes(statusCode) || !location) return answer
    answer.destroy()
    target = new URL(location, target).href
  }
  throw new FinalAnswer(`it redirects more than ${maxRedirects} times`)
}

function getOnce(
  url: string,
  headers: Record<string, string>,
  { env, signal }: JarFetch,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (!/^https?:/.test(url)) {
      reject(new FinalAnswer('its protocol is neither https nor http'))
      return
    }
    const client = url.startsWith('https:') ? https : http
    // An agent of its own: the proxy variables of the caller's environment, no connection kept.
    const agent = new client.Agent({ proxyEnv: env })
    const request = client.get(url, { headers, agent, timeout: idleMs, signal }, resolve)
    request.once('timeout', () => request.destroy(new Error(`it has sent nothing for ${idleMs} ms`)))
    request.once('error', reject)
  })
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch {
    return null
  }
}

/** SHA-256 of a file in hexadecimal; null where there is none. */
async function digestOf(path: string): Promise<string | null> {
  if ((await sizeOf(path)) === null) return null
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
