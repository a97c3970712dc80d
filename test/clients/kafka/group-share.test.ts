import { describe, expect, it } from 'vitest'
import { GroupShare } from '../../../src/clients/kafka/group-share.ts'

describe('GroupShare', () => {
  it('tells what is given first, also when it is nothing', async () => {
    const share = new GroupShare()
    share.give([])
    share.give([2, 1])
    expect(await share.next()).toEqual({ partitions: [], isLost: false })
    expect(await share.next()).toEqual({ partitions: [1, 2], isLost: false })
  })

  it('waits for a change', async () => {
    const share = new GroupShare()
    const next = share.next()
    share.give([0])
    expect(await next).toEqual({ partitions: [0], isLost: false })
  })

  it('keeps owning what was taken away until it is released', async () => {
    const share = new GroupShare()
    share.give([0, 1, 2])
    share.give([0, 3])
    expect(await share.next()).toEqual({ partitions: [0, 1, 2], isLost: false })
    expect(await share.next()).toEqual({ partitions: [0, 3], isLost: false })
    expect(share.owned).toEqual([0, 1, 2, 3])
    share.release([1])
    expect(share.owned).toEqual([0, 2, 3])
    expect(share.isDraining).toBe(true)
    share.release([2])
    expect(share.isDraining).toBe(false)
    expect(share.owned).toEqual([0, 3])
  })

  it('tells of a partition that comes back while it drains only after its release', async () => {
    const share = new GroupShare()
    share.give([0, 1])
    share.give([0])
    share.give([0, 1])
    await share.next()
    expect(await share.next()).toEqual({ partitions: [0], isLost: false })
    expect(share.owned).toEqual([0, 1])
    const next = share.next()
    share.release([1])
    expect(await next).toEqual({ partitions: [0, 1], isLost: false })
    expect(share.isDraining).toBe(false)
  })

  it('owns nothing after a loss, and gets a lost partition again only after its release', async () => {
    const share = new GroupShare()
    share.give([0, 1, 2])
    share.give([0, 1])
    share.lose()
    share.lose()
    expect(share.owned).toEqual([])
    share.give([1, 3])
    await share.next()
    await share.next()
    expect(await share.next()).toEqual({ partitions: [], isLost: true })
    expect(await share.next()).toEqual({ partitions: [3], isLost: false })
    share.release([0, 1, 2])
    expect(await share.next()).toEqual({ partitions: [1, 3], isLost: false })
    expect(share.owned).toEqual([1, 3])
  })

  it('is silent about what stays as it is', async () => {
    const share = new GroupShare()
    share.give([0])
    share.give([0])
    share.lose()
    await share.next()
    expect(await share.next()).toEqual({ partitions: [], isLost: true })
    share.release([0])
    share.end(null)
    expect(await share.next()).toBeNull()
  })

  it('tells all changes before its end, and how it ended', async () => {
    const share = new GroupShare()
    share.give([0])
    share.end(new Error('the group is gone'))
    share.end(null)
    expect(await share.next()).toEqual({ partitions: [0], isLost: false })
    await expect(share.next()).rejects.toThrow('the group is gone')
  })
})
