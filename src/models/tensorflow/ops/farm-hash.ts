/**
 * Hashes of byte strings as TensorFlow 2.21 has them: Fingerprint64 of FarmHash (farmhashna::Hash64, public domain of Google), the older
 * Hash64 of tensorflow/core/platform/hash.cc (MurmurHash64A), and SipHash-2-4 of highwayhash. All in 64-bit whole numbers.
 */
const mask = (1n << 64n) - 1n
const k0 = 0xc3a5c85c97cb3127n
const k1 = 0xb492b66fbe98f273n
const k2 = 0x9ae16a3b2f90404fn

const wrap = (x: bigint) => x & mask
const rotate = (x: bigint, by: bigint) => (by === 0n ? x : ((x >> by) | (x << (64n - by))) & mask)
const shiftMix = (x: bigint) => x ^ (x >> 47n)

function mix(u: bigint, v: bigint, mul: bigint): bigint {
  let a = wrap((u ^ v) * mul)
  a ^= a >> 47n
  let b = wrap((v ^ a) * mul)
  b ^= b >> 47n
  return wrap(b * mul)
}

/** Fingerprint64 of a byte string. */
export function fingerprint64(text: string): bigint {
  const bytes = Buffer.from(text, 'latin1')
  const { length } = bytes
  const size = BigInt(length)
  const at = (i: number) => bytes.readBigUInt64LE(i)
  if (length <= 16) {
    if (length >= 8) {
      const mul = wrap(k2 + size * 2n)
      const a = wrap(at(0) + k2)
      const b = at(length - 8)
      return mix(wrap(rotate(b, 37n) * mul + a), wrap((rotate(a, 25n) + b) * mul), mul)
    }
    if (length >= 4) {
      const a = BigInt(bytes.readUInt32LE(0))
      return mix(wrap(size + (a << 3n)), BigInt(bytes.readUInt32LE(length - 4)), wrap(k2 + size * 2n))
    }
    if (length === 0) return k2
    const [a, b, c] = [bytes[0] as number, bytes[length >> 1] as number, bytes[length - 1] as number]
    const y = BigInt(a + (b << 8))
    const z = BigInt(length + (c << 2))
    return wrap(shiftMix(wrap(y * k2) ^ wrap(z * k0)) * k2)
  }
  const mul = wrap(k2 + size * 2n)
  if (length <= 32) {
    const [a, b] = [wrap(at(0) * k1), at(8)]
    const [c, d] = [wrap(at(length - 8) * mul), wrap(at(length - 16) * k2)]
    return mix(wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d), wrap(a + rotate(wrap(b + k2), 18n) + c), mul)
  }
  if (length <= 64) {
    const [a, b] = [wrap(at(0) * k2), at(8)]
    const [c, d] = [wrap(at(length - 8) * mul), wrap(at(length - 16) * k2)]
    const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d)
    const z = mix(y, wrap(a + rotate(wrap(b + k2), 18n) + c), mul)
    const [e, f] = [wrap(at(16) * mul), at(24)]
    const g = wrap((y + at(length - 32)) * mul)
    const h = wrap((z + at(length - 24)) * mul)
    return mix(wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h), wrap(e + rotate(wrap(f + a), 18n) + g), mul)
  }
  return longHash(bytes)
}

function weak(bytes: Buffer, from: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const at = (i: number) => bytes.readBigUInt64LE(from + i)
  const a = wrap(seedA + at(0))
  const z = at(24)
  const sum = wrap(a + at(8) + at(16))
  const b = wrap(rotate(wrap(seedB + a + z), 21n) + rotate(sum, 44n))
  return [wrap(sum + z), wrap(b + a)]
}

