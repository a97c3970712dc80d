import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { guessFormat } from '../../src/models/guess-format.ts'
import type { ModelFormat } from '../../src/models/model.ts'

const formats = registry.list('format') as unknown as ModelFormat[]

/** Model files of the golden cases of a format. */
function filesOf(format: string): string[] {
  const folder = join(import.meta.dirname, format)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      readdirSync(join(folder, entry.name))
        .filter((file) => file.startsWith('model.'))
        .map((file) => join(folder, entry.name, file)),
    )
}

describe('the format of a file without a name for it', () => {
  test.each(['onnx', 'xgboost', 'lightgbm'])('is told by extension and bytes, or by the bytes alone: %s', (name) => {
    const files = filesOf(name)
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      const bytes = readFileSync(file)
      expect(guessFormat(formats, extname(file).slice(1), bytes)?.name, file).toBe(name)
      expect(guessFormat(formats, 'model', bytes)?.name, file).toBe(name)
      expect(guessFormat(formats, '', bytes)?.name, file).toBe(name)
    }
  })
})
