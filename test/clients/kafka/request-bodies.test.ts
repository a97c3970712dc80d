import { describe, expect, it } from 'vitest'
import { RequestBodies } from '../../../src/clients/kafka/request-bodies.ts'

/** What the library writes of a request: size, api key, and the rest of its header. */
function header(key: number): Buffer {
  const bytes = Buffer.from([0, 0, 0, 6, 0, key, 0, 9, 0, 1])
  return bytes
}

function socket() {
  const written: Buffer[] = []
  let corks = 0
  return {
    written,
    get corks() {
      return corks
    },
    write: (bytes: Uint8Array | string) => written.push(Buffer.from(bytes as Uint8Array)) > 0,
    cork: () => {
      corks++
    },
    uncork: () => {
      corks--
    },
  }
}

describe('request bodies', () => {
  it('follow on the header of their request, whose size is put right', () => {
    const one = socket()
    const bodies = new RequestBodies()
    bodies.attach(one as never)
    const parts = [Buffer.from('abc'), Buffer.from('de')]
    bodies.add(0, parts)
    one.write(header(3))
    one.write(header(0))
    one.write(header(0))
    expect(one.written[0]).toEqual(header(3))
    const joined = Buffer.concat(one.written.slice(1, 4))
    expect([joined.readInt32BE(0), joined.subarray(10).toString()]).toEqual([11, 'abcde'])
    expect([one.written[4], one.corks]).toEqual([header(0), 0])
  })

  it('keep the order of their requests', () => {
    const one = socket()
    const bodies = new RequestBodies()
    bodies.attach(one as never)
    bodies.add(0, [Buffer.from('first')])
    bodies.add(0, [Buffer.from('second')])
    one.write(header(0))
    one.write(header(0))
    expect([one.written[1]?.toString(), one.written[3]?.toString()]).toEqual(['first', 'second'])
  })
})
