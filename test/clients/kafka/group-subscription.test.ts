import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../src/clients/kafka/group-subscription.ts'

const owned = new Map([
  ['iris', [0, 2]],
  ['größe', [7]],
])

describe('subscription', () => {
  it('comes back as it was written', () => {
    const subscription = { topics: ['iris', 'größe'], owned, generation: 42 }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
  })

  it('has the layout of version 3, with the generation as user data for leaders of older versions', () => {
    const bytes = encodeSubscription({ topics: ['t'], owned: new Map([['t', [1]]]), generation: 9 })
    expect(bytes.toString('hex')).toBe(
      ['0003', '00000001', '000174', '00000004', '00000009', '00000001', '000174', '00000001', '00000001', '00000009', 'ffff'].join(''), // biome-ignore format: fields in order
    )
  })

  it('of version 0 and 1 has its generation in the user data', () => {
    const version0 = Buffer.from('0000' + '00000001' + '000174' + '00000004' + '00000007', 'hex')
    expect(decodeSubscription(version0)).toEqual({ topics: ['t'], owned: new Map(), generation: 7 })
    const version1 = Buffer.from('0001' + '00000001' + '000174' + 'ffffffff' + '00000000', 'hex')
    expect(decodeSubscription(version1)).toEqual({ topics: ['t'], owned: new Map(), generation: -1 })
  })

  it('of version 2 has its generation behind what it owns', () => {
    const version2 = Buffer.from('0002' + '00000001' + '000174' + 'ffffffff' + '00000000' + '00000009', 'hex')
    expect(decodeSubscription(version2)).toEqual({ topics: ['t'], owned: new Map(), generation: 9 })
  })

  it('with bytes missing anywhere is refused with the place', () => {
    const bytes = encodeSubscription({ topics: ['iris'], owned, generation: 1 })
    for (let end = 0; end < bytes.length - 2; end++) {
      expect(() => decodeSubscription(bytes.subarray(0, end))).toThrow(
        /^the subscription of a group member .* at byte \d+ of \d+/,
      )
    }
  })

  it('with an impossible count is refused before anything is allocated', () => {
    expect(() => decodeSubscription(Buffer.from('00037fffffff', 'hex'))).toThrow(
      'a list of 2147483647 elements at byte 6 of 6',
    )
    expect(() => decodeSubscription(Buffer.from('0003ffffffff', 'hex'))).toThrow('a list of -1 elements')
    // Three topics with their partitions have 18 bytes at the least.
    const short = Buffer.concat([Buffer.from('000100000003', 'hex'), Buffer.alloc(17)])
    expect(() => decodeAssignment(short)).toThrow('a list of 3 elements at byte 6 of 23')
  })
})

describe('assignment', () => {
  it('comes back as it was written', () => {
    expect(decodeAssignment(encodeAssignment(owned))).toEqual(owned)
    expect(decodeAssignment(encodeAssignment(new Map()))).toEqual(new Map())
  })

  it('without bytes means no partitions', () => {
    expect(decodeAssignment(new Uint8Array())).toEqual(new Map())
  })

  it('may be followed by fields of a newer version', () => {
    expect(decodeAssignment(Buffer.concat([encodeAssignment(owned), Buffer.from('abcd')]))).toEqual(owned)
  })
})
