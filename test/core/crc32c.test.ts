import { expect, it } from 'vitest'
import { crc32c, maskCrc32c, maskedCrc32c } from '../../src/core/crc32c.ts'
import { seeded } from '../random.ts'

it('gives the checksums of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
})

it('gives the same whether bytes come in one or in two parts', () => {
  const random = seeded(7)
  const bytes = Uint8Array.from({ length: 100 }, () => random() * 256)
  for (let cut = 0; cut <= 100; cut++)
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes))
})

it('masks as LevelDB does', () => {
  expect(maskCrc32c(0)).toBe(0xa282ead8)
  expect(maskedCrc32c(new Uint8Array(32))).toBe(maskCrc32c(0x8a9136aa))
  expect(maskCrc32c(0x8a9136aa)).toBe((((0x8a9136aa >>> 15) | (0x8a9136aa << 17)) + 0xa282ead8) >>> 0)
})

it('gives the same for long bytes as for their parts, in whatever sizes they come', () => {
  const random = seeded(11)
  for (const size of [511, 512, 513, 527, 528, 4_096, 65_535, 65_536, 65_537, 200_001]) {
    const bytes = Uint8Array.from({ length: size }, () => random() * 256)
    let parts = 0
    for (let at = 0; at < size; at += 100) parts = crc32c(bytes.subarray(at, at + 100), parts)
    expect(crc32c(bytes)).toBe(parts)
    expect(crc32c(bytes.subarray(77), crc32c(bytes.subarray(0, 77)))).toBe(parts)
  }
})
