import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BrokerProcess, runJava } from '../../../src/clients/local-kafka/broker-process.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A command whose Java is this script of the shell. */
function commandOf(script: string) {
  const folder = temporaryFolder()
  const java = join(folder, 'java')
  writeFileSync(java, `#!/bin/sh\n${script}\n`)
  chmodSync(java, 0o755)
  return { java, flags: ['-Xmx1m'], jars: ['/a.jar', '/b.jar'], env: process.env, isLeftRunning: false }
}

test('a tool gets flags, class path and arguments, and tells what it printed', async () => {
  const printed = await runJava(commandOf('echo "$@"'), 'kafka.Tool', ['format', 'x'])
  expect(printed).toMatch(/^-Xmx1m .*-cp \/a\.jar:\/b\.jar kafka\.Tool format x\n$/)
})

test('a tool that fails is an error with the end of its lines, without the frames of a stack', async () => {
  const command = commandOf('printf "first\\nsecond\\n\\tat kafka.Tool.main(Tool.java:1)\\n" >&2; exit 3')
  await expect(runJava(command, 'kafka.Tool', [])).rejects.toMatchObject({
    code: 'CLIENT_LOCAL_KAFKA_TOOL',
    parameters: { tool: 'kafka.Tool', reason: 'first | second' },
  })
})

test('a broker is ended with SIGTERM, with SIGKILL when it does not hear, and started again', async () => {
  const folder = temporaryFolder()
  const command = commandOf('trap "" TERM; echo started; while true; do sleep 1; done')
  const broker = new BrokerProcess(1, folder, command, systemClock)
  expect([broker.pid, broker.isRunning]).toEqual([null, false])
  await broker.stop(1_000)
  await broker.start()
  const first = broker.pid
  await broker.stop(50)
  expect(broker.isRunning).toBe(false)
  await broker.start()
  expect(broker.pid).not.toBe(first)
  broker.signal('SIGKILL')
  await broker.exited()
  await broker.stop(50)
})

test('why it does not serve is told with the end of its log', async () => {
  const folder = temporaryFolder()
  const broker = new BrokerProcess(2, folder, commandOf('echo no room left; exit 1'), systemClock)
  await broker.start()
  await broker.exited()
  const { message } = await broker.failure('broker 2 has ended')
  expect(message).toContain('broker 2 has ended: no room left; its log is')
  expect(readFileSync(broker.logPath, 'utf8')).toBe('no room left\n')
})
