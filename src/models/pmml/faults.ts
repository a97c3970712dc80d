import { MillraceError } from '../../core/errors.ts'
import type { Cell } from './types.ts'

/** A value as a number: missing is NaN, booleans are 1 and 0, any text but a number is a fault of the record. */
export function numberFrom(value: Cell, place: string): number {
  if (typeof value === 'number') return value
  if (value === undefined) return Number.NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' && value.trim() !== '') {
    const number = Number(value)
    if (!Number.isNaN(number)) return number
  }
  return typeFault(value, place, 'number')
}

/** Throws the record's fault: a value has not the type that its use needs. */
export function typeFault(value: Cell, place: string, expected: string): never {
  throw new MillraceError('MODEL_INPUT_TYPE', { place, value: String(value).slice(0, 200), expected: `a ${expected}` })
}

/** Throws the record's fault: a model whose every input is missing has no nearest cluster or neighbour. */
export function nothingNear(target: string): never {
  throw new MillraceError('MODEL_RESULT_UNDEFINED', { target, reason: 'every input is missing' })
}
