/** Copies standard input to standard output through the stdio transport; with the argument `worker`, on a worker thread. */
import { isMainThread, Worker } from 'node:worker_threads'
import { stdioTransport } from '../../src/transports/stdio/stdio.ts'
import { contextFor } from './transport-context.ts'

if (isMainThread && process.argv[2] === 'worker') {
  new Worker(new URL(import.meta.url)).on('error', (thrown) => report(thrown))
} else {
  copy().catch(report)
}

async function copy(): Promise<void> {
  const reader = await stdioTransport.openReader({}, contextFor())
  const writer = await stdioTransport.openWriter({}, contextFor())
  if (reader.delivers !== 'chunks' || writer.accepts !== 'chunks') throw new Error('stdio moves bytes')
  for (;;) {
    const chunk = await reader.next(10_000)
    if (chunk === null) break
    await writer.write(chunk.bytes)
  }
  await writer.close()
  await reader.close()
}

function report(thrown: unknown): void {
  const { code, message } = thrown as { readonly code?: string; readonly message: string }
  process.stderr.write(`${code} ${message}\n`)
  process.exitCode = 3
}
