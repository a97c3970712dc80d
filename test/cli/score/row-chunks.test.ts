import { expect, test } from 'vitest'
import { RowChunks } from '../../../src/cli/score/row-chunks.ts'
import { csvMarks } from '../../../src/core/csv-scan.ts'
import { seeded } from '../../random.ts'

test('chunks are whole rows in order, however the bytes come in', () => {
  const random = seeded(206)
  for (const marks of [csvMarks({ delimiter: ',', quote: '"' }), null]) {
    for (let round = 0; round < 500; round++) {
      const rows = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, i) =>
        marks && random() < 0.5 ? `"${i}\n""é",x\n` : `${i},é\n`,
      )
      const bytes = Buffer.from(rows.join('') + (random() < 0.5 ? 'last,1' : ''))
      const chunks = new RowChunks(marks)
      const parts: string[] = []
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 7))
        const chunk = chunks.push(bytes.subarray(at, end))
        if (chunk) {
          parts.push(chunk.toString())
          expect(rows.join('').startsWith(parts.join(''))).toBe(true)
          expect(chunk.buffer.byteLength).toBeLessThan(1_000)
        }
        at = end
      }
      const last = chunks.finish()
      expect(parts.join('') + (last?.toString() ?? '')).toBe(bytes.toString())
    }
  }
})

test('a quote that nobody closes does not hold back the file for ever', () => {
  const chunks = new RowChunks(csvMarks({ delimiter: ',', quote: '"' }))
  const filler = Buffer.from('x,y\n'.repeat(256 * 1024))
  let given = 0
  expect(chunks.push(Buffer.from('"open,1\n'))).toBe(null)
  for (let i = 0; i < 20 && given === 0; i++) given = chunks.push(filler)?.length ?? 0
  expect(given).toBeGreaterThan(16 * 1024 * 1024)
})
