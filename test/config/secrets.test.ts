import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultSecretsFolder, isSecretReference, resolveSecrets } from '../../src/config/secrets.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-secrets-'))
const folder = join(root, 'secrets')
mkdirSync(join(folder, 'db'), { recursive: true })
writeFileSync(join(folder, 'token'), 'abc\n')
writeFileSync(join(folder, 'db', 'password'), 'two\nlines\r\n')
writeFileSync(join(root, 'outside'), 'not yours')
writeFileSync(join(folder, 'large'), 'x'.repeat(65 * 1024))
afterAll(() => rmSync(root, { recursive: true }))

const resolve = (value: unknown) => resolveSecrets(value, { folder })

describe('resolveSecrets', () => {
  it('replaces references at every depth and leaves everything else as it is', () => {
    const bytes = new Uint8Array([1])
    const values = { a: 'secret://token', b: ['x', { c: 'secret://db/password' }], n: 1, z: null, bytes }
    expect(resolve(values)).toEqual({ a: 'abc', b: ['x', { c: 'two\nlines' }], n: 1, z: null, bytes })
    expect(values.a).toBe('secret://token')
  })

  it('takes an absolute path after three slashes', () => {
    expect(resolve(`secret://${join(root, 'outside')}`)).toBe('not yours')
  })

  it.each(['secret://../outside', 'secret://db/../../outside', 'secret://', 'secret://.', 'secret://..'])(
    'lets %s not out of its folder',
    (reference) => {
      expect(() => resolve(reference)).toThrow(/outside of|empty/)
    },
  )

  it('names the file that is not there', () => {
    expect(() => resolve('secret://nope')).toThrow(`secret "nope" is not at ${join(folder, 'nope')}: ENOENT`)
    expect(() => resolve('secret://a\0b')).toThrow('zero byte')
  })

  it('refuses what is too large for a secret', () => {
    expect(() => resolve('secret://large')).toThrow('it has 66560 bytes')
  })
})

describe('defaultSecretsFolder', () => {
  it('is where containers mount secrets unless the environment says otherwise', () => {
    expect(defaultSecretsFolder({})).toBe('/run/secrets')
    expect(defaultSecretsFolder({ SECRET_PATH_ROOT: '/x' })).toBe('/x')
  })
})

describe('isSecretReference', () => {
  it('tells references from other values', () => {
    expect(isSecretReference('secret://a')).toBe(true)
    expect(['a', 'Secret://a', 3, null].map(isSecretReference)).toEqual([false, false, false, false])
  })
})
