// The open-loop load of bench/swap.ts, in a process of its own: appends records at a fixed rate, whatever the engine does, each
// with the time at which it was due. Arguments: log path, rate in records per second, duration in ms.
import { readFileSync } from 'node:fs'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { columnOf } from '../src/core/bytes.ts'
import { systemClock } from '../src/core/clock.ts'
import { framesOf } from '../src/core/frames.ts'

const [path, rate, durationMs] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])]
const lines = readFileSync(new URL('../examples/iris/iris.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const log = EmbeddedLog.open(path)
const startMs = systemClock.now()
let sent = 0
for (;;) {
  await systemClock.sleep(1)
  const elapsedMs = systemClock.now() - startMs
  const due = Math.min(Math.floor((Math.min(elapsedMs, durationMs) / 1_000) * rate), sent + 20_000)
  if (due > sent) {
    const count = due - sent
    const first = sent
    const values = columnOf(
      Array.from({ length: count }, (_, i) => Buffer.from(lines[(first + i) % lines.length] as string)),
    )
    const timestampsMs = Float64Array.from({ length: count }, (_, i) => startMs + ((first + i) / rate) * 1_000)
    log.append('iris', 0, { ...framesOf(values), timestampsMs })
    sent = due
  }
  if (elapsedMs >= durationMs && sent >= Math.floor((durationMs / 1_000) * rate)) break
}
log.close()
