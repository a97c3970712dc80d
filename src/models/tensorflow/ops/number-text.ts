import type { TensorDtype } from '../../../schema/tensor.ts'
import type { TfNode } from '../graph.ts'
import { boolOf, intOf, textOf } from '../node-attributes.ts'

/** How AsString prints numbers: printf's `%f`, `%e`, `%g` or `%d` with its width. */
export interface NumberFormat {
  readonly style: 'f' | 'e' | 'g'
  readonly precision: number // -1: six digits
  readonly width: number // -1: none
  readonly fill: string
}

export function numberFormat(node: TfNode): NumberFormat {
  const style = boolOf(node, 'scientific', false) ? 'e' : boolOf(node, 'shortest', false) ? 'g' : 'f'
  return {
    style,
    precision: intOf(node, 'precision', -1),
    width: intOf(node, 'width', -1),
    fill: textOf(node, 'fill', ''),
  }
}

/** A number as printf of C prints it. */
export function asText(value: number | bigint, dtype: TensorDtype, format: NumberFormat): string {
  if (dtype === 'boolean') return padded(value ? 'true' : 'false', format)
  if (dtype !== 'float32' && dtype !== 'float64') return padded(String(value), format)
  return padded(floatText(value as number, format), format)
}

function padded(text: string, { width, fill }: NumberFormat): string {
  if (width <= text.length) return text
  if (fill === '-') return text.padEnd(width)
  if (fill !== '0' || !/\d/.test(text)) return text.padStart(width)
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

function floatText(value: number, { style, precision, fill }: NumberFormat): string {
  const isNegative = value < 0 || Object.is(value, -0)
  const sign = isNegative ? '-' : fill === '+' ? '+' : fill === ' ' ? ' ' : ''
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 'nan'
  if (size === Number.POSITIVE_INFINITY) return `${sign}inf`
  const digits = precision < 0 ? 6 : precision
  if (style === 'f') return sign + fixed(size, digits)
  if (style === 'e') return sign + exponential(size, digits)
  const significant = digits === 0 ? 1 : digits
  const exponent = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1])
  const isShort = exponent < -4 || exponent >= significant
  const text = isShort ? exponential(size, significant - 1) : fixed(size, significant - 1 - exponent)
  return sign + (isShort ? text.replace(/\.?0+e/, 'e') : text.includes('.') ? text.replace(/\.?0+$/, '') : text)
}

/** All digits before the point, also of numbers for which toFixed changes its form. */
function fixed(size: number, digits: number): string {
  if (size < 1e21) return evened(size.toFixed(Math.min(digits, 100)), size.toFixed(Math.min(digits + 30, 100)))
  return BigInt(size).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '')
}

/** Exponents have two digits at least. */
function exponential(size: number, digits: number): string {
  const [mantissa = '', exponent = ''] = size.toExponential(Math.min(digits, 100)).split('e')
  const [exact = ''] = size.toExponential(Math.min(digits + 30, 100)).split('e')
  return `${evened(mantissa, exact)}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`
}

/** JavaScript rounds halves up, C to the even digit: `exact` has more digits of the same number. */
function evened(rounded: string, exact: string): string {
  const from = rounded.includes('.') || !exact.includes('.') ? rounded.length : rounded.length + 1
  if (!/^50*$/.test(exact.slice(from))) return rounded
  const cut = exact.slice(0, rounded.length)
  return /[02468]\.?$/.test(cut) ? cut : rounded
}
