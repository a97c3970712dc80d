import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { seeded } from '../random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const WRITER = fileURLToPath(new URL('./log-writer.ts', import.meta.url))

/** Starts a writer and waits until it has the log open. */
async function startWriter(
  path: string,
  ...more: string[]
): Promise<{ child: ChildProcess; exit: Promise<unknown[]> }> {
  const child = spawn(process.execPath, [WRITER, path, ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return { child, exit }
}

function openLog(path: string): EmbeddedLog {
  const log = EmbeddedLog.open(path)
  onTestFinished(() => log.close())
  return log
}

/** First words of all records of a partition; also checks that positions have no gap. */
function readAll(log: EmbeddedLog, topic: string, partition: number): string[] {
  const words: string[] = []
  const cursor = log.cursor(topic, partition, 0)
  while (cursor.hasMore()) {
    const batch = cursor.read(500)
    for (let i = 0; i < batch.length; i++) {
      expect(batch.positions[i]).toBe(words.length)
      words.push(String(Buffer.from(bytesAt(batch.values, i) as Uint8Array)).split(' ')[0] as string)
    }
  }
  return words
}

describe('a log whose writer is killed', () => {
  it('holds whole transactions over topics, positions and state, and nothing else, after 8 kills', async () => {
    const path = join(temporaryFolder(), 'log.db')
    const random = seeded(7)
    let log = openLog(path)
    log.createTopic('in')
    log.createTopic('out', { partitions: 2 })
    log.createTopic('latest', { isCompacted: true })
    let previousEnd = 0
    for (let round = 0; round < 8; round++) {
      // Sometimes the killed process is the only one that has the log open, sometimes the log stays open here.
      if (round % 2 === 0) log.close()
      const { child, exit } = await startWriter(path, String(round))
      if (round % 2 === 0) log = openLog(path)
      const target = log.endPosition('in', 0) + Math.floor(random() * 600)
      await log.waitForAppend('in', 0, target, 20_000)
      if (round % 2 === 0) log.close()
      child.kill('SIGKILL')
      await exit
      if (round % 2 === 0) log = openLog(path)

      const end = log.endPosition('in', 0)
      expect(end).toBeGreaterThan(previousEnd)
      previousEnd = end
      expect(readAll(log, 'in', 0)).toEqual(Array.from({ length: end }, (_, n) => String(n)))
      const doubled = [0, 1].map((odd) => Array.from({ length: end }, (_, n) => n).filter((n) => n % 2 === odd))
      expect(readAll(log, 'out', 0)).toEqual(doubled[0]?.map((n) => String(n * 2)))
      expect(readAll(log, 'out', 1)).toEqual(doubled[1]?.map((n) => String(n * 2)))
      expect(log.committed('g', 'in', 0)).toBe(end)
      expect(String(Buffer.from(log.getState('n', 'counter') as Uint8Array))).toBe(String(end))
    }
    const db = new DatabaseSync(path)
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    db.close()
  })
})

describe('a log that several processes append to', () => {
  it('keeps every record of each, in its order, and wakes a reader for all of them', async () => {
    const path = join(temporaryFolder(), 'log.db')
    const log = openLog(path)
    log.createTopic('shared')
    const count = 400
    const children = await Promise.all(['1', '2', '3'].map((seed) => startWriter(path, seed, 'append', String(count))))
    const cursor = log.cursor('shared', 0, 0)
    const bySeed = new Map<string, number>()
    let read = 0
    while (read < 3 * count) {
      expect(await log.waitForAppend('shared', 0, cursor.position, 20_000)).toBe(true)
      const batch = cursor.read(100)
      for (let i = 0; i < batch.length; i++) {
        const [seed = '', n = ''] = String(Buffer.from(bytesAt(batch.values, i) as Uint8Array)).split(' ')
        expect(Number(n)).toBe(bySeed.get(seed) ?? 0)
        bySeed.set(seed, Number(n) + 1)
      }
      read += batch.length
    }
    expect([...bySeed.values()]).toEqual([count, count, count])
    for (const { exit } of children) expect((await exit)[0]).toBe(0)
  })
})