function longHash(bytes: Buffer): bigint {
  const { length } = bytes
  const at = (i: number) => bytes.readBigUInt64LE(i)
  const seed = 81n
  let y = wrap(seed * k1 + 113n)
  let z = wrap(shiftMix(wrap(y * k2 + 113n)) * k2)
  let v: [bigint, bigint] = [0n, 0n]
  let w: [bigint, bigint] = [0n, 0n]
  let x = wrap(seed * k2 + at(0))
  const end = Math.floor((length - 1) / 64) * 64
  for (let s = 0; s < end; s += 64) {
    x = wrap(rotate(wrap(x + y + v[0] + at(s + 8)), 37n) * k1)
    y = wrap(rotate(wrap(y + v[1] + at(s + 48)), 42n) * k1)
    x ^= w[1]
    y = wrap(y + v[0] + at(s + 40))
    z = wrap(rotate(wrap(z + w[0]), 33n) * k1)
    v = weak(bytes, s, wrap(v[1] * k1), wrap(x + w[0]))
    w = weak(bytes, s + 32, wrap(z + w[1]), wrap(y + at(s + 16)))
    ;[z, x] = [x, z]
  }
  const mul = wrap(k1 + ((z & 0xffn) << 1n))
  const s = length - 64
  w = [wrap(w[0] + BigInt((length - 1) & 63)), w[1]]
  v = [wrap(v[0] + w[0]), v[1]]
  w = [wrap(w[0] + v[0]), w[1]]
  x = wrap(rotate(wrap(x + y + v[0] + at(s + 8)), 37n) * mul)
  y = wrap(rotate(wrap(y + v[1] + at(s + 48)), 42n) * mul)
  x ^= wrap(w[1] * 9n)
  y = wrap(y + v[0] * 9n + at(s + 40))
  z = wrap(rotate(wrap(z + w[0]), 33n) * mul)
  v = weak(bytes, s, wrap(v[1] * mul), wrap(x + w[0]))
  w = weak(bytes, s + 32, wrap(z + w[1]), wrap(y + at(s + 16)))
  ;[z, x] = [x, z]
  return mix(wrap(mix(v[0], w[0], mul) + shiftMix(y) * k0 + z), wrap(mix(v[1], w[1], mul) + x), mul)
}

/** FingerprintCat64 of tensorflow/core/platform/fingerprint.h: one fingerprint of two. */
export function joinFingerprints(a: bigint, b: bigint): bigint {
  const m = 0xc6a4a7935bd1e995n
  let h = wrap((a ^ m ^ wrap(shiftMix(wrap(b * m)) * m)) * m)
  h = wrap(shiftMix(h) * m)
  return shiftMix(h)
}

/** Hash64 of tensorflow/core/platform/hash.cc with its default seed. */
export function hash64(text: string): bigint {
  const bytes = Buffer.from(text, 'latin1')
  const m = 0xc6a4a7935bd1e995n
  let h = wrap(0xdecafcaffen ^ wrap(BigInt(bytes.length) * m))
  let i = 0
  for (; i + 8 <= bytes.length; i += 8) {
    let k = wrap(bytes.readBigUInt64LE(i) * m)
    k ^= k >> 47n
    h = wrap((h ^ wrap(k * m)) * m)
  }
  if (i < bytes.length) {
    let tail = 0n
    for (let j = bytes.length - 1; j >= i; j--) tail = (tail << 8n) | BigInt(bytes[j] as number)
    h = wrap((h ^ tail) * m)
  }
  h ^= h >> 47n
  h = wrap(h * m)
  return h ^ (h >> 47n)
}

/** SipHash-2-4 with a key of two words. */
export function sipHash(text: string, key: readonly [bigint, bigint]): bigint {
  const bytes = Buffer.from(text, 'latin1')
  let v0 = 0x736f6d6570736575n ^ key[0]
  let v1 = 0x646f72616e646f6dn ^ key[1]
  let v2 = 0x6c7967656e657261n ^ key[0]
  let v3 = 0x7465646279746573n ^ key[1]
  const left = (x: bigint, by: bigint) => rotate(x, 64n - by)
  const round = () => {
    v0 = wrap(v0 + v1)
    v1 = left(v1, 13n) ^ v0
    v0 = left(v0, 32n)
    v2 = wrap(v2 + v3)
    v3 = left(v3, 16n) ^ v2
    v0 = wrap(v0 + v3)
    v3 = left(v3, 21n) ^ v0
    v2 = wrap(v2 + v1)
    v1 = left(v1, 17n) ^ v2
    v2 = left(v2, 32n)
  }
  const whole = bytes.length - (bytes.length % 8)
  const word = (m: bigint) => {
    v3 ^= m
    round()
    round()
    v0 ^= m
  }
  for (let i = 0; i < whole; i += 8) word(bytes.readBigUInt64LE(i))
  let last = BigInt(bytes.length & 0xff) << 56n
  for (let i = bytes.length - 1; i >= whole; i--) last |= BigInt(bytes[i] as number) << BigInt(8 * (i - whole))
  word(last)
  v2 ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  return v0 ^ v1 ^ v2 ^ v3
}
