import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ReplayReceipts, receiptFor } from '../../src/cli/replay-receipts.ts'
import { LogTopics } from '../../src/cli/topics/log-topics.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { seeded } from '../random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function store(): LogTopics {
  return new LogTopics(EmbeddedLog.open(join(temporaryFolder(), 'log.db'), { isMaintained: false }), 'log.db')
}

test('positions become ranges', () => {
  const receipt = bytesAt(receiptFor(2, [3, 4, 9]).values, 0) as Buffer
  expect(JSON.parse(receipt.toString())).toEqual({
    partition: 2,
    ranges: [
      [3, 5],
      [9, 10],
    ],
  })
})

test('what was written covers its positions and no others, for any positions', async () => {
  const random = seeded(5)
  const topics = store()
  await (await ReplayReceipts.read(topics, 'd')).prepare(topics)
  const written = [new Set<number>(), new Set<number>()]
  const writer = await topics.writer()
  for (let round = 0; round < 20; round++) {
    const partition = round % 2
    const positions = Array.from({ length: 50 }, (_, i) => i).filter(() => random() < 0.3)
    for (const position of positions) written[partition]?.add(position)
    await writer.append('d.replayed', 0, receiptFor(partition, positions))
    await writer.commit()
  }
  const receipts = await ReplayReceipts.read(topics, 'd')
  for (const [partition, positions] of written.entries())
    for (let position = 0; position < 60; position++)
      expect(receipts.has(partition, position)).toBe(positions.has(position))
  await topics.close()
})

test.each(['', 'null', '[]', '{"partition":0}', '{"partition":0,"ranges":[7,null,["a"]]}', '\u00ff'])(
  'a record that is no receipt covers nothing: %j',
  async (text) => {
    const topics = store()
    const writer = await topics.writer()
    await topics.create('d.replayed', {})
    await writer.append('d.replayed', 0, framesOf(columnOf([Buffer.from(text, 'latin1')])))
    await writer.commit()
    expect((await ReplayReceipts.read(topics, 'd')).has(0, 0)).toBe(false)
    await topics.close()
  },
)
