/**
 * Entry of a child process that writes to a log until it is killed: `node log-writer.ts <path> <seed> <mode>`.
 *
 * Mode `pair`: each transaction takes the next input numbers and appends them to `in` and, doubled, to `out`, with the
 * group's position and a counter in the keyed state. Mode `append`: appends its seed and a counter to `shared` for ever, or
 * `<count>` times when a fourth argument is given.
 */
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { seeded } from '../random.ts'

const [path = '', seed = '1', mode = 'pair', count = 'Infinity'] = process.argv.slice(2)
const random = seeded(Number(seed))
const log = EmbeddedLog.open(path)
const frames = (values: readonly string[]) => framesOf(columnOf(values.map((value) => Buffer.from(value))))
process.stdout.write('open\n')

if (mode === 'pair') {
  for (;;) {
    const next = log.endPosition('in', 0)
    const numbers = Array.from({ length: 1 + Math.floor(random() * 50) }, (_, i) => next + i)
    const padding = 'x'.repeat(Math.floor(random() * 2000))
    const transaction = log.begin()
    transaction.append('in', 0, frames(numbers.map((n) => `${n} ${padding}`)))
    for (const n of numbers) transaction.append('out', n % 2, frames([`${n * 2} ${padding}`]))
    transaction.commitPosition('g', 'in', 0, next + numbers.length)
    transaction.putState('n', 'counter', Buffer.from(String(next + numbers.length)))
    await transaction.commit()
    if (random() < 0.1) log.compact() // nothing is compacted but "latest": the upkeep's transactions are killed, too
    if (random() < 0.3) log.append('latest', 0, frames([String(next)]))
  }
} else {
  for (let i = 0; i < Number(count); i++) {
    const transaction = log.begin()
    transaction.append('shared', 0, frames([`${seed} ${i}`]))
    await transaction.commit()
  }
  log.close()
}
