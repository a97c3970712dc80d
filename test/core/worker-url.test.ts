import { describe, expect, it } from 'vitest'
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
})
