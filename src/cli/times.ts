import { MillraceError } from '../core/errors.ts'

/** A time of the command line in milliseconds since 1970: ISO 8601, or that number itself. */
export function timeOption(option: string, text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isSafeInteger(time) && time >= 0) return time
  const reason = `option "--${option}" is "${text}", expected an ISO 8601 time or milliseconds since 1970`
  throw new MillraceError('CLI_OPTION_WRONG', { reason })
}
