import { Reader, Writer } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { fetchApi } from '../../../src/clients/kafka/fetch-request.ts'

const topicId = '00010203-0405-0607-0809-0a0b0c0d0e0f'
const request = {
  ...{ topic: 'orders', topicId, partition: 3, leaderEpoch: 5, offset: 40 },
  ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 1000, isCommittedOnly: true },
}

/** What a version of the request sends, and how it reads an answer: a stand-in for the connection that the library hands both to. */
async function exchange(version: number, answer: Writer) {
  const found = fetchApi.versions.find((one) => one.version === version)
  if (!found) throw new Error(`no version ${version}`)
  let sent: Buffer = Buffer.alloc(0)
  const connection = {
    send: (
      _key: number,
      _version: number,
      create: () => Writer,
      parse: (correlation: number, key: number, version: number, reader: Reader) => unknown,
      _a: boolean,
      _b: boolean,
      callback: (error: Error | null, value?: unknown) => void,
    ) => {
      sent = create().buffer
      try {
        callback(null, parse(1, 1, version, Reader.from(answer.buffer)))
      } catch (error) {
        callback(error as Error)
      }
    },
  }
  const read = await found.async(connection as never, request)
  return { sent: sent.toString('hex'), read }
}

/** An answer with one partition, up to and with its records. */
function answerOf(version: number, records: Buffer | null) {
  const writer = Writer.create().appendInt32(7).appendInt16(0).appendInt32(0).appendUnsignedVarInt(2)
  if (version < 13) writer.appendString('orders')
  else writer.appendUUID(topicId)
  writer.appendUnsignedVarInt(2).appendInt32(3).appendInt16(0).appendInt64(90n).appendInt64(80n).appendInt64(10n)
  writer.appendUnsignedVarInt(2).appendInt64(77n).appendInt64(41n).appendUnsignedVarInt(0).appendInt32(-1)
  writer.appendBytes(records)
  // A tag of the partition (current leader), which is passed over; the ends of partition, topic and answer.
  return writer.append(Buffer.of(1, 1, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0))
}

test('the topic is named up to version 12 and has its id from 13 on; the replica is left out from 15 on', async () => {
  const tail = '00000003 00000005 0000000000000028 ffffffff ffffffffffffffff 000003e8 00 00 01 01 00'.replaceAll(
    ' ',
    '',
  )
  const head = '000001f4 00000001 000003e8 01 00000000 ffffffff 02'.replaceAll(' ', '')
  const id = topicId.replaceAll('-', '')
  const name = '076f7264657273'
  const sent = async (version: number) => (await exchange(version, answerOf(version, null))).sent
  expect(await sent(12)).toBe(`ffffffff${head}${name}02${tail}`)
  expect(await sent(14)).toBe(`ffffffff${head}${id}02${tail}`)
  for (const version of [15, 16, 17]) expect(await sent(version)).toBe(`${head}${id}02${tail}`)
})

test.each([12, 17])('version %i reads offsets, aborted transactions and the bytes of the records', async (version) => {
  const { read } = await exchange(version, answerOf(version, Buffer.from('records')))
  expect(read).toEqual({
    ...{ throttleMs: 7, errorCode: 0 },
    abortedTransactions: [{ producerId: 77n, firstOffset: 41 }],
    records: Buffer.from('records'),
  })
  expect((await exchange(version, answerOf(version, null))).read.records).toBeNull()
})

test('an answer that is cut is an error wherever it was cut', async () => {
  const whole = answerOf(17, Buffer.from('records')).buffer
  for (let length = 0; length < whole.length - 3; length++) {
    await expect(exchange(17, Writer.create().append(Buffer.from(whole.subarray(0, length))))).rejects.toThrow()
  }
})
