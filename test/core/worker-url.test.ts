import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { workerUrl } from '../../src/core/worker-url.ts'

describe('workerUrl', () => {
  it('is beside the caller, with the caller’s extension', () => {
    expect(workerUrl('file:///a/src/engine/loader.ts', 'loader-worker').href).toBe(
      'file:///a/src/engine/loader-worker.ts',
    )
    expect(workerUrl('file:///a/dist/engine/loader.js', 'loader-worker').href).toBe(
      'file:///a/dist/engine/loader-worker.js',
    )
  })

  it('keeps folders with spaces and dots', () => {
    expect(workerUrl('file:///a%20b/v1.2/x.js', 'y').href).toBe('file:///a%20b/v1.2/y.js')
  })

  it('keeps V8 from replacing the wrappers of the WebAssembly that strips types, in threads of TypeScript', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-worker-url-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const log = join(folder, 'v8.log')
    const flags = ['--log-code', '--no-logfile-per-isolate', `--logfile=${log}`]
    const wrappers = (...args: string[]): number => {
      const script = join(import.meta.dirname, '..', 'support', 'strip-types.ts')
      const { status, stderr } = spawnSync(process.execPath, [...flags, script, ...args], { encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      return readFileSync(log, 'latin1').split(',wasm-to-js,').length - 1
    }
    expect(wrappers()).toBeGreaterThan(0)
    expect(wrappers('by workerUrl')).toBe(0)
  })
})
