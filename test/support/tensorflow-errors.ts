import { MillraceError } from '../../src/core/errors.ts'

/** True for one of our errors with that code. */
export function isMillraceError(thrown: unknown, code: string): thrown is MillraceError {
  return thrown instanceof MillraceError && thrown.code === code
}
