import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isFiltering, type LetterFilter, lettersOf } from '../../src/cli/dead-letter-list.ts'
import { LogTopics } from '../../src/cli/topics/log-topics.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { deadLetterHeaders } from '../../src/streams/dead-letter.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Letters without model tree@1, tree@2 and none, given up at 100, 200 and 300, and a record that is no letter. */
async function store(): Promise<LogTopics> {
  const topics = new LogTopics(EmbeddedLog.open(join(temporaryFolder(), 'log.db'), { isMaintained: false }), 'log.db')
  await topics.create('d', {})
  const letter = (model: string | null, timestampMs: number, code: string) =>
    encodeHeaders([
      [deadLetterHeaders.code, code],
      [deadLetterHeaders.position, 't/0@1'],
      [deadLetterHeaders.timestampMs, String(timestampMs)],
      ...(model === null ? [] : [[deadLetterHeaders.model, model] as const]),
    ])
  const headers = [letter('tree@1', 100, 'A'), letter('tree@2', 200, 'A'), letter(null, 300, 'B'), null]
  const writer = await topics.writer()
  const values = columnOf(headers.map((_, i) => Buffer.from(String(i))))
  await writer.append('d', 0, { ...framesOf(values), headers: columnOf(headers) })
  await writer.commit()
  return topics
}

async function found(filter: LetterFilter, from = 0, to = 4): Promise<number[]> {
  const topics = await store()
  const positions: number[] = []
  for await (const letters of lettersOf(topics, { topic: 'd', partition: 0, from, to }, filter))
    positions.push(...letters.map(({ position }) => position))
  await topics.close()
  return positions
}

test.each<[LetterFilter, number[]]>([
  [{}, [0, 1, 2, 3]],
  [{ code: 'A' }, [0, 1]],
  [{ model: 'tree' }, [0, 1]],
  [{ model: 'tree@2' }, [1]],
  [{ model: 'tre' }, []],
  [{ since: '200' }, [1, 2]],
  [{ until: '200' }, [0]],
  [{ since: '150', until: '250', code: 'A' }, [1]],
  [{ code: 'STREAM_DEAD_LETTER_WRONG' }, [3]],
])('filter %j leaves the letters at %j', async (filter, positions) => {
  expect(await found(filter)).toEqual(positions)
  expect(isFiltering(filter)).toBe(Object.keys(filter).length > 0)
})

test('only the positions that are asked for are read', async () => {
  expect(await found({}, 1, 3)).toEqual([1, 2])
})
