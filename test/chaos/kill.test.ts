import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { Auditor } from '../../src/cli/demo/auditor.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import { decodeHeaders } from '../../src/core/headers.ts'
import { replay } from '../../src/engine/replay.ts'
import { seeded } from '../random.ts'
import { chaosPlan, logPath, topics } from './plan.ts'

/** SIGKILLs of one run; CHAOS_KILLS sets another number. */
const KILLS = Number(process.env['CHAOS_KILLS'] ?? 50)
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261121)
const PARTITIONS = 3
const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
const children = new Set<ChildProcess>()

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Feeds records and models while engines come and go; `seq` numbers the records of a partition. */
class World {
  readonly log = EmbeddedLog.open(logPath(folder))
  readonly #random = seeded(SEED)
  #sent = new Array<number>(PARTITIONS).fill(0)
  #versions = 0

  constructor() {
    for (const name of [topics.records, topics.predictions, topics.deadLetters, topics.activations]) {
      this.log.createTopic(name, { partitions: PARTITIONS })
    }
    this.log.createTopic(topics.models)
  }

  /** A whole number within `[min, max]`. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1))
  }

  /** Appends some records to every partition; one in fifty is malformed. */
  feed(most: number): void {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const values = Array.from({ length: this.integer(1, most) }, () => {
        const seq = this.#sent[partition]!++
        return Buffer.from(seq % 50 === 49 ? `{"seq":${seq},` : `{"seq":${seq},"x":${seq % 97}}`)
      })
      this.log.append(topics.records, partition, framesOf(columnOf(values)))
    }
  }

  /** Publishes a version whose predictions carry its own number; every fifth one does not compile. */
  publish(): void {
    const version = ++this.#versions
    const source =
      version % 5 === 0
        ? 'export function score('
        : `export function score(r) { return { made: ${version}, seq: r.seq, y: r.x * ${version} } }`
    const message = {
      name: 'times',
      version: String(version),
      dataType: 'numbers',
      format: 'javascript',
      data: Buffer.from(source).toString('base64'),
    }
    this.log.append(topics.models, 0, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
  }

  outputs(): number {
    let sum = 0
    for (let partition = 0; partition < PARTITIONS; partition++)
      sum += this.log.endPosition(topics.predictions, partition)
    return sum
  }

  isDone(): boolean {
    const lag = this.log.lag('numbers')
    return lag.length === PARTITIONS && lag.every((entry) => entry.lag === 0)
  }
}

function start(): ChildProcess {
  const entry = fileURLToPath(new URL('./engine-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', entry, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  return child
}

/** Lets the world go on until `isReached`; yields to the event loop in between. */
async function until(world: World, child: ChildProcess, isReached: () => boolean): Promise<void> {
  const deadline = systemClock.monotonicMs() + 60_000
  while (!isReached()) {
    if (child.exitCode !== null) throw new Error(`the engine ended by itself with code ${child.exitCode}`)
    if (systemClock.monotonicMs() > deadline) throw new Error('the engine makes no progress')
    world.feed(20)
    if (world.integer(0, 15) === 0) world.publish()
    await world.log.waitForAppend(topics.predictions, 0, world.log.endPosition(topics.predictions, 0), 5)
  }
}

test(
  `after ${KILLS} kills during swaps nothing is lost, repeated, reordered or scored by another version, and replay gives the same bytes`,
  async () => {
    const world = new World()
    world.publish()
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start()
      const exit = once(child, 'exit')
      // Some die while they start, the others after some more predictions, at any point of a batch.
      if (world.integer(0, 5) === 0) await once(child.stdout!, 'data')
      else {
        const target = world.outputs() + world.integer(1, 600)
        await until(world, child, () => world.outputs() >= target)
      }
      child.kill('SIGKILL')
      await exit
      children.delete(child)
    }
    const last = start()
    const exit = once(last, 'exit')
    world.feed(20)
    await until(world, last, () => true)
    const deadline = systemClock.monotonicMs() + 60_000
    while (!world.isDone() && systemClock.monotonicMs() < deadline) {
      await world.log.waitForAppend(topics.predictions, 0, world.log.endPosition(topics.predictions, 0), 20)
    }
    last.kill('SIGTERM')
    expect((await exit)[0]).toBe(0)

    const auditor = new Auditor(world.log, topics)
    auditor.step()
    const tally = auditor.tally(true)
    expect(tally).toMatchObject({ lost: 0, repeated: 0, reordered: 0, misattributed: 0 })
    expect(tally.predicted + tally.deadLettered + tally.dropped).toBe(tally.read)
    expect(tally.predicted).toBeGreaterThan(KILLS * 10)
    expect(tally.swaps).toBeGreaterThan(KILLS / 4)
    expect(madeByOthers(world.log)).toEqual([])
    const result = await replay(chaosPlan(folder), registry, systemClock, {
      task: null,
      from: 0,
      to: null,
      verifies: true,
    })
    expect(result.verified).toBe(tally.predicted)
    world.log.close()
  },
  15 * 60_000,
)

/** Predictions whose content was made by another version than their stamp says. */
function madeByOthers(log: EmbeddedLog): string[] {
  const wrong: string[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const cursor = log.cursor(topics.predictions, partition, 0)
    for (let batch = cursor.read(5_000); batch.length > 0; batch = cursor.read(5_000)) {
      for (let i = 0; i < batch.length; i++) {
        const { made } = JSON.parse(Buffer.from(bytesAt(batch.values, i)!).toString()) as { made: number }
        const stamped = decodeHeaders(batch.headers && bytesAt(batch.headers, i))
          .get('version')
          ?.toString()
        if (String(made) !== stamped)
          wrong.push(`${partition}@${batch.positions[i]}: made by ${made}, stamped ${stamped}`)
      }
    }
  }
  return wrong
}
