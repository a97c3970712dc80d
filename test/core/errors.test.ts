import { describe, expect, expectTypeOf, it } from 'vitest'
import { scopes } from '../../src/core/catalogue/entry.ts'
import { catalogue, type ErrorCode, type ErrorParameters, MillraceError, reasonOf } from '../../src/core/errors.ts'

const codes = Object.keys(catalogue) as ErrorCode[]

describe('the catalogue', () => {
  it.each(codes)('has a sentence for %s in the form of the style guide', (code) => {
    const { message, scope, status } = catalogue[code]
    expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/)
    expect(message).not.toMatch(/\.$/)
    expect(message).toMatch(/^[{"a-z]/)
    expect(message).not.toMatch(/\b(failed|invalid|unexpected)\b/i)
    expect(message).not.toMatch(/\{\W|\{\}|\{\w+$/)
    expect(scopes).toContain(scope)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
  })

  it('keeps each code in the part of its room', async () => {
    const { readdirSync } = await import('node:fs')
    const folder = new URL('../../src/core/catalogue/', import.meta.url)
    const seen: string[] = []
    for (const file of readdirSync(folder)) {
      if (file === 'entry.ts') continue
      const room = file.replace('.ts', '').toUpperCase()
      const parts = Object.values(await import(new URL(file, folder).href)) as Record<string, unknown>[]
      const own = parts.flatMap((part) => Object.keys(part))
      expect(own.filter((code) => !code.startsWith(`${room}_`))).toEqual([])
      seen.push(...own)
    }
    expect(seen.sort()).toEqual([...codes].sort())
  })
})

describe('MillraceError', () => {
  it('takes exactly the parameters that its sentence has', () => {
    expectTypeOf<keyof ErrorParameters<'CORE_CLOSED'>>().toEqualTypeOf<'subject'>()
    expectTypeOf<keyof ErrorParameters<'CORE_INTERNAL'>>().toEqualTypeOf<'where' | 'reason'>()
    // @ts-expect-error a parameter is missing
    new MillraceError('CORE_CLOSED', {})
  })

  it('fills its sentence once: values are never read as templates', () => {
    const error = new MillraceError('CORE_INTERNAL', { where: '{reason} $& $1', reason: '{where}' })
    expect(error.message).toBe('internal error in {reason} $& $1: {where}')
  })

  it('prints 0 and empty text', () => {
    expect(new MillraceError('CORE_INTERNAL', { where: '', reason: 0 }).message).toBe('internal error in : 0')
  })

  it('knows scope and retry of its code, and keeps its cause', () => {
    const cause = new Error('why')
    const error = new MillraceError('CORE_INTERNAL', { where: 'w', reason: 1 }, cause)
    expect([error.scope, error.isRetryable, error.entry.status]).toEqual(['server', false, 500])
    expect(error.cause).toBe(cause)
    expect('cause' in new MillraceError('CORE_CLOSED', { subject: 'x' })).toBe(false)
  })

  it('is the same after a trip through data', () => {
    for (const code of codes) {
      const names = [...catalogue[code].message.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, `<${name}>`])
      const error = new MillraceError(code, Object.fromEntries(names) as ErrorParameters<ErrorCode>)
      const copy = MillraceError.fromReport(structuredClone(error.toReport()))
      expect(copy.toReport()).toEqual(error.toReport())
      expect(error.message).not.toMatch(/\{\w+\}/)
    }
  })

  it.each(['NO_SUCH_CODE', 'toString', '__proto__'])(
    'keeps the sentence of a report with the unknown code %s',
    (code) => {
      const copy = MillraceError.fromReport({
        code: code as ErrorCode,
        message: 'from a newer version',
        parameters: {},
      })
      expect(copy.code).toBe('CORE_INTERNAL')
      expect(copy.message).toContain('from a newer version')
    },
  )

  it('is made of anything thrown', () => {
    const error = new MillraceError('CORE_CLOSED', { subject: 'x' })
    expect(MillraceError.from(error, 'here')).toBe(error)
    for (const thrown of [new TypeError('no'), 'no']) {
      const made = MillraceError.from(thrown, 'here')
      expect(made.message).toBe('internal error in here: no')
      expect(made.cause).toBe(thrown)
    }
  })
})

describe('reasonOf', () => {
  it('is the sentence of any thrown value', () => {
    expect([new Error('a'), 'b', 3, null, undefined].map(reasonOf)).toEqual(['a', 'b', '3', 'null', 'undefined'])
  })
})
