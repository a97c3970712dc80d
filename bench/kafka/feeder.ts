// Writes Crayfish events by the clock, for bench/kafka-crayfish.ts: node feeder.ts <topic> <partitions> <events a second> <seconds>
import { IdempotentProducer } from '../../src/clients/kafka/producer.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { makeEvents, NUMBERS } from '../crayfish/events.ts'
import { openCluster } from './world.ts'

const [topic = '', partitions = '1', perSecond = '1000', seconds = '10'] = process.argv.slice(2)
const rate = Number(perSecond)
const total = rate * Number(seconds)
/** What comes behind id and time of creation. */
const tails = makeEvents(256).map((event) => event.subarray(event.indexOf(',"input"')))
if (!tails[0]?.includes(',') || NUMBERS < 1) throw new Error('events have another form')

const cluster = openCluster()
const producer = await IdempotentProducer.open(cluster)
await producer.prepare(topic)
const startMs = performance.timeOrigin + performance.now() + 100
let sent = 0
while (sent < total) {
  const nowMs = performance.timeOrigin + performance.now()
  const due = Math.min(total, Math.floor(((nowMs - startMs) / 1_000) * rate))
  for (let partition = 0; partition < Number(partitions) && due > sent; partition++) {
    const events: Buffer[] = []
    for (let id = sent; id < due; id++) {
      if (id % Number(partitions) !== partition) continue
      // The time at which it is due, not the one at which it is written: a late event counts as late.
      const head = `{"id":${id},"created":${Math.round(startMs + (id / rate) * 1_000)}`
      events.push(Buffer.concat([Buffer.from(head), tails[id % tails.length] as Buffer]))
    }
    if (events.length > 0) await producer.produce(topic, partition, framesOf(columnOf(events)))
  }
  sent = Math.max(sent, due)
  await new Promise((resolve) => setTimeout(resolve, 1))
}
await producer.close()
await cluster.close()
