import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { LogFile } from '../../../src/clients/log/log-file.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { newPath, openParts } from './open-log.ts'

const options = { clock: systemClock, durability: 'process', busyTimeoutMs: 5000 } as const

describe('a write', () => {
  it('leaves nothing when it throws, and tells who listens', () => {
    const { file } = openParts()
    const outcomes: boolean[] = []
    file.onWrite((isRolledBack) => outcomes.push(isRolledBack))
    const insert = file.statement("INSERT INTO state VALUES ('n', ?, x'00')")
    expect(() =>
      file.write(() => {
        insert.run('a')
        throw new RangeError('no')
      }),
    ).toThrow(RangeError)
    file.write(() => insert.run('b'))
    expect(file.statement('SELECT key FROM state').all()).toEqual([['b']])
    expect(outcomes).toEqual([true, false])
  })

  it('says what SQLite says, with the path', () => {
    const { file, path } = openParts()
    const insert = file.statement("INSERT INTO state VALUES ('n', ?, x'00')")
    file.write(() => insert.run('a'))
    expect(() => file.write(() => insert.run('a'))).toThrow(`cannot write log ${path}: UNIQUE constraint`)
  })
})

it.skipIf(process.platform === 'win32')('a new file for which there is no room is refused with the reason', () => {
  const module = new URL('../../../src/clients/log/log-file.ts', import.meta.url).href
  const script = `import { LogFile } from ${JSON.stringify(module)}
    import { systemClock } from ${JSON.stringify(new URL('../../../src/core/clock.ts', import.meta.url).href)}
    try { new LogFile(process.argv[1], { clock: systemClock, durability: 'process', busyTimeoutMs: 5000 }) } catch (error) { console.log(error.message) }`
  // The tables fit into the limit of a file's size, and the write-ahead log of making them does not.
  const limited = 'trap "" XFSZ; ulimit -f 40; exec "$@"'
  const args = ['-c', limited, 'bash', process.execPath, '--input-type=module', '-e', script, newPath()]
  const { stdout } = spawnSync('bash', args, { encoding: 'utf8' })
  expect(stdout).toMatch(/^cannot open log .*: (disk I\/O error|database or disk is full)$/m)
})

describe('a write while another connection writes', () => {
  /** Another connection in the middle of a transaction. */
  const lock = (path: string) => {
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    return { release: () => other.exec('COMMIT'), close: () => other.close() }
  }

  it('gives up after its time, blocking or not', async () => {
    const path = newPath()
    const { file } = openParts(path, 20)
    const other = lock(path)
    expect(() => file.write(() => 1)).toThrow(/was locked by other writers for \d+ ms/)
    await expect(file.writeSoon(() => 1)).rejects.toMatchObject({ code: 'CLIENT_LOG_BUSY', isRetryable: true })
    expect(file.counts.busyRetries).toBeGreaterThan(0)
    other.release()
    expect(file.write(() => 1)).toBe(1)
    other.close()
  })

  it('waits without blocking and takes effect in the order of the calls', async () => {
    const path = newPath()
    const { file } = openParts(path)
    const other = lock(path)
    const order: number[] = []
    const writes = [1, 2, 3].map((n) => file.writeSoon(() => order.push(n)))
    expect(order).toEqual([])
    other.release()
    await Promise.all(writes)
    expect(order).toEqual([1, 2, 3])
    other.close()
  })

  it('is rejected when the file is closed meanwhile', async () => {
    const path = newPath()
    const { file } = openParts(path)
    const other = lock(path)
    const write = file.writeSoon(() => 1)
    file.close()
    await expect(write).rejects.toThrow(/is closed/)
    other.close()
  })

  it('goes on with the next one when one throws', async () => {
    const path = newPath()
    const { file } = openParts(path)
    const other = lock(path)
    const bad = file.writeSoon(() => {
      throw new RangeError('no')
    })
    const good = file.writeSoon(() => 2)
    other.release()
    await expect(bad).rejects.toThrow(RangeError)
    expect(await good).toBe(2)
    other.close()
  })
})

describe('opening', () => {
  it('makes the folders', () => {
    const path = newPath().replace('log.db', 'deep/er/log.db')
    const { file } = openParts(path)
    expect(file.statement('SELECT count(*) FROM topics').all()).toEqual([[0]])
  })

  it('refuses what is no log and says what it is', () => {
    const text = newPath()
    writeFileSync(text, 'these are not the bytes of a database, whatever the name says\n'.repeat(20))
    expect(() => new LogFile(text, options)).toThrow(/cannot open log .*: file is not a database/)

    const foreign = newPath()
    const db = new DatabaseSync(foreign)
    db.exec('CREATE TABLE theirs (id INTEGER PRIMARY KEY)')
    db.close()
    expect(() => new LogFile(foreign, options)).toThrow(/it is a database of another application/)

    const later = newPath()
    openParts(later).file.close()
    const upgraded = new DatabaseSync(later)
    upgraded.exec('PRAGMA user_version = 99')
    upgraded.close()
    expect(() => new LogFile(later, options)).toThrow(/its layout is version 99, this release reads 1/)
  })

  it('shows a change of another connection by its version, not its own', () => {
    const path = newPath()
    const a = openParts(path).file
    const b = new LogFile(path, { ...options, clock: new ManualClock(), durability: 'power' })
    const before = a.version()
    a.write(() => a.statement("INSERT INTO state VALUES ('n', 'a', x'00')").run())
    expect(a.version()).toBe(before)
    b.write(() => b.statement("INSERT INTO state VALUES ('n', 'b', x'00')").run())
    expect(a.version()).not.toBe(before)
    b.close()
  })
})
