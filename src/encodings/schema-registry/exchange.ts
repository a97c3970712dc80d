import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { RegistrySettings } from './options.ts'

/** Longest answer that is read; schemas are documents of some kilobytes. */
const maxAnswerBytes = 16 * 1024 * 1024

/** A request to one registry. */
export interface RegistryRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: object | null
}

/** What a registry answered; `json` is null where the body is no JSON. */
export interface RegistryAnswer {
  readonly status: number
  readonly json: unknown
}

/** Sends one request and reads its answer. Rejects when there is none within `timeoutMs`, or it is too long. */
export function exchange(url: URL, request: RegistryRequest, settings: RegistrySettings): Promise<RegistryAnswer> {
  return new Promise((resolve, reject) => {
    const body = request.body === null ? null : Buffer.from(JSON.stringify(request.body))
    const send = url.protocol === 'https:' ? secureRequest : plainRequest
    const call = send(
      new URL(request.path, url),
      {
        method: request.method,
        agent: false,
        signal: AbortSignal.timeout(settings.timeoutMs),
        ...(url.protocol === 'https:' ? settings.tls : {}),
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          ...(settings.authorization === null ? {} : { authorization: settings.authorization }),
          ...(body === null
            ? {}
            : { 'content-type': 'application/vnd.schemaregistry.v1+json', 'content-length': body.length }),
        },
      },
      (response) => read(response).then(resolve, reject),
    )
    call.on('error', reject)
    call.end(body ?? undefined)
  })
}

async function read(response: IncomingMessage): Promise<RegistryAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAnswerBytes) {
      response.destroy()
      throw new Error(`the answer has more than ${maxAnswerBytes} bytes`)
    }
    chunks.push(chunk)
  }
  const status = response.statusCode ?? 0
  try {
    return { status, json: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { status, json: null }
  }
}
