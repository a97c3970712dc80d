// Real servers of a test run. This part lives in vitest's main process: nothing is started until a suite asks, one server of a kind
// serves all suites, and all of them end with the run, however it ends (a guard process ends what a killed run leaves behind).
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { haveTool, type Tool } from '../../scripts/debian-tool.ts'
import type { JarProgress } from '../../src/clients/local-kafka/jar-cache.ts'
import { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { testBrokerProperties } from './kafka-properties.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where suites ask for a real server. */
    servicesUrl: string
  }
}

/** What a suite is told: where the server is, or why there is none. */
export interface ServiceAnswer {
  readonly bootstrapServers: readonly string[]
  readonly reason: string | null
}

/** A program that suites run, or why there is none. */
export type ToolAnswer =
  | { readonly tool: Tool; readonly reason: null }
  | { readonly tool: null; readonly reason: string }

/** Errors that mean that this machine cannot run Kafka; others are faults. */
const unavailable: readonly string[] = ['CLIENT_LOCAL_KAFKA_JAVA', 'CLIENT_LOCAL_KAFKA_FETCH']

/** A suite is told after so long that it may ask again: a client of HTTP gives up after five minutes. */
const answerMs = 10_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-services-'))
let kafka: Promise<LocalKafka> | null = null
let reason: string | null = null
let kcat: Tool | string | null = null

/** Called by vitest before the first test; what it returns, after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const answered = new AbortController()
    const notYet = systemClock.sleep(answerMs, answered.signal).then(() => null)
    void Promise.race([answer(request.url ?? ''), notYet])
      .then(
        (body) => (body === null ? response.writeHead(202).end() : response.end(JSON.stringify(body))),
        (error: Error) => response.writeHead(500).end(error.message),
      )
      .finally(() => answered.abort())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('servicesUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    server.close()
    await (await kafka?.catch(() => null))?.stop(0)
    rmSync(folder, { recursive: true, force: true })
    if (reason !== null) console.log(`\nsuites with a real Kafka were skipped: ${reason}`)
    if (typeof kcat === 'string') console.log(`\nsuites with kcat were skipped: ${kcat}`)
  }
}

async function answer(url: string): Promise<ServiceAnswer | ToolAnswer> {
  if (url === '/kcat') {
    kcat ??= haveTool('kcat', process.env)
    return typeof kcat === 'string' ? { tool: null, reason: kcat } : { tool: kcat, reason: null }
  }
  if (url !== '/kafka') throw new Error(`there is no service ${url}`)
  kafka ??= LocalKafka.start({
    folder: join(folder, 'kafka'),
    temporaryFolder: folder,
    brokers: 1,
    isShortLived: true,
    properties: testBrokerProperties,
    env: process.env,
    clock: systemClock,
    onProgress: progressLine(),
  })
  try {
    return { bootstrapServers: (await kafka).bootstrapServers, reason: null }
  } catch (error) {
    if (!(error instanceof MillraceError) || !unavailable.includes(error.code)) throw error
    reason = error.message
    return { bootstrapServers: [], reason }
  }
}

/** Says every ten megabytes how far fetching is. */
function progressLine(): (progress: JarProgress) => void {
  let told = 0
  return ({ doneBytes, totalBytes }) => {
    if (doneBytes - told < 10e6) return
    told = doneBytes
    console.log(`fetching Apache Kafka: ${Math.round(doneBytes / 1e6)} of ${Math.round(totalBytes / 1e6)} MB`)
  }
}
