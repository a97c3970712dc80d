import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { exchange } from '../../../src/encodings/schema-registry/exchange.ts'
import { registrySettings } from '../../../src/encodings/schema-registry/options.ts'
import { registryOptions } from './registry-world.ts'

async function asked(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below`
  const settings = registrySettings(registryOptions(url), '.', 'test')
  try {
    return await exchange(settings.urls[0] as URL, { method: 'POST', path: 'a?b=1', body: { x: 1 } }, settings)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('paths are below that of the URL, and bodies are JSON both ways', async () => {
  const answer = await asked((request, response) => {
    request.on('data', (data: Buffer) => {
      response.end(JSON.stringify([request.url, request.headers['content-type'], data.toString()]))
    })
  })
  expect(answer).toEqual({
    status: 200,
    json: ['/below/a?b=1', 'application/vnd.schemaregistry.v1+json', '{"x":1}'],
  })
})

test('a body that is no JSON is null', async () => {
  const answer = await asked((_request, response) => response.writeHead(502).end('<html>'))
  expect(answer).toEqual({ status: 502, json: null })
})

test('an answer without end is refused', async () => {
  const endless = asked((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024)
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more).on('error', () => {})
    more()
  })
  await expect(endless).rejects.toThrow('the answer has more than 16777216 bytes')
})

test('an answer may be 16 MiB long, and not a byte longer', async () => {
  const sized = (bytes: number) => asked((_request, response) => response.end(Buffer.alloc(bytes, ' ')))
  expect(await sized(2 ** 24)).toEqual({ status: 200, json: null })
  await expect(sized(2 ** 24 + 1)).rejects.toThrow('the answer has more than 16777216 bytes')
})
