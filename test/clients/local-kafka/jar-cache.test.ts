import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { haveJars, jarFolder, mavenCentral, repositoryOf } from '../../../src/clients/local-kafka/jar-cache.ts'
import type { JarEntry } from '../../../src/clients/local-kafka/jar-list.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Waiting between attempts takes no time. */
const clock: Clock = { ...systemClock, sleep: async () => {} }
const content = Buffer.from('a jar of the repository '.repeat(1_000))
const path = '/org/example/some-jar/1.0/some-jar-1.0.jar'

function entryOf(bytes: Buffer): JarEntry {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { coordinates: 'org.example:some-jar:1.0', bytes: bytes.length, sha256 }
}

/** An HTTP server that answers as the test says, and what it was asked. */
async function repository(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? 'whole'}`)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Serves `content`, also from the middle. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from))
}

test('a jar is fetched from where Maven keeps it, with progress, and not a second time', async () => {
  const { url, asked } = await repository(serve)
  const folder = temporaryFolder()
  const fetch = { folder, repository: `${url}/`, env: {}, clock }
  let last: unknown
  const [jar] = await haveJars([entryOf(content)], { ...fetch, onProgress: (progress) => (last = progress) })
  expect(readFileSync(jar as string)).toEqual(content)
  expect(last).toEqual({ doneBytes: content.length, totalBytes: content.length, jar: 'some-jar-1.0.jar' })
  await haveJars([entryOf(content)], fetch)
  expect(asked).toEqual([`${path} whole`])
  expect(readdirSync(folder)).toEqual(['some-jar-1.0.jar'])
})

test('a jar on the disk that is not the one of the list is fetched again', async () => {
  const { url } = await repository(serve)
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'some-jar-1.0.jar'), 'changed')
  const [jar] = await haveJars([entryOf(content)], { folder, repository: url, env: {}, clock })
  expect(readFileSync(jar as string)).toEqual(content)
})

test('a transfer that breaks off is gone on with where it ended', async () => {
  let isFirst = true
  const { url, asked } = await repository((request, response) => {
    if (!isFirst) return serve(request, response)
    isFirst = false
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 5_000), () => response.destroy())
  })
  const [jar] = await haveJars([entryOf(content)], { folder: temporaryFolder(), repository: url, env: {}, clock })
  expect(readFileSync(jar as string)).toEqual(content)
  expect(asked[1]).toMatch(/bytes=\d+-$/)
})

test('what a process that has ended left unfinished is gone on with', async () => {
  const { url, asked } = await repository(serve)
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'some-jar-1.0.jar.999999999.part'), content.subarray(0, 7_000))
  const [jar] = await haveJars([entryOf(content)], { folder, repository: url, env: {}, clock })
  expect(readFileSync(jar as string)).toEqual(content)
  expect(asked).toEqual([`${path} bytes=7000-`])
})

test('another digest, more bytes than listed and a 404 end it with the URL, and leave no jar', async () => {
  const other = Buffer.from(content)
  other[10]! ^= 1
  const changed = await repository((_, response) => response.end(other))
  const folder = temporaryFolder()
  await expect(haveJars([entryOf(content)], { folder, repository: changed.url, env: {}, clock })).rejects.toMatchObject(
    { code: 'CLIENT_LOCAL_KAFKA_DIGEST', parameters: { url: `${changed.url}${path}` } },
  )
  const longer = await repository((_, response) => response.end(Buffer.concat([content, content])))
  await expect(haveJars([entryOf(content)], { folder, repository: longer.url, env: {}, clock })).rejects.toThrow(
    /longer than/,
  )
  const absent = await repository((_, response) => response.writeHead(404).end())
  await expect(haveJars([entryOf(content)], { folder, repository: absent.url, env: {}, clock })).rejects.toThrow(
    /it answers 404; another Maven repository/,
  )
  expect(absent.asked).toHaveLength(1)
  expect(existsSync(join(folder, 'some-jar-1.0.jar'))).toBe(false)
})

test('redirections are followed, to http and https only', async () => {
  const target = await repository(serve)
  const moved = await repository((request, response) =>
    response.writeHead(302, { location: `${target.url}${request.url}` }).end(),
  )
  await haveJars([entryOf(content)], { folder: temporaryFolder(), repository: moved.url, env: {}, clock })
  const astray = await repository((_, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end())
  await expect(
    haveJars([entryOf(content)], { folder: temporaryFolder(), repository: astray.url, env: {}, clock }),
  ).rejects.toThrow(/neither https nor http/)
})

test('a signal ends fetching with its reason', async () => {
  const stop = new AbortController()
  const silent = await repository(() => stop.abort(new Error('enough')))
  const fetch = { folder: temporaryFolder(), repository: silent.url, env: {}, clock, signal: stop.signal }
  await expect(haveJars([entryOf(content)], fetch)).rejects.toThrow('enough')
})

test('the proxy of the environment is asked, and NO_PROXY heeded', async () => {
  const proxy = await repository((_, response) => response.end(content))
  const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url }
  await haveJars([entryOf(content)], { folder: temporaryFolder(), repository: 'http://maven.example', env, clock })
  expect(proxy.asked).toEqual([`http://maven.example${path} whole`])
  const direct = await repository(serve)
  const around = { ...env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
  await haveJars([entryOf(content)], { folder: temporaryFolder(), repository: direct.url, env: around, clock })
  expect(direct.asked).toHaveLength(1)
})

test('folder and repository come from the environment', () => {
  expect(jarFolder({ XDG_CACHE_HOME: '/cache' })).toMatch(/^\/cache\/millrace\/kafka-\d/)
  expect(jarFolder({ HOME: '/home/a' })).toMatch(/^\/home\/a\/\.cache\/millrace\/kafka-/)
  expect(repositoryOf({})).toBe(mavenCentral)
  expect(repositoryOf({ MILLRACE_MAVEN_REPOSITORY: 'https://maven.example' })).toBe('https://maven.example')
})
