// What members of a group and other instances say is somebody else's: broken bytes end in an error of ours or are told apart, never in anything else.
import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/clients/kafka/group-subscription.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { decodeReport } from '../../src/server/instance-report.ts'
import { seeded } from '../random.ts'

// MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED: the nightly run takes more.
const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 2000)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)

function broken(bytes: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(bytes)
  for (let n = 0; n < 1 + random() * 4; n++) {
    const at = Math.floor(random() * copy.length)
    const values = [0, 255, 127, 128, Math.floor(random() * 256)]
    if (copy.length > 0) copy[at] = values[Math.floor(random() * values.length)] as number
  }
  return copy.subarray(0, random() < 0.3 ? Math.floor(random() * copy.length) : copy.length)
}

function partitions(random: () => number): Map<string, number[]> {
  const topics = Array.from({ length: Math.floor(random() * 4) }, (_, i) => `topic-${i}-ü`)
  return new Map(topics.map((name) => [name, Array.from({ length: Math.floor(random() * 9) }, (_, p) => p * 1000)]))
}

describe('what members of a group say', () => {
  it('comes back for generated values', () => {
    const random = seeded(firstSeed + 1)
    for (let round = 0; round < rounds / 10; round++) {
      const owned = partitions(random)
      const subscription = { topics: [...owned.keys()], owned, generation: Math.floor(random() * 2 ** 31) - 1 }
      expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
      expect(decodeAssignment(encodeAssignment(owned))).toEqual(owned)
    }
  })

  it.each([
    ['subscription', decodeSubscription, encodeSubscription],
    ['assignment', decodeAssignment, (s: { owned: Map<string, number[]> }) => encodeAssignment(s.owned)],
  ])('is read or refused when the bytes of a %s are broken', (_name, decode, encode) => {
    const random = seeded(firstSeed + 2)
    for (let round = 0; round < rounds; round++) {
      const owned = partitions(random)
      const bytes = broken(encode({ topics: [...owned.keys()], owned, generation: 7 }), random)
      try {
        decode(bytes)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }
  })
})

describe('the report of another instance', () => {
  it('is read or refused, whatever its text is', () => {
    const random = seeded(firstSeed + 3)
    const whole = Buffer.from('{"form":1,"instance":"a","tasks":[{"task":"0/0","position":1,"modelPosition":0,"counts":{"read":1,"predicted":1,"deadLettered":0,"dropped":0},"keys":[{"key":"k","active":null,"activeSinceMs":0,"waiting":null,"scheduled":[],"candidates":[],"shadows":[]}],"stats":[{"key":"k","reference":null,"sinceMs":0,"usage":0,"durationMs":0,"minMs":0,"maxMs":0,"histogram":[[1,2]]}],"latency":[[3,4]]}],"versions":[]}') // biome-ignore format: one line
    expect(decodeReport(whole.toString())?.tasks).toHaveLength(1)
    for (let round = 0; round < rounds; round++) decodeReport(broken(whole, random).toString())
  })
})
