import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { registryUrl } from '../engine/log-world.ts'
import { silentServer } from '../support/silent-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('an engine that waits for brokers at its start stops without them, however long they may take', async () => {
  const silent = await silentServer()
  const cluster = { bootstrapServers: [silent.address], connectTimeoutMs: 600_000, requestTimeoutMs: 600_000 }
  const stream = (topic: string) => ({ transport: { type: 'kafka', topic, ...cluster } })
  const document = {
    name: 'stopping',
    slots: { 0: stream('in'), 1: stream('out') },
    models: stream('models'),
    state: { type: 'kafka', topic: 'state', ...cluster },
    threads: 1,
  }
  const plan = planEngine(document, { document: null, source: 'test', baseFolder: temporaryFolder() }, registry)
  const engine = new Engine({ plan, registry, registryUrl })
  const started = engine.start().catch(() => {})
  await silent.asked
  await engine.stop()
  await started
  expect(engine.state).toBe('stopped')
})
