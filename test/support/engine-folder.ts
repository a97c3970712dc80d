import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

/** Source of a model that multiplies `x`. */
export function timesSource(factor: number): string {
  return `export const inputs = [{ name: 'x', dtype: 'float64' }]
export const outputs = [{ name: 'y', dtype: 'float64' }]
export const score = (record) => ({ y: record.x * ${factor} })`
}

/** A folder with `rules.js`, and `engine.json` that reads topic `in` and model stream `models` and writes topic `out`. */
export function engineFolder(changes: Readonly<Record<string, unknown>> = {}): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'rules.js'), timesSource(2))
  const document = {
    name: 'double',
    slots: { 0: 'log:in', 1: 'log:out' },
    models: { transport: { type: 'log', topic: 'models' }, encoding: 'json' },
    versions: { allowCode: true },
    ...changes,
  }
  writeFileSync(join(cwd, 'engine.json'), JSON.stringify(document))
  return cwd
}
