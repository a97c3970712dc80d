import { connect } from 'node:net'

/*
 * The smallest question that tells whether a broker serves: Metadata version 1 without topics
 * (https://kafka.apache.org/protocol). All numbers are big-endian.
 *
 *   request  = int32 size, int16 3, int16 1, int32 correlation id, string client id, int32 0 (no topics)
 *   response = int32 size, int32 correlation id, int32 brokers, brokers x { int32 node id, string host, int32 port, string rack }, …
 *   string   = int16 length (-1: null), bytes
 */

const question = Buffer.alloc(28)
question.writeInt32BE(24, 0)
question.writeInt16BE(3, 4)
question.writeInt16BE(1, 6)
question.writeInt32BE(1, 8)
question.writeInt16BE(10, 12)
question.write('localkafka', 14, 'latin1')
question.writeInt32BE(0, 24)

const maxAnswerBytes = 1 << 20

/** How many brokers of its cluster the broker at a port of the loopback address knows to be serving; 0 when it does not answer in time. */
export function servingBrokers(port: number, timeoutMs: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs }, () => socket.write(question))
    let answer: Buffer = Buffer.alloc(0)
    const end = (brokers: number) => {
      socket.destroy()
      resolve(brokers)
    }
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length < 12) return
      const size = answer.readInt32BE(0)
      if (size < 8 || size > maxAnswerBytes) end(0)
      else end(Math.max(0, answer.readInt32BE(8)))
    })
    socket.on('timeout', () => end(0))
    socket.on('error', () => end(0))
    socket.on('close', () => end(0))
  })
}
